import ByteStreams
import DeletionModel
import JobReports
import ListReading
import RunJournal

/// A job's list beside what its report says of it. In memory, a job at a time.
struct JobEvidence {
  /// The job's list, in ``LFNOrder``, each name once.
  private(set) var list: [String] = []
  /// What the report says of each file of the list and can be believed; nil where it says nothing. A route is the number
  /// of the report's storage endpoint.
  private(set) var records: [FileRecord?] = []
  /// The report; nil where there is none that can be believed.
  var report: JobReport?
  /// What is there of the report.
  var summary = ReportSummary.missing
  /// What is wrong with the report, or with the list.
  var problems: [String] = []
  /// How many of the job's files nothing names any more: its list is not what was planned.
  var unnamed = 0
  private var isListLost = false

  /// More problems of one kind are only counted.
  private static let problemLimit = 3

  /// Reads both, and the journal where the report does not tell everything. Whatever is wrong with them is a problem of
  /// this job, and no error.
  init(_ directory: JobDirectory, job: RoundRecord.Job, owner: ReportOwner) {
    self.init(
      directory, list: { FileSource(try OpenFile(readingRegular: directory.list)) },
      report: { FileSource(try OpenFile(readingRegular: directory.report)) },
      journal: { FileSource(try OpenFile(readingRegular: directory.journal(campaign: owner.manifest.id))) },
      job: job,
      owner: owner)
  }

  /// The same of any bytes; the directory is for messages.
  init(
    _ directory: JobDirectory, list: () throws -> any ByteSource, report: () throws -> any ByteSource,
    journal: () throws -> any ByteSource = { MemorySource([]) }, job: RoundRecord.Job, owner: ReportOwner
  ) {
    do {
      try readList(try list(), name: directory.list, expected: job.files)
    } catch {
      (self.list, isListLost) = ([], true)
      problems.append(MessageText.oneLine("its list can't be read: \(error)", limit: 300))
    }
    records = Array(repeating: nil, count: self.list.count)
    read(directory, report, owner)
    if summary.kind != .complete, !owner.hasNeverStarted { readJournal(journal) }
    unnamed = max(0, job.files - self.list.count)
    if isListLost, unnamed > 0 {
      problems.append("\(unnamed) of its \(job.files) files are not known by name")
    }
  }

  private mutating func read(
    _ directory: JobDirectory, _ report: () throws -> any ByteSource, _ owner: ReportOwner
  ) {
    do {
      var stream = ReportStream(try report(), name: directory.report)
      try readReport(&stream, owner)
    } catch let error as FileError where error.isMissing {
      summary = .missing
    } catch let error as DocumentError {
      giveUp(ReportSummary.isEmpty(directory.report) ? nil : error.problem)
    } catch {
      giveUp(MessageText.oneLine("\(error)", limit: 300))
    }
  }

  /// Leaves out what is not between the lists before and behind: the lists of a round follow each other, so one of them was
  /// changed, and no name may be accounted for twice.
  mutating func keep(after last: String?, before next: String?) {
    func isBetween(_ lfn: String) -> Bool {
      (last.map { LFNOrder.precedes($0, lfn) } ?? true) && (next.map { LFNOrder.precedes(lfn, $0) } ?? true)
    }
    guard let first = list.first, let end = list.last, !isBetween(first) || !isBetween(end) else { return }
    let kept = list.indices.filter { isBetween(list[$0]) }
    problems.append("\(list.count - kept.count) names of its list belong to other jobs: was a list changed?")
    unnamed += list.count - kept.count
    (list, records) = (kept.map { list[$0] }, kept.map { records[$0] })
  }

  private mutating func readList(_ source: any ByteSource, name: String, expected: Int) throws {
    var reader = LFNListReader(source, name: name)
    list.reserveCapacity(expected)
    var others: [String] = []
    while let batch = try reader.nextBatch(limit: 4096) {
      for listed in batch {
        // Of what is no path nobody can say where in the order it stands; no planned list has any.
        if listed.text.utf8.first == UInt8(ascii: "/") {
          list.append(listed.text)
        } else {
          others.append(listed.text)
        }
      }
    }
    note(others, "listed that are no LFN")
    if zip(list, list.dropFirst()).contains(where: { !LFNOrder.precedes($0, $1) }) {
      list = list.sorted(by: LFNOrder.precedes).reduce(into: []) { list, lfn in
        if list.last.map({ ExactName.same($0, lfn) }) != true { list.append(lfn) }
      }
    }
    if list.count != expected {
      problems.append("its list has \(list.count) files, and round.json says \(expected)")
    }
  }

  private mutating func readReport(_ stream: inout ReportStream, _ owner: ReportOwner) throws {
    var positions = ListPositions(list)
    var files: [JobReport.File?] = Array(repeating: nil, count: list.count)
    var isTwice = Array(repeating: false, count: list.count)
    var foreign: [String] = []
    var counts = OutcomeCounts()
    while let some = try stream.nextFiles(limit: 1000) {
      for file in some {
        counts[file.outcome] += 1
        if let position = positions.position(of: file.lfn) {
          // Both can't be true, and believing the worse one costs only another look.
          if files[position] != nil { isTwice[position] = true }
          if files[position] == nil || !file.isGone { files[position] = file }
        } else if isListLost, file.lfn.utf8.first == UInt8(ascii: "/") {
          // Only the job that is named in it has written it: that is seen below.
          positions.append(file.lfn)
          files.append(file)
          isTwice.append(false)
        } else {
          foreign.append(file.lfn)
        }
      }
    }
    let report = try stream.finish()
    summary = ReportSummary(report)
    if case .wrapper = summary { return }
    if let problem = owner.problem(report) { return giveUp(problem) }
    if summary.kind == .complete {
      if let problem = Self.miscount(report.summary, counts) { return giveUp(problem) }
      note(list.indices.filter { files[$0] == nil }.map { list[$0] }, "listed and not reported")
    }
    let order =
      isListLost
      ? files.indices.sorted { LFNOrder.precedes(positions.list[$0], positions.list[$1]) }
      : Array(files.indices)
    list = order.map { positions.list[$0] }
    var known = ReportRecords(report)
    records = order.map { files[$0].map { known.record(of: $0) } }
    note(foreign, "reported and not listed")
    note(list.indices.filter { isTwice[order[$0]] }.map { list[$0] }, "reported more than once")
    self.report = report
  }

  private static func miscount(_ summary: JobReport.Summary, _ counts: OutcomeCounts) -> String? {
    let said: [(Outcome, Int)] = [
      (.deleted, summary.deleted), (.absent, summary.absent), (.failed, summary.failed),
      (.refused, summary.refused), (.notAttempted, summary.notAttempted),
    ]
    for (outcome, number) in said where counts[outcome] != number {
      return "it counts \(number) files \(outcome.rawValue) and names \(counts[outcome])"
    }
    return nil
  }

  /// What a run that could not report has deleted: the journal has the campaign's id in its name. Only deletions are taken:
  /// that a file was absent is of use only together with how the others fared.
  private mutating func readJournal(_ source: () throws -> any ByteSource) {
    guard let account = try? JournalAccount(try source()) else { return }
    var positions = ListPositions(list)
    var known = ReportRecords(report)
    for file in account.deleted {
      guard let position = positions.position(of: file.lfn), records[position] == nil else { continue }
      records[position] = known.record(of: file)
    }
  }

  private mutating func giveUp(_ problem: String?) {
    if isListLost { list = [] }
    records = Array(repeating: nil, count: list.count)
    report = nil
    summary = problem.map { .broken(MessageText.oneLine($0, limit: 300)) } ?? .missing
  }

  private mutating func note(_ lfns: [String], _ what: String) {
    guard !lfns.isEmpty else { return }
    let shown = lfns.prefix(Self.problemLimit).joined(separator: ", ")
    problems.append("\(lfns.count) \(what), such as \(MessageText.oneLine(shown, limit: 300))")
  }
}

/// Where names stand in a list. A report mostly has them in the order of its list, and then the next one is the one that
/// follows: with a look-up of each by its hash, `collect` took 900 instructions more a file.
private struct ListPositions {
  private(set) var list: [String]
  private var next = 0
  /// Made for the first name that is not the next one.
  private var index: [ExactName: Int]?

  init(_ list: [String]) { self.list = list }

  /// Nil where it is not there.
  mutating func position(of lfn: String) -> Int? {
    guard next < list.count, ExactName.same(list[next], lfn) else { return searched(lfn) }
    next += 1
    return next - 1
  }

  mutating func append(_ lfn: String) {
    index?[ExactName(lfn)] = list.count
    list.append(lfn)
  }

  private mutating func searched(_ lfn: String) -> Int? {
    if index == nil {
      index = Dictionary(list.enumerated().map { (ExactName($1), $0) }) { first, _ in first }
    }
    guard let found = index?[ExactName(lfn)] else { return nil }
    next = found + 1
    return found
  }
}

extension JobReport.File {
  /// Whether it is on the storage no more.
  var isGone: Bool { outcome == .deleted || outcome == .absent }
}
