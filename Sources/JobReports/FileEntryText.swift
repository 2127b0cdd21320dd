import DeletionModel
import ByteStreams

/// The three forms in which a report names a file.
package enum FileEntryText {
  /// One entry of `files`.
  package static func write(
    _ record: FileRecord, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.newline()
    json.beginObject()
    writeMembers(record, routes, to: &json)
    json.endObject()
  }

  /// What is inside of such an entry.
  package static func writeMembers(
    _ record: FileRecord, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.member("lfn", record.lfn)
    json.member("pfn", record.pfn)
    json.member("rse", rse(of: record, routes))
    json.member("backend", record.backend)
    json.member("outcome", record.outcome.rawValue)
    json.member("attempts", record.attempts)
    json.member("seconds", seconds: record.seconds)
    if let size = record.size { json.member("bytes", size) }
    if let confirmedBy = record.confirmedBy {
      json.member("confirmedBy", confirmedBy)
    }
    if let failure = record.failure {
      json.beginObject("error")
      json.member("class", failure.kind)
      json.member("code", failure.code)
      json.member("message", failure.message)
      json.endObject()
    }
  }

  /// One entry of `cleanup.removed`, with the attributes that WMCore's report has
  /// (WMCore, FwkJobReport/Report.py, `addRemovedCleanupFile`).
  package static func writeRemoved(
    _ record: FileRecord, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.newline()
    json.beginObject()
    writeCleanupAttributes(record, routes, to: &json)
    json.endObject()
  }

  /// One entry of `cleanup.unremoved`, which WMCore makes and never fills.
  package static func writeUnremoved(
    _ record: FileRecord, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.newline()
    json.beginObject()
    writeCleanupAttributes(record, routes, to: &json)
    json.member("Outcome", record.outcome.rawValue)
    json.member("Reason", record.failure?.message)
    json.endObject()
  }

  private static func writeCleanupAttributes(
    _ record: FileRecord, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.member("LFN", record.lfn)
    json.member("PFN", record.pfn)
    json.member("PNN", rse(of: record, routes))
    json.member(
      "StageOutCommand", record.route.flatMap { routes.indices.contains($0) ? routes[$0].command : nil })
  }

  private static func rse(of record: FileRecord, _ routes: [DeletionRoute.Description]) -> String? {
    record.route.flatMap { routes.indices.contains($0) ? routes[$0].rse : nil }
  }
}
