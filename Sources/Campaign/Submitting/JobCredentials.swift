import Credentials
import DeletionModel
import FoundationEssentials
import ListReading
import SiteConf

/// What the jobs are to show to the storage, held against where their files are.
package struct JobCredentials: Sendable {
  private let files: any SiteConfFiles
  private let client: any MacaroonClient

  /// - Parameters:
  ///   - files: what a site's configuration is read from.
  ///   - client: what asks doors for macaroons.
  package init(files: any SiteConfFiles, client: any MacaroonClient) {
    self.files = files
    self.client = client
  }

  /// What is known before anything is sent.
  struct Outlook: Sendable, Equatable {
    /// Who is asked for the macaroon; nil where the jobs get none.
    var door: MacaroonDoor?
    /// What does not fit, a line each.
    var warnings: [String] = []
  }

  /// Where each site's configuration is on a machine with CVMFS.
  private static let siteConfigs = "/cvmfs/cms.cern.ch/SITECONF"

  /// Finds the door for the macaroon, or holds what the jobs' tokens are asked with against the PFNs.
  ///
  /// - Throws: ``CampaignError`` where a macaroon is wanted that can't be had.
  func outlook(
    _ manifest: CampaignManifest, _ round: RoundRecord, _ roundDirectory: RoundDirectory,
    _ settings: JobSettings
  ) throws -> Outlook {
    let services = settings.oauthServices.filter { $0.permissions != nil || $0.resource != nil }
    guard settings.macaroon || !services.isEmpty else { return Outlook() }
    guard let siteConfig = siteConfig(of: manifest.site, settings) else {
      guard settings.macaroon else { return Outlook() }
      throw CampaignError(
        .badSiteConfig,
        "the door that is to give the macaroon is found in the configuration of \(manifest.site), which is not below "
          + "\(Self.siteConfigs) here: name its site-local-config.xml with site-config")
    }
    let lfns = try round.jobs.compactMap { try Self.firstLFN(roundDirectory.job($0.id)) }
    var common = AllowedRoots(manifest.filters.allow).map { CommonPath(below: $0) }
    for lfn in lfns { common?.add(lfn) }
    do {
      let locations = try StorageLocations(manifest, siteConfig: siteConfig, files: files)
      guard settings.macaroon else {
        return Outlook(warnings: Self.misfits(services, common?.probe.map(locations.locations) ?? []))
      }
      let door = try locations.door(rse: manifest.rse, sample: lfns.first)
      try locations.check(lfns, are: door)
      return Outlook(door: door, warnings: locations.warnings(beside: door))
    } catch let error as CampaignError where !settings.macaroon {
      return Outlook(warnings: ["the tokens are not held against the files: \(error)"])
    }
  }

  /// Asks the door.
  /// - Parameter accepted: see ``Acceptance/forgetfulDoor``.
  /// - Throws: ``CampaignError``.
  func macaroon(
    from door: MacaroonDoor, until: Date, asksWhatIsThere: Bool, accepted: Set<Acceptance>, now: Date
  ) throws -> MacaroonRequest.Granted {
    try MacaroonRequest(
      door: door, until: until, asksWhatIsThere: asksWhatIsThere,
      acceptsForgetful: accepted.contains(.forgetfulDoor),
      client: client, now: now
    ).grant()
  }

  /// The file as it is found here: the jobs may read it below another path.
  private func siteConfig(of site: String, _ settings: JobSettings) -> String? {
    if let given = settings.siteConfig { return given }
    let name = "JobConfig/site-local-config.xml"
    let directories =
      settings.environment.filter { $0.name == "SITECONFIG_PATH" }.map(\.value)
      + ["\(Self.siteConfigs)/\(site)"]
    return directories.map { "\($0)/\(name)" }.first(where: files.exists)
  }

  /// What the configuration of a site, as it is found here, says of an RSE that jobs are to delete from there.
  package func finding(rse: String, site: String, _ settings: JobSettings) -> SiteFinding {
    guard let path = siteConfig(of: site, settings) else { return .unknown }
    do throws(SiteConfProblem) {
      return SiteFinding(try .load(given: path, environment: [:], files: files), rse: rse, site: site)
    } catch {
      return .broken("\(error)")
    }
  }

  private static func firstLFN(_ job: JobDirectory) throws -> String? {
    do {
      var lists = try LFNLists([.file(job.list)], spoolDirectory: job.path)
      return try lists.nextBatch(limit: 1)?.first?.text
    } catch {
      throw CampaignError(.badInput, "\(job.list): \(error)")
    }
  }

  /// What the credential monitor will be asked for, against the files.
  private static func misfits(
    _ services: [JobSettings.OAuthService], _ locations: [TokenScopes.Location]
  ) -> [String] {
    services.flatMap { service in
      var claims = TokenClaims()
      claims.scopes = parts(service.permissions)
      claims.audiences = parts(service.resource)
      return locations.flatMap { location in
        TokenFit.misfits(.claims(claims), at: location).map {
          "oauth-services \(service.name), \(location.endpoint): \($0.text)"
        }
      }
    }
  }

  private static func parts(_ text: String?) -> [String] {
    (text ?? "").split { $0 == "," || $0 == " " }.map(String.init)
  }
}

extension StorageLocations {
  /// Refuses a campaign whose catalog leads files of one allowed root to several directories: the macaroon would not do.
  fileprivate func check(_ lfns: [String], are door: MacaroonDoor) throws {
    for lfn in lfns {
      for location in locations(of: lfn) where location.endpoint == door.endpoint {
        let path = "/" + location.storagePath.drop { $0 == "/" }
        guard path.hasPrefix(door.directory) else {
          throw CampaignError(
            .badSiteConfig,
            "\(lfn) is at \(path), and the macaroon would be for \(door.directory): submit without --macaroon"
          )
        }
      }
    }
  }

  /// Other entries of the RSE, where the macaroon opens nothing.
  fileprivate func warnings(beside door: MacaroonDoor) -> [String] {
    let others = locations.map(\.endpoint).filter { $0 != door.endpoint }
    guard !others.isEmpty else { return [] }
    return [
      "the macaroon is for \(door.endpoint): \(others.joined(separator: ", ")) will refuse the jobs, and cost time"
    ]
  }
}

/// The macaroons in a campaign's directory.
package enum MacaroonFiles {
  /// Removes those of rounds whose jobs have all ended, and those that have expired.
  package static func removeUnneeded(_ status: CampaignStatus, now: Date) {
    for round in status.rounds {
      let path = round.directory.macaroon
      guard FileManager.default.fileExists(atPath: path) else { continue }
      let isNeeded = status.jobs.contains {
        $0.round == round.record.round && $0.queueState != .left && $0.assessment.state.isToCome
      }
      let end = round.submission?.macaroon.flatMap { try? Date($0.expires, strategy: .iso8601) }
      if isNeeded, end.map({ now < $0 }) ?? true { continue }
      try? FileManager.default.removeItem(atPath: path)
    }
  }
}
