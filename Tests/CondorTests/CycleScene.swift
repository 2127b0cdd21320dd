import Campaign
import FoundationEssentials
import TestServers
import TestSupport
import Testing

/// A fleet: a pool, and RSEs with a storage each, in one configuration of the cycle.
final class CycleScene: Sendable {
  /// One RSE.
  struct Target: Sendable {
    let rse: String
    let storage: StorageServer
    let site: SiteDirectory
  }

  let pool: CondorPool
  let directory: String
  let targets: [Target]

  /// - Parameters:
  ///   - monitor: the consistency monitor's URL; nil: lists that are files.
  ///   - settings: further lines of `[rse *]`.
  ///   - cycle: further lines of `[cycle]`.
  init(
    _ pool: CondorPool, rses: [String], monitor: String? = nil, settings: [String] = [], cycle: [String] = []
  ) throws {
    self.pool = pool
    targets = try rses.map { rse in
      let storage = try StorageServer.xrootd()
      let method = SiteDirectory.Method(
        rse: rse, command: "gfal2", protocolName: "XRootD", prefix: storage.prefix("root"))
      return Target(rse: rse, storage: storage, site: try SiteDirectory([method], in: pool.directory))
    }
    directory = pool.makeDirectory("cycle-\(targets[0].storage.ports["root"] ?? 0)")
    Disk.write(directory + "/protected", Self.protected + "\n")
    var lines = ["[cycle]", "state = \(directory)/state"] + cycle
    lines += [
      "[rse *]", "protected = \(directory)/protected", "minimum-fail-seconds = 0", "memory = 100",
      "disk = 100",
    ]
    lines += ["site = T2_XX_Test", "files-per-job = 20"] + settings
    for target in targets {
      lines += ["[rse \(target.rse)]", "from = \(monitor ?? "\(directory)/\(target.rse).list")"]
      lines += ["environment.SITECONFIG_PATH = \(target.site.path)"]
    }
    Disk.write(directory + "/cycle.ini", lines.map { $0 + "\n" }.joined())
  }

  private static let area = "/store/unmerged/Run2026A/Test/RAW/v1"
  private static let protected = area + "/kept"

  /// Writes a new list of an RSE, with files that are on its storage; some of them are protected.
  ///
  /// - Returns: the files that are to be deleted.
  @discardableResult
  func scan(_ target: Target, run: Int, files: Int) -> [String] {
    let names = (0..<files).map { "\(Self.area)/run-\(run)/file-\($0).root" }
    let kept = kept(run: run)
    for file in names + kept { Disk.makeFile(target.storage.data + file, owner: target.storage.user) }
    Disk.makeFile(target.storage.data + "/store/unmerged/not-listed-\(run).root", owner: target.storage.user)
    Disk.write(directory + "/\(target.rse).list", (names + kept).map { $0 + "\n" }.joined())
    return names
  }

  /// What is listed of a scan and protected.
  func kept(run: Int) -> [String] { ["\(Self.protected)/file-\(run).root"] }

  /// What is on an RSE's storage.
  func files(_ target: Target) -> Set<String> {
    Set(Disk.tree(target.storage.data).filter { $0.hasSuffix(".root") }.map { "/" + $0 })
  }

  /// What must still be there of so many scans.
  func untouched(runs: Int) -> Set<String> {
    Set(
      (1...runs).flatMap { ["\(Self.protected)/file-\($0).root", "/store/unmerged/not-listed-\($0).root"] })
  }

  /// Runs `swab-submit cycle` as the pool's user.
  func cycle(_ name: String, _ arguments: [String] = [], before: [String] = []) async throws
    -> SwabCommand.Result
  {
    let command = [try pool.tools() + "/swab-submit", "cycle", name, "--config", directory + "/cycle.ini"]
    return try await pool.run(before + command + arguments, in: directory)
  }

  /// What the tests look at in `status.json`.
  struct Status: Decodable {
    struct Row: Decodable {
      var rse: String
      var phase: String
      var reason: String
      var detail: String?
      var deletedTotal: Int
      var jobs: [String: Int]
    }
    var rses: [Row]
  }

  /// A pass, which has to end well, and how all RSEs stand after it.
  func pass(only rses: [String] = [], sourceLocation: SourceLocation = #_sourceLocation) async throws
    -> [Status.Row]
  {
    let done = try await cycle("run", ["--json"] + rses.flatMap { ["--only", $0] })
    // 69: the schedd was started anew just now.
    try #require(
      [0, 69].contains(done.code), "\(done.output)\(done.messages)", sourceLocation: sourceLocation)
    return try JSONDecoder().decode(Status.self, from: Data(done.output.utf8)).rses
  }

  /// Passes until all RSEs stand still.
  ///
  /// - Parameter slow: RSEs that only the last pass looks at.
  func passes(but slow: [String] = [], sourceLocation: SourceLocation = #_sourceLocation) async throws
    -> [Status.Row]
  {
    let others = slow.isEmpty ? [] : targets.map(\.rse).filter { !slow.contains($0) }
    var rows: [Status.Row] = []
    try await Waiting.wait(
      until: "nothing is at work", within: 600, every: .seconds(1), state: { "\(rows)" }
    ) {
      rows = try await pass(only: others, sourceLocation: sourceLocation)
      return rows.allSatisfy { $0.phase != "submitted" && $0.phase != "planned" && $0.phase != "collecting" }
    }
    return slow.isEmpty ? rows : try await pass(sourceLocation: sourceLocation)
  }

  /// The campaigns of an RSE by their directories.
  func campaigns(_ target: Target) -> [String] {
    Disk.names("\(directory)/state/rses/\(target.rse)/campaigns").filter { !$0.contains(".partial-") }
  }

  /// Of all jobs that the schedd has or had of an RSE: campaign, round, job, and cluster, a line each.
  func allJobs(_ target: Target) async throws -> [String] {
    let arguments = [
      "-constraint", "SwabRSE == \"\(target.rse)\"", "-af", "SwabCampaign", "SwabRound", "SwabJob",
      "ClusterId",
    ]
    // A schedd that was started anew takes some seconds.
    var queued = try await pool.run(["condor_q", "-allusers"] + arguments)
    try await Waiting.wait(until: "the schedd answers", every: .seconds(1), state: { queued.messages }) {
      if queued.code != 0 { queued = try await pool.run(["condor_q", "-allusers"] + arguments) }
      return queued.code == 0
    }
    let past = try await pool.run(["condor_history"] + arguments)
    #expect(queued.code == 0 && past.code == 0, "\(queued.messages)\(past.messages)")
    return Set((queued.output + past.output).split(separator: "\n").map(String.init)).sorted()
  }
}
