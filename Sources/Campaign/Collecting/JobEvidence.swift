import ByteStreams
import Deletion

/// A job's list beside what its report says of it. In memory, a job at a time.
struct JobEvidence {
  /// The job's list, in ``LFNOrder``, each name once.
  var list: [String] = []
  private var files: [ExactName: JobReport.File] = [:]
  /// The report; nil where there is none that can be believed.
  var report: JobReport?
  /// What is there of the report.
  var glance = ReportGlance.missing
  /// What is wrong with the report, or with the list.
  var problems: [String] = []

  /// More problems of one kind are only counted.
  private static let problemLimit = 3

  /// Reads both.
  ///
  /// - Throws: `FileError`, `ListError` for a list that can't be read; never for a report.
  init(_ folder: JobFolder, job: RoundRecord.Job, manifest: CampaignManifest) throws {
    try self.init(
      folder, list: FileSource(path: folder.list), report: { try FileSource(path: folder.report) }, job: job,
      manifest: manifest)
  }

  /// The same of any bytes; the folder is for messages.
  init(
    _ folder: JobFolder, list: any ByteSource, report: () throws -> any ByteSource, job: RoundRecord.Job,
    manifest: CampaignManifest
  ) throws {
    try readList(list, name: folder.list, expected: job.files)
    do {
      var stream = ReportStream(try report(), name: folder.report)
      try readReport(&stream, job: job.id, manifest: manifest)
    } catch let error as FileError where error.isMissing {
      glance = .missing
    } catch let error as JobReportError {
      giveUp(ReportGlance.isEmpty(folder.report) ? nil : error.problem)
    } catch {
      giveUp(MessageText.oneLine("\(error)", limit: 300))
    }
  }

  /// What the report says of a file of the list and can be believed; nil where it says nothing.
  func file(_ lfn: String) -> JobReport.File? { files[ExactName(lfn)] }

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

  private mutating func readReport(_ stream: inout ReportStream, job: JobID, manifest: CampaignManifest)
    throws
  {
    var known = Dictionary(list.map { (ExactName($0), 0) }) { first, _ in first }
    var foreign: [String] = []
    var twice: [String] = []
    var counts: [Outcome: Int] = [:]
    while let some = try stream.nextFiles(limit: 1000) {
      for file in some {
        counts[file.outcome, default: 0] += 1
        let name = ExactName(file.lfn)
        switch known[name] {
        case nil: foreign.append(file.lfn)
        case 0: files[name] = file
        default:
          if known[name] == 1 { twice.append(file.lfn) }
          // Both can't be true, and believing the worse one costs only another look.
          if !file.isGone { files[name] = file }
        }
        known[name]? += 1
      }
    }
    let report = try stream.finish()
    glance = ReportGlance(report)
    if case .wrapper = glance { return }
    if let problem = ReportGlance.mismatch(report, job: job, manifest) { return giveUp(problem) }
    if glance.kind == .complete {
      if let problem = Self.miscount(report.summary, counts) { return giveUp(problem) }
      let silent = list.filter { files[ExactName($0)] == nil }
      note(silent, "listed and not reported")
    }
    note(foreign, "reported and not listed")
    note(twice, "reported more than once")
    self.report = report
  }

  private static func miscount(_ summary: JobReport.Summary, _ counts: [Outcome: Int]) -> String? {
    let said: [(Outcome, Int)] = [
      (.deleted, summary.deleted), (.absent, summary.absent), (.failed, summary.failed),
      (.refused, summary.refused), (.notAttempted, summary.notAttempted),
    ]
    for (outcome, number) in said where counts[outcome, default: 0] != number {
      return "it counts \(number) files \(outcome.rawValue) and names \(counts[outcome, default: 0])"
    }
    return nil
  }

  private mutating func giveUp(_ problem: String?) {
    files = [:]
    report = nil
    glance = problem.map { .broken(MessageText.oneLine($0, limit: 300)) } ?? .missing
  }

  private mutating func note(_ lfns: [String], _ what: String) {
    guard !lfns.isEmpty else { return }
    let shown = lfns.prefix(Self.problemLimit).joined(separator: ", ")
    problems.append("\(lfns.count) \(what), such as \(MessageText.oneLine(shown, limit: 300))")
  }
}

extension JobReport.File {
  /// Whether it is on the storage no more.
  var isGone: Bool { outcome == .deleted || outcome == .absent }
}
