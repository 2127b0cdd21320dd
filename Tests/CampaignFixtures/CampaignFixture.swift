import ByteStreams
import DeletionModel
import JobReports
import FoundationEssentials
import TestSupport

@testable import Campaign

/// A campaign in a temporary directory, written as `plan` and the jobs write it.
package final class CampaignFixture {
  package let temporary: TemporaryDirectory
  package let directory: CampaignDirectory
  package private(set) var rounds: [RoundRecord] = []
  package let manifest: CampaignManifest

  package init(expires: String = "2099-01-01T00:00:00Z", filesPerJob: Int = 100) throws {
    temporary = try TemporaryDirectory()
    directory = CampaignDirectory(temporary.path)
    manifest = CampaignManifest(
      name: "test", id: "test-1", rse: "T2_XX_Local", site: "T2_XX_Local", created: "2026-01-01T00:00:00Z",
      expires: expires, tool: "test",
      source: .init(
        location: "/list", made: "2026-01-01T00:00:00Z", sha256: String(repeating: "0", count: 64)),
      protected: [], filters: .init(allow: ["/store/unmerged/"], include: [], exclude: [], maxFiles: nil),
      counts: .init(), filesPerJob: filesPerJob)
    try CampaignFiles.write(manifest, to: directory.manifest)
    try write(Array("/store/unmerged/kept\n".utf8), to: directory.round(1).protected)
  }

  /// Adds a round; its jobs are numbered on.
  ///
  /// - Parameter submitted: how many of its jobs were submitted; nil: all.
  package func addRound(
    _ lists: [[String]], cluster: Int? = 10, spool: Bool = false, submitted: Int? = nil,
    schedd: Submission.Schedd? = nil
  ) throws {
    let number = rounds.count + 1
    let first = (rounds.flatMap(\.jobs).map(\.number).max() ?? 0) + 1
    let round = directory.round(number)
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
        submitted: "2026-01-01T00:00:00Z", target: .init(spool: spool), schedd: schedd, cluster: cluster,
        jobs: submitted ?? jobs.count, payload: nil), to: round.submission)
  }

  /// The job that a report in its directory has to be of, once it has run.
  package func owner(_ number: Int) -> ReportOwner {
    let round = rounds.last { $0.jobs.contains { $0.number == number } }
    return ReportOwner(
      manifest: manifest, id: JobID(number), cluster: 10,
      process: round?.jobs.firstIndex { $0.number == number } ?? 0)
  }

  package func jobDirectory(_ number: Int) -> JobDirectory {
    let round = rounds.last { $0.jobs.contains { $0.number == number } }
    return directory.round(round?.round ?? 1).job(JobID(number))
  }

  /// What a payload would report.
  package struct Report {
    package var files: [(lfn: String, outcome: Outcome, kind: String?)]
    /// The campaign's id.
    package var campaign: String?
    package var jobId: String?
    package var started: String
    package var site: String?
    package var rse: String?
    /// The job of HTCondor as JSON.
    package var condor: String?
    package var isComplete: Bool
    package var code: ExitStatus
    package var dryRun: Bool
    package var warnings: [String]
    /// Bytes of deleted files, where they are known.
    package var sizes: [String: Int]

    package init(
      files: [(lfn: String, outcome: Outcome, kind: String?)], campaign: String? = "test-1",
      jobId: String? = nil,
      started: String = "2026-01-01T00:00:00Z", site: String? = nil, rse: String? = "T2_XX_Local",
      condor: String? = nil, isComplete: Bool = true, code: ExitStatus = .allGone, dryRun: Bool = false,
      warnings: [String] = [], sizes: [String: Int] = [:]
    ) {
      (self.files, self.campaign, self.jobId, self.started, self.site) = (
        files, campaign, jobId, started, site
      )
      (self.rse, self.condor, self.isComplete, self.code) = (rse, condor, isComplete, code)
      (self.dryRun, self.warnings, self.sizes) = (dryRun, warnings, sizes)
    }
  }

  /// Writes a job's report as the payload does.
  package func report(_ number: Int, _ report: Report) async throws {
    let route = DeletionRoute.Description(
      rse: "T2_XX_Local", storageSite: "T2_XX_Local", volume: "Disk", protocolName: "root", command: "xrdcp")
    var job = JobReport.Job(host: "node", user: "user", pid: 1, started: report.started)
    job.campaign = report.campaign
    job.site = report.site
    job.condorJSON = report.condor
    job.jobId = report.jobId ?? JobID(number).description
    let header = ReportHeader(
      tool: .init(name: "swab", version: "0", commit: "0"), job: job,
      request: .init(
        sources: [], rse: report.rse, allow: [], protected: .init(files: [], entries: 0),
        dryRun: report.dryRun,
        retries: 0, timeout: 1, deadline: nil, concurrency: nil), routes: [route])
    let target = ReportTarget.file(jobDirectory(number).report)
    let recorder = try ReportRecorder(
      routes: [route], which: .all, target: target, temporary: temporary.path)
    await recorder.record(
      report.files.map { file in
        var record = FileRecord(lfn: file.lfn, outcome: file.outcome, attempts: 1, seconds: 0.5)
        record.pfn = "root://storage//\(file.lfn)"
        record.endpoint = "root://storage"
        record.route = 0
        record.backend = "xroot"
        record.facts.size = report.sizes[file.lfn]
        record.failure = file.kind.map { .init(kind: $0, code: "3010", message: "no") }
        return record
      })
    let state = ReportState(
      isComplete: report.isComplete, finished: "2026-01-01T00:01:00Z", seconds: 60,
      totals: await recorder.totals,
      warnings: report.warnings, exit: RunExit(report.code, wmcore: 0, reason: "for a test"))
    try await recorder.write(header, state, to: target)
  }

  package func write(_ bytes: [UInt8], to path: String) throws {
    // Plain although the names end in .gz: readers tell by content. Nothing waits for the disk, unlike AtomicFile.
    try? FileManager.default.removeItem(atPath: path)
    var sink = try FileSink(appendingTo: path)
    try sink.write(bytes)
    try sink.finish()
  }

  package func lines(_ path: String) throws -> [String] {
    var source = try sniffed(FileSource(path: path))
    return String(decoding: try source.collect(limit: 1 << 26) ?? [], as: UTF8.self).split(separator: "\n")
      .map(
        String.init)
  }

  /// Writes HTCondor's event log of a round; each text is an event of ``EventLogTests/xml(_:_:_:)``.
  package func log(_ events: [String], round: Int = 1) throws {
    try write(Array(events.joined().utf8), to: directory.round(round).events)
  }

  package func collect(_ queue: FakeQueue) async throws -> CampaignReport {
    let status = try await CampaignStatus.read(directory, from: queue)
    return try Collector(
      directory, tool: .init(name: "t", version: "0", commit: "0"), now: "2026-01-02T00:00:00Z"
    )
    .collect(status)
  }

  /// What `campaign-report.json` says of each file.
  package func outcomes() throws -> [String: String] {
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
    let document = try JSONDecoder().decode(
      Document.self, from: Data(FileSource.contents(of: directory.report)))
    return Dictionary(
      document.files.map { ($0.lfn, $0.outcome + ($0.error.map { " \($0.code)" } ?? "") + " \($0.job)") }
    ) { "\($0) and \($1)" }
  }
}

/// A schedd that says what it is told to.
package final class FakeQueue: CampaignQueue {
  package let queued: [String]
  package let history: [String]
  package let isDown: Bool
  package let isRefusing: Bool
  package let schedd: Submission.Schedd?
  private let asked = Asked()

  package actor Asked {
    var calls: [String] = []
    func add(_ call: String) { calls.append(call) }
  }

  /// Each is the inside of an ad.
  package init(
    queued: [String] = [], history: [String] = [], isDown: Bool = false, isRefusing: Bool = false,
    schedd: Submission.Schedd? = nil
  ) {
    self.isRefusing = isRefusing
    self.schedd = schedd
    self.queued = queued
    self.history = history
    self.isDown = isDown
  }

  package var calls: [String] { get async { await asked.calls } }

  package func schedd(_ target: Submission.Target) async throws -> Submission.Schedd? { schedd }

  package func jobs(_ target: Submission.Target, constraint: String) async throws -> [JobAttributes] {
    await asked.add("jobs")
    if isDown { throw CampaignError(.unavailable, "the schedd is down") }
    if isRefusing { throw CampaignError(.noPermission, "the schedd does not accept us") }
    return try ads(queued)
  }

  package func past(_ target: Submission.Target, constraint: String, since: String?, limit: Int) async throws
    -> [JobAttributes]
  {
    await asked.add("past")
    return try ads(history)
  }

  package func fetch(_ target: Submission.Target, constraint: String) async throws {
    await asked.add("fetch \(constraint)")
  }

  package func remove(_ target: Submission.Target, constraint: String, reason: String) async throws -> Bool {
    await asked.add("remove \(constraint)")
    return true
  }

  private func ads(_ insides: [String]) throws -> [JobAttributes] {
    try JobAttributes.list(
      json: Array("[\(insides.map { "{\($0)}" }.joined(separator: "\n,"))]".utf8), from: "test")
  }

  /// A job in HTCondor's words.
  package static func ad(_ process: Int, status: Int, _ more: String = "") -> String {
    "\"ClusterId\":10,\"ProcId\":\(process),\"JobStatus\":\(status)\(more.isEmpty ? "" : ",")\(more)"
  }
}
