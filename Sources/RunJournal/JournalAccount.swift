import ByteStreams
import DeletionModel
import JobReports

/// What a journal says was deleted, for whoever accounts for a run whose report does not tell: a payload that was killed
/// leaves a report without files, and a journal with all of them.
package struct JournalAccount {
  /// The files that it calls deleted, as a report would name them.
  package private(set) var deleted: [JobReport.File] = []

  /// The most bytes that are read: a journal has some 170 a file.
  private static let limit = 1 << 30

  /// Reads a journal as far as it is whole; one that is none says nothing.
  ///
  /// - Throws: what the source throws.
  package init(_ source: any ByteSource) throws {
    var source = source
    guard let bytes = try source.collect(limit: Self.limit) else { return }
    let head = Array("\(JournalFile.format)\n".utf8)
    guard bytes.starts(with: head) else { return }
    var routes: [String] = []
    var files: [Int: FileRecord] = [:]
    var offset = head.count
    while case .record(let range) = JournalFrame.read(bytes[...], at: offset),
      let record = try? JournalRecord(bytes[range])
    {
      switch record {
      case .identity(let identity): routes = identity.routes
      case .file(let entry): files[entry.position] = entry.record
      case .run, .begun, .elapsed, .note: break
      }
      offset = range.upperBound
    }
    deleted = files.sorted { $0.key < $1.key }.compactMap { _, record in
      guard record.outcome == .deleted else { return nil }
      let rse = record.route.flatMap {
        routes.indices.contains($0) ? routes[$0].split(separator: " ").first : nil
      }
      return JobReport.File(
        lfn: record.lfn, pfn: record.pfn, rse: rse.flatMap { $0 == "-" ? nil : String($0) },
        backend: record.backend, outcome: .deleted, attempts: record.attempts, seconds: record.seconds,
        confirmedBy: record.confirmedBy, error: nil)
    }
  }
}
