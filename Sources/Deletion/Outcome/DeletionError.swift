/// Why one attempt to delete one file did not succeed.
public struct DeletionError: Error, Sendable, Equatable {
  /// What is done about it.
  public var errorClass: ErrorClass
  /// The backend's own code, as it would be looked up: `ENOENT`, `3010`, `HTTP 403`, `exit 51`.
  public var code: String
  /// The server's or tool's own words on one line, at most ``messageLimit`` bytes.
  public var message: String
  /// Whether the file may have been deleted although the answer did not say so: a timeout or a reset after
  /// the request was sent. "Not found" afterwards then means that it was.
  public var isAmbiguous: Bool
  /// Whether nothing answered at all: refused, unreachable, unresolvable, timed out.
  public var isUnavailable: Bool
  /// Whether nothing was asked of the storage at all: the time was over, or the task cancelled, before the
  /// file's turn came.
  public var isUntried: Bool
  /// Whether the endpoint wants what this backend doesn't speak, so that only another one could work there.
  public var isUnspoken: Bool
  /// How long the server asked us to wait.
  public var retryAfter: Duration?

  /// The longest message kept, in bytes of UTF-8.
  public static let messageLimit = 300

  /// Makes an error; the message is cleaned to one line and cut.
  public init(
    _ errorClass: ErrorClass, code: String, message: String, isAmbiguous: Bool = false,
    isUnavailable: Bool = false, isUntried: Bool = false, isUnspoken: Bool = false,
    retryAfter: Duration? = nil
  ) {
    self.errorClass = errorClass
    self.code = code
    self.message = MessageText.oneLine(message, limit: Self.messageLimit)
    self.isAmbiguous = isAmbiguous
    self.isUnavailable = isUnavailable
    self.isUntried = isUntried
    self.isUnspoken = isUnspoken
    self.retryAfter = retryAfter
  }
}

extension DeletionError {
  /// Nothing was sent for any file of a call, in all of its time.
  static let notReady = DeletionError(
    .transient, code: "timeout", message: "no answer in time; the file was not tried", isUnavailable: true)

  /// Nothing was sent for this file, because the rate did not allow it in time. That says nothing of the storage.
  static let heldBack = DeletionError(
    .transient, code: "held back", message: "not tried: the rate did not allow it in time", isUntried: true)

  /// Nothing was sent for this file: the deadline came or the task was cancelled before.
  public static let notTried = DeletionError(
    .transient, code: "not tried", message: "not tried: the time was over before", isUntried: true)
}
