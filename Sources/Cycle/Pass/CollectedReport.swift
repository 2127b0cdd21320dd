import Campaign
import DeletionModel
import FoundationEssentials

/// What a cycle has to know of a campaign's report.
struct CollectedReport: Sendable, Equatable {
  var deleted: Int
  var absent: Int
  var notGone: Int
  /// What the deleted files took up.
  var freed: FreedBytes
  /// The class of the most errors; nil for none.
  var worstError: String? { errors.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key }
  /// How many files by which class of error.
  var errors: [String: Int]
  /// Whether jobs are to come, or it can't be told.
  var isIncomplete: Bool
  /// The report's own words.
  var exitReason: String

  private struct Document: Decodable {
    struct Summary: Decodable {
      var requested: Int
      var deleted: Int
      var absent: Int
      var bytesFreed: Int?
      var bytesFreedIsPartial: Bool?
    }
    struct Error: Decodable {
      var `class`: String
      var count: Int
    }
    struct Exit: Decodable { var reason: String }
    var status: String
    var summary: Summary
    var errors: [Error]
    var exit: Exit
  }

  /// Throws `DecodingError`.
  init(_ record: CollectionRecord) throws {
    let document = try JSONDecoder().decode(Document.self, from: Data(record.report.utf8))
    let summary = document.summary
    (deleted, absent) = (summary.deleted, summary.absent)
    freed = FreedBytes(
      bytes: summary.bytesFreed, isPartial: summary.bytesFreedIsPartial, deleted: summary.deleted)
    notGone = summary.requested - summary.deleted - summary.absent
    errors = Dictionary(document.errors.map { ($0.class, $0.count) }, uniquingKeysWith: +)
    isIncomplete = document.status != "complete"
    exitReason = document.exit.reason
  }
}
