import ByteStreams
import DeletionModel
import ListReading
import FoundationEssentials

/// Makes one report of several: sums are added, files and warnings are put together.
package struct ReportMerge: Sendable {
  private var known = ReportRoutes()
  /// What each route of the merged report is.
  package var routes: [DeletionRoute.Description] { known.descriptions }
  /// The sums.
  package private(set) var totals = RunTotals()
  /// The names of reports that are the same as one before them, and do not count, with the name of that one.
  package private(set) var repeated: [(name: String, first: String)] = []
  private var files: [ReportFile] = []
  /// The last report without its files.
  private var overview: [UInt8] = []
  private var reports: [JobReport] = []
  /// How many files each report names; nil where it names none.
  private var namedFiles: [Int?] = []

  /// Adds up reports, in order. Each is read to its end, without keeping its files. One that was there before, under
  /// whatever name, does not count again: no two runs have the same process, start, duration and sums.
  ///
  /// Throws ``DocumentError`` for what is no report, `FileError` where one can't be read.
  package init(_ files: [ReportFile]) throws {
    var names: [String: String] = [:]
    for file in files {
      var stream = ReportStream(try file.source(), name: file.name)
      let report = try stream.finish()
      overview = stream.withoutFiles
      let digest = SHA256()
      digest?.add(overview)
      if let digest = digest?.finish() {
        if let first = names[digest] {
          repeated.append((file.name, first))
          continue
        }
        names[digest] = file.name
      }
      self.files.append(file)
      add(report)
      namedFiles.append(stream.namedFiles)
    }
  }

  private mutating func add(_ report: JobReport) {
    reports.append(report)
    totals.add(report) { known.number(of: $0) }
  }

  /// What a single report says, to the letter, apart from its files; nil of several.
  package var onlyReport: [UInt8]? { files.count == 1 ? overview : nil }

  private var namesAllFiles: Bool {
    zip(namedFiles, reports).allSatisfy { ($0 ?? 0) == $1.summary.requested }
  }

  private var namesFiles: Bool { namedFiles.contains { $0 != nil } }

  /// What the merged report says of the run as a whole.
  ///
  /// - Parameters:
  ///   - tool: the program that merges.
  ///   - job: the merging process, for what has no single answer.
  package func report(tool: JobReport.Tool, job: JobReport.Job) -> (ReportHeader, ReportState) {
    var job = job
    job.started = reports.map(\.job.started).min() ?? job.started
    job.site = common(\.job.site)
    job.subsite = common(\.job.subsite)
    job.siteConfig = common(\.job.siteConfig)
    job.campaign = common(\.job.campaign)
    let only = reports.count == 1 ? reports[0].job : nil
    if let only {
      (job.host, job.user, job.pid) = (only.host, only.user ?? job.user, only.pid ?? job.pid)
      job.jobId = only.jobId
      job.journal = only.journal
    }
    let isComplete = reports.allSatisfy { $0.status == "complete" }
    let finished = isComplete ? reports.compactMap(\.job.finished).max() : nil
    let dryRun = reports.allSatisfy(\.request.dryRun)
    let request = JobReport.Request(
      sources: reports.flatMap(\.request.sources).uniqued(), rse: common(\.request.rse),
      allow: reports.flatMap(\.request.allow).uniqued(),
      protected: .init(
        files: reports.flatMap(\.request.protected.files).uniqued(),
        entries: reports.map(\.request.protected.entries).max() ?? 0), dryRun: dryRun,
      retries: common(\.request.retries), timeout: common(\.request.timeout),
      deadline: common(\.request.deadline), concurrency: common(\.request.concurrency),
      notNewerThan: common(\.request.notNewerThan))
    return (
      ReportHeader(tool: tool, job: job, request: request, routes: routes),
      ReportState(
        isComplete: isComplete, finished: finished,
        seconds: only?.seconds ?? workingTime, totals: totals,
        warnings: reports.flatMap(\.warnings).uniqued(), exit: exit(dryRun: dryRun))
    )
  }

  /// How it all ended. A run that never began has no file that failed; it is no success for that.
  private func exit(dryRun: Bool) -> RunExit {
    if reports.count == 1, let only = reports.first?.exit, let status = ExitStatus(rawValue: only.code) {
      return RunExit(status, wmcore: only.wmcoreExitCode, reason: only.reason)
    }
    let stopped = reports.contains {
      $0.exit.code == ExitStatus.stoppedEarly.rawValue || $0.status != "complete"
    }
    let exit = RunExit.of(
      totals, dryRun: dryRun, stopped: stopped ? .signal("a job ended early") : nil)
    let bad = reports.map(\.exit).filter { $0.code != 0 }
    guard exit.status == .allGone, let first = bad.first else { return exit }
    return RunExit(
      ExitStatus(rawValue: first.code) ?? .someNotGone, wmcore: first.wmcoreExitCode,
      reason: "\(bad.count) of \(reports.count) jobs ended badly, such as: \(first.reason)")
  }

  /// Writes the merged report. It names the files where any of the reports does, and says so where not all do.
  ///
  /// - Throws: ``FileError``; ``DocumentError`` where a report is not what it was.
  ///
  /// - Parameter temporary: the directory of temporary files, for a report that goes to no file.
  package func write(
    _ header: ReportHeader, _ state: ReportState, to target: ReportTarget, temporary: String
  ) async throws {
    var state = state
    if namesFiles, !namesAllFiles { state.warnings.append("not every report names all of its files") }
    guard namesFiles else { return try ReportDocument.write(header, state, to: target) }
    let recorder = try ReportRecorder(routes: routes, which: .all, target: target, temporary: temporary)
    var known = known
    for (file, report) in zip(files, reports) {
      var stream = ReportStream(try file.source(), name: file.name)
      var records = ReportRecords(report, routes: report.storage.map { known.number(of: $0) })
      while let some = try stream.nextFiles(limit: 1000) {
        await recorder.record(some.map { records.record(of: $0) })
      }
    }
    try await recorder.write(header, state, to: target)
  }

  private func common<Value: Equatable>(_ path: KeyPath<JobReport, Value?>) -> Value? {
    guard let first = reports.first?[keyPath: path] else { return nil }
    return reports.allSatisfy { $0[keyPath: path] == first } ? first : nil
  }

  /// For how long at least one of the runs was at work, in seconds: their pauses tell nothing of the storage's rate.
  private var workingTime: Double {
    let runs = reports.compactMap { report -> (start: Double, end: Double)? in
      guard let start = try? Date(report.job.started, strategy: .iso8601) else { return nil }
      return (start.timeIntervalSince1970, start.timeIntervalSince1970 + max(0, report.job.seconds))
    }
    var (sum, end) = (0.0, -Double.infinity)
    for run in runs.sorted(by: { $0.start < $1.start }) where run.end > end {
      sum += run.end - max(run.start, end)
      end = run.end
    }
    return sum
  }

  /// Where and when the runs were, and how they ended: one line for a person.
  package var runs: String {
    if reports.count == 1, let only = reports.first {
      let job = only.job
      let name = job.campaign.map { ", job \(job.jobId ?? "?") of \($0)" } ?? ""
      return
        "\(job.host)\(job.site.map { " at \($0)" } ?? ""), \(job.started)\(name)\(only.tool.map { ", by \($0.name) \($0.version)" } ?? "")"
    }
    let codes = Dictionary(grouping: reports) { $0.exit.code }.sorted { $0.key < $1.key }
    let unended = reports.count { $0.status != "complete" }
    let hosts = Set(reports.map(\.job.host)).count
    return
      "\(reports.count) reports of \(MessageText.counted(hosts, "host")), \(reports.map(\.job.started).min() ?? "") to \(reports.map { $0.job.finished ?? $0.job.started }.max() ?? ""): "
      + codes.map { "\($0.value.count) with exit code \($0.key)" }.joined(separator: ", ")
      + (unended > 0 ? "; \(unended) incomplete" : "")
  }
}

extension Array where Element: Hashable {
  /// Each element once, in order.
  fileprivate func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
