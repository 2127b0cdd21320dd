import DeletionModel
import ByteStreams

/// The three forms in which a report names a file.
package enum FileEntryText {
  private enum Keys {
    static let lfn = JSONText.Key("lfn")
    static let pfn = JSONText.Key("pfn")
    static let rse = JSONText.Key("rse")
    static let backend = JSONText.Key("backend")
    static let outcome = JSONText.Key("outcome")
    static let attempts = JSONText.Key("attempts")
    static let seconds = JSONText.Key("seconds")
    static let bytes = JSONText.Key("bytes")
    static let cleanupLFN = JSONText.Key("LFN")
    static let cleanupPFN = JSONText.Key("PFN")
    static let cleanupRSE = JSONText.Key("PNN")
    static let command = JSONText.Key("StageOutCommand")
  }

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
    json.member(Keys.lfn, record.lfn)
    json.member(Keys.pfn, record.pfn)
    json.member(Keys.rse, rse(of: record, routes))
    json.member(Keys.backend, record.backend)
    json.member(Keys.outcome, record.outcome.rawValue)
    json.key(Keys.attempts)
    json.integer(record.attempts)
    json.key(Keys.seconds)
    json.seconds(record.seconds)
    if let size = record.facts.size {
      json.key(Keys.bytes)
      json.integer(size)
    }
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
    json.member(Keys.cleanupLFN, record.lfn)
    json.member(Keys.cleanupPFN, record.pfn)
    json.member(Keys.cleanupRSE, rse(of: record, routes))
    json.member(
      Keys.command, record.route.flatMap { routes.indices.contains($0) ? routes[$0].command : nil })
  }

  private static func rse(of record: FileRecord, _ routes: [DeletionRoute.Description]) -> String? {
    record.route.flatMap { routes.indices.contains($0) ? routes[$0].rse : nil }
  }
}
