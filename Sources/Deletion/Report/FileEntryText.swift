import ByteStreams

/// The three forms in which a report names a file.
package enum FileEntryText {
  /// One entry of `files`.
  static func write(_ record: FileRecord, _ routes: [DeletionRoute.Description], to json: inout JSONText) {
    json.newline()
    json.beginObject()
    writeMembers(record, routes, to: &json)
    json.endObject()
  }

  /// What is inside of such an entry.
  package static func writeMembers(
    _ record: FileRecord, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.key("lfn")
    json.string(record.lfn)
    json.key("pfn")
    json.optional(record.pfn)
    json.key("rse")
    json.optional(rse(of: record, routes))
    json.key("backend")
    json.optional(record.backend)
    json.key("outcome")
    json.string(record.outcome.rawValue)
    json.key("attempts")
    json.integer(record.attempts)
    json.key("seconds")
    json.seconds(record.seconds)
    if let confirmedBy = record.confirmedBy {
      json.key("confirmedBy")
      json.string(confirmedBy)
    }
    if let failure = record.failure {
      json.key("error")
      json.beginObject()
      json.key("class")
      json.string(failure.kind)
      json.key("code")
      json.string(failure.code)
      json.key("message")
      json.string(failure.message)
      json.endObject()
    }
  }

  /// One entry of `cleanup.removed`, with the attributes that WMCore's report has
  /// (WMCore, FwkJobReport/Report.py, `addRemovedCleanupFile`).
  static func writeRemoved(
    _ record: FileRecord, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.newline()
    json.beginObject()
    writeCleanupAttributes(record, routes, to: &json)
    json.endObject()
  }

  /// One entry of `cleanup.unremoved`, which WMCore makes and never fills.
  static func writeUnremoved(
    _ record: FileRecord, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.newline()
    json.beginObject()
    writeCleanupAttributes(record, routes, to: &json)
    json.key("Outcome")
    json.string(record.outcome.rawValue)
    json.key("Reason")
    json.optional(record.failure?.message)
    json.endObject()
  }

  private static func writeCleanupAttributes(
    _ record: FileRecord, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.key("LFN")
    json.string(record.lfn)
    json.key("PFN")
    json.optional(record.pfn)
    json.key("PNN")
    json.optional(rse(of: record, routes))
    json.key("StageOutCommand")
    json.optional(record.route.flatMap { routes.indices.contains($0) ? routes[$0].command : nil })
  }

  private static func rse(of record: FileRecord, _ routes: [DeletionRoute.Description]) -> String? {
    record.route.flatMap { routes.indices.contains($0) ? routes[$0].rse : nil }
  }
}
