/// Why one attempt to delete one file did not succeed.
package struct DeletionError: Error, Sendable, Equatable {
  /// What is done about it.
  package var errorClass: ErrorClass
  /// The backend's own code, as it would be looked up: `ENOENT`, `3010`, `HTTP 403`, `exit 51`.
  package var code: String
  /// The server's or tool's own words on one line, at most ``messageLimit`` bytes.
  package var message: String
  /// Whether the file may have been deleted although the answer did not say so: a timeout or a reset after
  /// the request was sent. "Not found" afterwards then means that it was.
  package var isAmbiguous: Bool
  /// Whether nothing answered at all: refused, unreachable, unresolvable, timed out.
  package var isUnavailable: Bool
  /// Whether the file was not tried: before its turn came the time was over, the run stopped, the circuit opened, the journal
  /// could not be written, or a server could not be used.
  package var isUntried: Bool
  /// Whether the endpoint wants what this backend doesn't speak, so that only another one could work there.
  package var isUnsupported: Bool
  /// Whether another backend is to be asked for this file, whatever becomes of the others: this one would not name it
  /// exactly, or could not say what became of it.
  package var isForAnother = false
  /// Whether what failed was a connection that other files were asked about on, too: any of them may be the cause, so each is
  /// tried again in a batch of its own.
  package var isOfConnection = false
  /// Whether the server did not accept the credential itself (HTTP 401, a refused login): every other file would be
  /// refused alike, and some servers block an address that shows such a credential again.
  package var rejectsCredential: Bool
  /// How long the server asked us to wait.
  package var retryAfter: Duration?

  /// Code and message, the code once: messages about HTTP have it.
  package var text: String { message.contains(code) ? message : "\(code): \(message)" }

  /// The longest message kept, in bytes of UTF-8.
  package static let messageLimit = 300

  /// Makes an error; the message is cleaned to one line and cut.
  package init(
    _ errorClass: ErrorClass, code: String, message: String, isAmbiguous: Bool = false,
    isUnavailable: Bool = false, isUntried: Bool = false, isUnsupported: Bool = false,
    rejectsCredential: Bool = false, retryAfter: Duration? = nil
  ) {
    self.errorClass = errorClass
    self.code = code
    self.message = MessageText.oneLine(message, limit: Self.messageLimit)
    self.isAmbiguous = isAmbiguous
    self.isUnavailable = isUnavailable
    self.isUntried = isUntried
    self.isUnsupported = isUnsupported
    self.rejectsCredential = rejectsCredential
    self.retryAfter = retryAfter
  }
}

extension DeletionError {
  /// Nothing was sent for any file of a call, in all of its time.
  package static let notReady = DeletionError(
    .transient, code: "timeout", message: "no answer in time; the file was not tried", isUnavailable: true)

  /// Nothing was sent for this file, because the rate did not allow it in time. That says nothing of the storage.
  package static let heldBack = DeletionError(
    .transient, code: "held back", message: "not tried: the rate did not allow it in time", isUntried: true)

  /// No deletion was sent for this file, for one of the reasons of ``isUntried``.
  package static let notTried = DeletionError(
    .transient, code: "not tried", message: "not tried: nothing was sent for this file", isUntried: true)
}

extension DeletionError {
  /// The same error for a file that nothing was asked for.
  package var untried: DeletionError {
    if isUntried { return self }
    return DeletionError(
      errorClass, code: code, message: message + "; the file was not tried", isUntried: true)
  }

  /// A directory that is not empty, or in which something was just written.
  package static let directoryIsFull = DeletionError(
    .permanent, code: "ENOTEMPTY", message: "not sent: there are entries in the directory")

  /// The same error for a file that no deletion was sent for.
  package var unsent: DeletionError {
    var result = self
    result.isAmbiguous = false
    return result
  }

  /// The same error for a file that another backend is to be asked for (``isForAnother``).
  package var forAnother: DeletionError {
    var result = self
    result.isForAnother = true
    return result
  }

  /// As what the storage said of the file.
  package var asAnswer: Answer.Kind { errorClass == .absent ? .absent : .failed(self) }
}

extension DeletionError {
  private static let directoriesStayCode = "directories stay"

  /// Nothing is known at this endpoint that would remove a directory only where it is empty: all of them stay, and
  /// there is no need to ask for another one.
  package static func directoriesStay(_ reason: String) -> DeletionError {
    DeletionError(.permanent, code: directoriesStayCode, message: reason)
  }

  /// Whether it says that all directories of the endpoint stay.
  package var keepsDirectories: Bool { code == Self.directoriesStayCode }

  /// What was to be removed as an empty directory is something else.
  package static let isNoDirectory = DeletionError(
    .permanent, code: "ENOTDIR", message: "not sent: it is no directory")
}
