/// The stage-out entries that several reports speak of, each once.
package struct ReportRoutes: Sendable {
  /// What each route is, by its number.
  package private(set) var descriptions: [DeletionRoute.Description] = []

  /// None yet.
  package init() {}

  /// The number of the route behind a storage door of a report.
  package mutating func number(of storage: JobReport.Storage) -> Int {
    let description = DeletionRoute.Description(
      rse: storage.rse, storageSite: storage.storageSite, volume: storage.volume,
      protocolName: storage.protocol, command: storage.command ?? "")
    if let known = descriptions.firstIndex(of: description) { return known }
    descriptions.append(description)
    return descriptions.count - 1
  }

  /// The record of a file of a report whose storage doors have been numbered.
  package func record(of file: JobReport.File, in report: JobReport) -> FileRecord {
    var record = FileRecord(
      lfn: file.lfn, outcome: file.outcome, attempts: file.attempts, seconds: file.seconds)
    record.pfn = file.pfn
    record.backend = file.backend
    record.confirmedBy = file.confirmedBy
    record.failure = file.error.map { .init(kind: $0.class, code: $0.code, message: $0.message) }
    record.endpoint = file.pfn.flatMap(PFN.init)?.endpoint
    let storage = report.storage.first { $0.rse == file.rse && $0.backend == file.backend }
    record.route = storage.flatMap { storage in
      descriptions.firstIndex { $0.rse == storage.rse && $0.command == storage.command ?? "" }
    }
    return record
  }
}
