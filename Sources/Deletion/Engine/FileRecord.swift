/// What became of one requested LFN: the line it gets in the report.
public struct FileRecord: Sendable {
  /// The logical name that was asked for.
  public var lfn: String
  /// Where it was deleted, or the last place looked at; nil for a refused name.
  public var pfn: String?
  /// The route that decided; nil for a refused name.
  public var route: Int?
  /// The backend that decided.
  public var backend: String?
  /// The storage door that decided.
  public var endpoint: String?
  /// How it ended.
  public var outcome: Outcome
  /// Attempts over all places.
  public var attempts: Int
  /// Time spent on the storage's answers, in seconds, without pauses.
  public var seconds: Double
  /// `absent` where the deletion is known only by the file's absence after an unclear answer.
  public var confirmedBy: String?
  /// Why it is not gone.
  public var failure: Failure?

  /// Why a file is not gone, whether storage said so or Swab.
  public struct Failure: Sendable, Equatable {
    /// An ``ErrorClass``, or `refused`, `stopped`, `dryRun`.
    public var kind: String
    /// The backend's code, or the rule.
    public var code: String
    /// One line.
    public var message: String
    /// Whether nothing answered at all.
    public var isUnavailable: Bool

    /// Makes a failure.
    public init(kind: String, code: String, message: String, isUnavailable: Bool = false) {
      self.kind = kind
      self.code = code
      self.message = message
      self.isUnavailable = isUnavailable
    }

    /// From a storage's answer.
    public init(_ error: DeletionError) {
      self.init(
        kind: error.errorClass.rawValue, code: error.code, message: error.message,
        isUnavailable: error.isUnavailable)
    }
  }

  /// Makes a record.
  public init(lfn: String, outcome: Outcome, attempts: Int = 0, seconds: Double = 0) {
    self.lfn = lfn
    self.outcome = outcome
    self.attempts = attempts
    self.seconds = seconds
  }

  /// A record of a name that the safety rules refuse.
  static func refused(_ lfn: String, _ refusal: Refusal) -> FileRecord {
    var record = FileRecord(lfn: lfn, outcome: .refused)
    record.failure = Failure(
      kind: "refused", code: refusal.rule.rawValue,
      message: MessageText.oneLine(refusal.detail, limit: DeletionError.messageLimit))
    return record
  }
}
