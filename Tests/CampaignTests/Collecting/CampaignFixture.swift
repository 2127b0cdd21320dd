import ByteStreams
import Deletion
import FoundationEssentials
import TestSupport

@testable import Campaign

/// A campaign in a temporary folder, written as `plan` and the jobs write it.
final class CampaignFixture {
  let temporary: TemporaryFolder
  let folder: CampaignFolder
  private(set) var rounds: [RoundRecord] = []
  let manifest: CampaignManifest

  init(expires: String = "2099-01-01T00:00:00Z", filesPerJob: Int = 100) throws {
    temporary = try TemporaryFolder()
    folder = CampaignFolder(temporary.path)
    manifest = CampaignManifest(
      name: "test", id: "test-1", rse: "T2_XX_Local", site: "T2_XX_Local", created: "2026-01-01T00:00:00Z",
      expires: expires, tool: "test",
      source: .init(
        location: "/list", made: "2026-01-01T00:00:00Z", sha256: String(repeating: "0", count: 64)),
      protected: [], filters: .init(allow: ["/store/unmerged/"], include: [], exclude: [], maxFiles: nil),
      counts: .init(), filesPerJob: filesPerJob)
    try CampaignFiles.write(manifest, to: folder.manifest)
    try write(Array("/store/unmerged/kept\n".utf8), to: folder.round(1).protected)
  }

  /// Adds a round; its jobs are numbered on.
  func addRound(_ lists: [[String]], cluster: Int? = 10, spool: Bool = false) throws {
    let number = rounds.count + 1
    let first = (rounds.flatMap(\.jobs).map(\.number).max() ?? 0) + 1
    let round = folder.round(number)
    var jobs: [RoundRecord.Job] = []
    for (index, list) in lists.enumerated() {
      let job = RoundRecord.Job(number: first + index, files: list.count)
      try FileManager.default.createDirectory(
        atPath: round.job(job.id).path, withIntermediateDirectories: true)
      try write(Array(list.map { $0 + "\n" }.joined().utf8), to: round.job(job.id).list)
      jobs.append(job)
    }
    rounds.append(RoundRecord(round: number, created: "2026-01-01T00:00:00Z", jobs: jobs))
    try CampaignFiles.write(rounds[number - 1], to: round.record)
    guard let cluster else { return }
    try CampaignFiles.write(
      Submission(
        submitted: "2026-01-01T00:00:00Z", target: .init(spool: spool), cluster: cluster, jobs: jobs.count,
        payload: nil), to: round.submission)
  }

  func jobFolder(_ number: Int) -> JobFolder {
    let round = rounds.last { $0.jobs.contains { $0.number == number } }
    return folder.round(round?.round ?? 1).job(JobID(number))
  }

  /// What a payload would report.
  struct Report {
    var files: [(lfn: String, outcome: Outcome, kind: String?)]
    var campaign: String? = "test"
    var jobId: String?
    var isComplete = true
    var code = ExitStatus.allGone
    var dryRun = false
    var warnings: [String] = []
  }

  /// Writes a job's report as the payload does.
  func report(_ number: Int, _ report: Report) async throws {
    let route = DeletionRoute.Description(
      rse: "T2_XX_Local", storageSite: "T2_XX_Local", volume: "Disk", protocolName: "root", command: "xrdcp")
    var job = ReportHeader.Job(host: "node", user: "user", pid: 1, started: "2026-01-01T00:00:00Z")
    job.campaign = report.campaign
    job.jobId = report.jobId ?? JobID(number).description
    let header = ReportHeader(
      tool: .init(name: "swab", version: "0", commit: "0"), job: job,
      request: .init(
        sources: [], rse: "T2_XX_Local", allow: [], protectedFiles: [], protectedEntries: 0,
        dryRun: report.dryRun,
        retries: 0, timeout: 1, deadline: nil, concurrency: nil), routes: [route])
    let recorder = try ReportRecorder(routes: [route], which: .all, folder: temporary.path)
    await recorder.record(
      report.files.map { file in
        var record = FileRecord(lfn: file.lfn, outcome: file.outcome, attempts: 1, seconds: 0.5)
        record.pfn = "root://storage//\(file.lfn)"
        record.endpoint = "root://storage"
        record.route = 0
        record.backend = "xroot"
        record.failure = file.kind.map { .init(kind: $0, code: "3010", message: "no") }
        return record
      })
    let state = ReportState(
      isComplete: report.isComplete, finished: "2026-01-01T00:01:00Z", seconds: 60,
      totals: await recorder.totals,
      warnings: report.warnings, exit: RunExit(report.code, wmcore: 0, reason: "for a test"))
    try await recorder.write(header, state, to: jobFolder(number).report)
  }

  func write(_ bytes: [UInt8], to path: String) throws {
    // Plain although the names end in .gz: readers tell by content. Nothing waits for the disk, unlike AtomicFile.
    try? FileManager.default.removeItem(atPath: path)
    var sink = try FileSink(appendingTo: path)
    try sink.write(bytes)
    try sink.finish()
  }

  func lines(_ path: String) throws -> [String] {
    var source = try sniffed(FileSource(path: path))
    return String(decoding: try source.collect(limit: 1 << 26) ?? [], as: UTF8.self).split(separator: "\n")
      .map(
        String.init)
  }

  func collect(_ queue: FakeQueue) async throws -> CampaignReport {
    let status = try await CampaignStatus.read(folder, from: queue)
    return try Collector(
      folder, tool: .init(name: "t", version: "0", commit: "0"), now: "2026-01-02T00:00:00Z"
    )
    .collect(status)
  }

  /// What `campaign-report.json` says of each file.
  func outcomes() throws -> [String: String] {
    struct Document: Decodable {
      struct File: Decodable {
        var lfn: String
        var outcome: String
        var job: String
        var error: Failure?
      }
      struct Failure: Decodable { var code: String }
      var schema: String
      var status: String
      var files: [File]
    }
    let document = try JSONDecoder().decode(Document.self, from: Data(FileSource.contents(of: folder.report)))
    return Dictionary(
      document.files.map { ($0.lfn, $0.outcome + ($0.error.map { " \($0.code)" } ?? "") + " \($0.job)") }
    ) { "\($0) and \($1)" }
  }
}

/// A schedd that says what it is told to.
final class FakeQueue: CampaignQueue {
  let queued: [String]
  let history: [String]
  let isDown: Bool
  private let asked = Asked()

  actor Asked {
    var calls: [String] = []
    func add(_ call: String) { calls.append(call) }
  }

  /// Each is the inside of an ad.
  init(queued: [String] = [], history: [String] = [], isDown: Bool = false) {
    self.queued = queued
    self.history = history
    self.isDown = isDown
  }

  var calls: [String] { get async { await asked.calls } }

  func jobs(_ target: Submission.Target, constraint: String) async throws -> [JobAttributes] {
    if isDown { throw CampaignError(.unavailable, "the schedd is down") }
    return try ads(queued)
  }

  func past(_ target: Submission.Target, constraint: String, limit: Int) async throws -> [JobAttributes] {
    try ads(history)
  }

  func fetch(_ target: Submission.Target, constraint: String) async throws {
    await asked.add("fetch \(constraint)")
  }

  func remove(_ target: Submission.Target, constraint: String, reason: String) async throws -> Bool {
    await asked.add("remove \(constraint)")
    return true
  }

  private func ads(_ insides: [String]) throws -> [JobAttributes] {
    try JobAttributes.list(
      json: Array("[\(insides.map { "{\($0)}" }.joined(separator: "\n,"))]".utf8), from: "test")
  }

  /// A job in HTCondor's words.
  static func ad(_ process: Int, status: Int, _ more: String = "") -> String {
    "\"ClusterId\":10,\"ProcId\":\(process),\"JobStatus\":\(status)\(more.isEmpty ? "" : ",")\(more)"
  }
}
