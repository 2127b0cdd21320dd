/// What became of one requested LFN: the line it gets in the report.
package struct FileRecord: Sendable {
  /// The logical name that was asked for.
  package var lfn: String
  /// The replica that was deleted, or the last one that was tried; nil for a refused name.
  package var pfn: String?
  /// The route that decided; nil for a refused name.
  package var route: Int?
  /// The backend that decided.
  package var backend: String?
  /// The storage endpoint that decided.
  package var endpoint: String?
  /// How it ended.
  package var outcome: Outcome
  /// Attempts over all replicas.
  package var attempts: Int
  /// Time spent on the storage's answers, in seconds, without pauses.
  package var seconds: Double
  /// `absent` where the deletion is known only by the file's absence after an unclear answer.
  package var confirmedBy: String?
  /// What the storage had said of it, where it was deleted.
  package var facts = FileFacts()
  /// Why it is not gone.
  package var failure: Failure?
  /// Whether an earlier run settled it, perhaps on another machine: it says nothing of the storage as this one sees it.
  package var isFromEarlierRun = false

  /// Why a file is not gone, whether storage said so or Swab.
  package struct Failure: Sendable, Equatable {
    /// An ``ErrorClass``, or `refused`, `stopped`, `suspect`; of a campaign also `pending`.
    package var kind: String
    /// The backend's code, or the rule.
    package var code: String
    /// One line.
    package var message: String
    /// Whether nothing answered at all.
    package var isUnavailable: Bool

    package init(kind: String, code: String, message: String, isUnavailable: Bool = false) {
      self.kind = kind
      self.code = code
      self.message = message
      self.isUnavailable = isUnavailable
    }

    /// From a storage's answer.
    package init(_ error: DeletionError) {
      self.init(
        kind: error.errorClass.rawValue, code: error.code, message: error.message,
        isUnavailable: error.isUnavailable)
    }
  }

  package init(lfn: String, outcome: Outcome, attempts: Int = 0, seconds: Double = 0) {
    self.lfn = lfn
    self.outcome = outcome
    self.attempts = attempts
    self.seconds = seconds
  }

  /// A record of a name that the safety rules refuse.
  package static func refused(_ lfn: String, _ refusal: Refusal) -> FileRecord {
    var record = FileRecord(lfn: lfn, outcome: .refused)
    record.failure = Failure(
      kind: "refused", code: refusal.rule.rawValue,
      message: MessageText.oneLine(refusal.detail, limit: DeletionError.messageLimit))
    return record
  }
}

/// Some of the routes of a run, in two bytes. All routes from the sixteenth on are one.
package struct RouteSet: Sendable, Equatable {
  package private(set) var bits: UInt16

  package init(bits: UInt16 = 0) { self.bits = bits }

  package var isEmpty: Bool { bits == 0 }

  package func contains(_ route: Int) -> Bool { bits & Self.bit(route) != 0 }

  package mutating func insert(_ route: Int) { bits |= Self.bit(route) }

  package mutating func remove(_ route: Int) { bits &= ~Self.bit(route) }

  private static func bit(_ route: Int) -> UInt16 { 1 << UInt16(min(max(0, route), 15)) }
}

/// Takes the outcome of every file as it becomes known.
package protocol RunRecorder: Sendable {
  /// Takes some records; each requested LFN comes once.
  ///
  /// Must not fail: an outcome that is known can't be known again. What can't be kept is said at the end.
  func record(_ records: [FileRecord]) async
}
