import Campaign
import FoundationEssentials
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A pool, a storage with files in it, and a campaign that is to delete them.
final class CampaignScene: Sendable {
  static let rse = "T2_XX_Test"

  let pool: CondorPool
  let storage: StorageServer
  let site: SiteFolder
  /// Belongs to the pool's user; the lists are here too.
  let folder: String
  /// The campaign's name, and its folder's.
  let name: String
  /// The campaign's folder, which `plan` makes.
  let campaign: String
  /// Every listed LFN.
  let listed: [String]
  /// Those of them that someone still needs.
  let protected: Set<String>
  /// The storage before anything was done.
  let before: Snapshot

  /// - Parameters:
  ///   - name: of the campaign and its folder.
  ///   - storage: an XRootD; nil: one that lets everyone in.
  ///   - scheme: how it is reached.
  ///   - files: LFNs on the storage.
  ///   - missing: LFNs that are listed and not there.
  ///   - protectedFolders: what the protected list names.
  ///   - settings: further lines of the configuration's `[job]`.
  init(
    _ pool: CondorPool, name: String = "campaign", storage: StorageServer? = nil, scheme: String = "root",
    files: [String], missing: [String] = [], protectedFolders: [String], settings: [String] = []
  ) throws {
    self.pool = pool
    self.storage = try storage ?? .xrootd()
    let storage = self.storage
    let method = SiteFolder.Method(
      rse: Self.rse, command: "gfal2", protocolName: "XRootD", prefix: storage.prefix(scheme))
    site = try SiteFolder([method], in: pool.folder)
    folder = pool.makeFolder("scene-\(storage.ports["root"] ?? 0)")
    self.name = name
    campaign = folder + "/" + name
    listed = files + missing
    protected = Set(files.filter { file in protectedFolders.contains { file.hasPrefix($0 + "/") } })
    for file in files { Disk.makeFile(storage.data + file, owner: storage.user) }
    // Nobody lists it: it has to be there in the end.
    Disk.makeFile(storage.data + "/store/unmerged/not-listed.root", owner: storage.user)
    before = Snapshot(of: storage.data)
    Disk.write(folder + "/list", listed.map { $0 + "\n" }.joined())
    Disk.write(folder + "/protected", protectedFolders.map { $0 + "\n" }.joined())
    Disk.write(
      folder + "/config.ini",
      """
      [job]
      environment.SITECONFIG_PATH = \(site.path)
      minimum-fail-seconds = 0
      memory = 100
      disk = 100
      \(settings.joined(separator: "\n"))

      """)
  }

  /// Some LFNs, by folder.
  static func files(folders: Int, each: Int) -> [String] {
    (1...folders).flatMap { folder in
      (1...each).map { "/store/unmerged/Run2026A/Test/RAW/v1/\(folder)/file-\($0).root" }
    }
  }

  /// Runs `swab-submit` as the pool's user.
  func swabSubmit(_ arguments: [String], environment: [String: String] = [:]) async throws
    -> SwabCommand.Result
  {
    try await pool.run(
      [try pool.tools() + "/swab-submit"] + arguments, in: folder, environment: environment)
  }

  /// The same, and it has to end with this exit code.
  @discardableResult
  func swabSubmit(
    _ arguments: String..., code: Int32 = 0, environment: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let done = try await swabSubmit(arguments, environment: environment)
    try #require(
      done.code == code, "swab-submit \(arguments): \(done.output)\(done.messages)",
      sourceLocation: sourceLocation)
    return done.output
  }

  /// Plans it.
  func plan(filesPerJob: Int) async throws {
    try await swabSubmit(
      "plan", "--rse", Self.rse, "--site", "T2_XX_Test", "--from", folder + "/list", "--protected",
      folder + "/protected", "--name", name, "--config", folder + "/config.ini", "--files-per-job",
      "\(filesPerJob)", "-o",
      campaign)
  }
}
