import Credentials
import DeletionModel
import FoundationEssentials
import Networking
import SiteConf

/// Where the files of a campaign are, by the configuration of its site, as the jobs will read it there.
struct StorageLocations: Sendable {
  /// An entry of the site's configuration for the campaign's RSE.
  struct Location: Sendable, Equatable {
    /// `scheme://host:port`.
    var endpoint: String
    /// What an LFN below it becomes.
    var directory: Directory
  }

  /// An allowed root at a storage.
  struct Directory: Sendable, Equatable {
    /// The root, as `/store/unmerged/`.
    var lfn: String
    /// Its path at the storage, with a slash at its end and none doubled.
    var path: String
  }

  /// All places of the RSE but those of mounted file systems, in the order in which jobs try them.
  let locations: [Location]

  /// How the entries map.
  private let entries: [StageOutEntry]

  /// Reads the configuration and maps names by it.
  ///
  /// - Throws: ``CampaignError`` where it can't be read, or is of another site.
  init(
    _ manifest: CampaignManifest, siteConfig: String, files: any SiteConfFiles
  ) throws(CampaignError) {
    let configuration: SiteConfiguration
    do throws(SiteConfProblem) {
      configuration = try SiteConfiguration.load(given: siteConfig, environment: [:], files: files)
    } catch {
      throw CampaignError(.badSiteConfig, "\(error)")
    }
    guard configuration.siteName == manifest.site else {
      throw CampaignError(
        .badSiteConfig,
        "\(siteConfig): it is the configuration of \(configuration.siteName), and the campaign's jobs run at \(manifest.site): "
          + "name the right one with site-config")
    }
    entries = configuration.stageOuts.filter { $0.rse == manifest.rse && $0.problem == nil }
    var locations: [Location] = []
    for entry in entries {
      for root in manifest.filters.allow {
        let root = root.hasSuffix("/") ? root : root + "/"
        guard let found = Self.location(of: root + "x", entry), found.storagePath.hasSuffix("/x")
        else { continue }
        let path =
          "/"
          + found.storagePath.utf8.split(separator: UInt8(ascii: "/")).dropLast()
          .map { String(decoding: Array($0), as: UTF8.self) + "/" }.joined()
        let location = Location(endpoint: found.endpoint, directory: .init(lfn: root, path: path))
        if !locations.contains(location) { locations.append(location) }
      }
    }
    self.locations = locations
  }

  /// Where a file is, by each entry.
  func locations(of lfn: String) -> [TokenScopes.Location] {
    entries.compactMap { Self.location(of: lfn, $0) }
  }

  private static func location(of lfn: String, _ entry: StageOutEntry) -> TokenScopes.Location? {
    guard case .pfn(let text) = entry.map(lfn), let pfn = PFN(text), pfn.scheme != "file" else { return nil }
    return TokenScopes.Location(endpoint: pfn.endpoint, lfn: lfn, storagePath: pfn.storagePath)
  }

  /// The one door that can give a macaroon for the whole campaign.
  ///
  /// - Parameter sample: the LFN of a listed file.
  /// - Throws: ``CampaignError`` where there is none, or where one macaroon would not be enough.
  func door(rse: String, sample: String?) throws(CampaignError) -> MacaroonDoor {
    let samples = sample.map(locations) ?? []
    var doors: [MacaroonDoor] = []
    for location in locations {
      guard let origin = WebOrigin(endpoint: location.endpoint), origin.isSecure else { continue }
      let sample = samples.first { $0.endpoint == location.endpoint }?.storagePath
      let door = MacaroonDoor(
        endpoint: location.endpoint, origin: origin.text, directory: location.directory.path, sample: sample,
        lfn: location.directory.lfn)
      if !doors.contains(door) { doors.append(door) }
    }
    guard let door = doors.first else {
      let others = locations.isEmpty ? "none" : locations.map(\.endpoint).joined(separator: ", ")
      throw CampaignError(
        .badSiteConfig,
        "\(rse) has no WebDAV door with TLS (davs, https), and only those give macaroons; it has \(others): submit without "
          + "--macaroon")
    }
    guard doors.count == 1 else {
      let names = doors.map { $0.origin + $0.directory }.joined(separator: ", ")
      throw CampaignError(
        .usage,
        "a job carries one macaroon, which is good for one door and one directory, and the files are in \(names): submit "
          + "without --macaroon, or plan one campaign for each allowed root")
    }
    return door
  }
}

/// A WebDAV door that is asked for a macaroon.
struct MacaroonDoor: Sendable, Equatable {
  /// As the report calls it.
  var endpoint: String
  /// `https://host:port`.
  var origin: String
  /// The path of the allowed root there, with a slash at its end.
  var directory: String
  /// The path of a listed file there; nil where none is known.
  var sample: String?
  /// The allowed root.
  var lfn = AllowedRoots.defaultRoot

  /// A name below the root, to hold a token against.
  var location: TokenScopes.Location {
    TokenScopes.Location(endpoint: endpoint, lfn: lfn + "x", storagePath: directory + "x")
  }
}
