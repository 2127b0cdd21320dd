import Campaign
import FoundationEssentials
import TestServers
import TestSupport
import Testing

import Glibc

/// A pool, a storage with files in it, and a campaign that is to delete them.
final class CampaignScene: Sendable {
  static let rse = "T2_XX_Test"

  let pool: CondorPool
  let storage: StorageServer
  let site: SiteDirectory
  /// Its SITECONF with another prefix, below which there is nothing.
  let blindSite: SiteDirectory
  /// Belongs to the pool's user; the lists are here too.
  let directory: String
  /// The campaign's name, and its directory's.
  let name: String
  /// The campaign's directory, which `plan` makes.
  let campaign: String
  /// Every listed LFN.
  let listed: [String]
  /// Those of them that someone still needs.
  let protected: Set<String>
  /// The storage before anything was done.
  let before: Snapshot

  /// - Parameters:
  ///   - name: of the campaign and its directory.
  ///   - storage: an XRootD; nil: one that lets everyone in.
  ///   - scheme: how it is reached.
  ///   - files: LFNs on the storage.
  ///   - missing: LFNs that are listed and not there.
  ///   - protectedDirectories: what the protected list names.
  ///   - settings: further lines of the configuration's `[job]`, or others than those that are there by default.
  init(
    _ pool: CondorPool, name: String = "campaign", storage: StorageServer? = nil, scheme: String = "root",
    files: [String], missing: [String] = [], protectedDirectories: [String], settings: [String] = []
  ) throws {
    self.pool = pool
    self.storage = try storage ?? .xrootd()
    let storage = self.storage
    let method = SiteDirectory.Method(
      rse: Self.rse, command: "gfal2", protocolName: "XRootD", prefix: storage.prefix(scheme))
    site = try SiteDirectory([method], in: pool.directory)
    blindSite = try SiteDirectory(
      [
        .init(
          rse: Self.rse, command: "gfal2", protocolName: "XRootD",
          prefix: self.storage.prefix(scheme) + "/store/none")
      ],
      in: pool.directory)
    directory = pool.makeDirectory("scene-\(storage.ports["root"] ?? 0)")
    self.name = name
    campaign = directory + "/" + name
    listed = files + missing
    protected = Set(files.filter { file in protectedDirectories.contains { file.hasPrefix($0 + "/") } })
    for file in files { Disk.makeFile(storage.data + file, owner: storage.user) }
    // Nobody lists it: it has to be there in the end.
    Disk.makeFile(storage.data + "/store/unmerged/not-listed.root", owner: storage.user)
    before = Snapshot(of: storage.data)
    Disk.write(directory + "/list", listed.map { $0 + "\n" }.joined())
    Disk.write(directory + "/protected", protectedDirectories.map { $0 + "\n" }.joined())
    let keys = Set(settings.map { $0.prefix { $0 != " " } })
    let usual = ["minimum-fail-seconds = 0", "memory = 100", "disk = 100"].filter {
      !keys.contains($0.prefix { $0 != " " })
    }
    let lines = ["[job]", "environment.SITECONFIG_PATH = \(site.path)"] + usual + settings
    Disk.write(directory + "/config.ini", lines.map { $0 + "\n" }.joined())
  }

  /// Some LFNs, by directory.
  static func files(directories: Int, each: Int) -> [String] {
    (1...directories).flatMap { directory in
      (1...each).map { "/store/unmerged/Run2026A/Test/RAW/v1/\(directory)/file-\($0).root" }
    }
  }

  /// Runs `swab-submit` as the pool's user.
  func swabSubmit(_ arguments: [String], environment: [String: String] = [:]) async throws
    -> SwabCommand.Result
  {
    try await pool.run(
      [try pool.tools() + "/swab-submit"] + arguments, in: directory, environment: environment)
  }

  /// The same, and it has to end with this exit code.
  ///
  /// - Parameter document: what it prints; the schema that it has to be as.
  @discardableResult
  func swabSubmit(
    _ arguments: String..., code: Int32 = 0, prints document: String? = nil,
    environment: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let done = try await swabSubmit(arguments, environment: environment)
    try #require(
      done.code == code, "swab-submit \(arguments): \(done.output)\(done.messages)",
      sourceLocation: sourceLocation)
    if let document {
      let schema = ReportSchema(of: document, printedBy: try pool.tools() + "/swab-submit")
      let problems = try await schema.problems(in: Array(done.output.utf8))
      #expect(problems == [], sourceLocation: sourceLocation)
    }
    return done.output
  }

  /// Plans it.
  func plan(filesPerJob: Int) async throws {
    try await swabSubmit(
      "plan", "--rse", Self.rse, "--site", "T2_XX_Test", "--from", directory + "/list", "--protected",
      directory + "/protected", "--name", name, "--config", directory + "/config.ini", "--files-per-job",
      "\(filesPerJob)", "-o",
      campaign)
  }
}
