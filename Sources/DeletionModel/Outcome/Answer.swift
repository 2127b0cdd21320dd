/// What one attempt said of one file.
package struct Answer: Sendable, Equatable {
  /// The three things that a storage can say.
  package enum Kind: Sendable, Equatable {
    /// An explicit positive answer: the file was there and is gone.
    case deleted
    /// An explicit "no such file".
    case absent
    /// Anything else.
    case failed(DeletionError)
  }

  /// What was said.
  package var kind: Kind
  /// How long it took, in seconds. A tool that is given many files is measured as a whole; each of its files
  /// then carries the mean.
  package var seconds: Double
  /// The backend that gave it, where that is not the one that was called.
  package var backend: String?
  /// Whether a request that was sent before may have deleted the file: then "not there" means that it did. False where
  /// "not there" is the answer to that request itself; nil where only the caller knows of earlier requests.
  package var mayHaveBeenDeleted: Bool?
  /// What the storage said of the file before.
  package var facts = FileFacts()

  package init(_ kind: Kind, seconds: Double = 0, facts: FileFacts = FileFacts()) {
    self.kind = kind
    self.seconds = seconds
    self.facts = facts
  }

  /// Why the attempt failed; nil where it did not.
  package var error: DeletionError? {
    if case .failed(let error) = kind { error } else { nil }
  }

  /// What stands for the answer of a backend that answered for too few files.
  package static func missing(from backend: any Backend) -> Answer {
    Answer(
      .failed(
        DeletionError(
          .unknown, code: "noAnswer", message: "\(backend.name) gave no answer for this file",
          isAmbiguous: true)))
  }
}

/// How one requested LFN ended. Every one ends in exactly one of these.
package enum Outcome: String, Sendable, CaseIterable, Codable {
  /// The storage said that it deleted the file.
  case deleted
  /// None of its replicas is there.
  case absent
  /// It could not be deleted, or it is not known whether it was.
  case failed
  /// The safety rules forbid it; nothing was sent that could delete it.
  case refused
  /// Not tried: a dry run, the run stopped early, or the endpoint was given up.
  case notAttempted
}

/// What kind of failure a storage answer is, and so what is done about it.
///
/// A backend classifies its own answers; nothing above it looks at status codes or message texts.
package enum ErrorClass: String, Sendable, CaseIterable, Codable {
  /// The file is not there. Counts as gone, not as a failure.
  case absent
  /// It is a property of the file and will not go better next time: a directory, a name that the storage refuses.
  case permanent
  /// It is a property of the endpoint, of its configuration or of a proxy in between, and says nothing of the file: a
  /// redirect that is not followed, a method that the server does not know, a read-only storage. Not tried again in the
  /// same run; another run, another host or another configuration may fare better.
  case endpoint
  /// The transport or the server failed in a way that passes: refused, reset, timed out, internal error.
  case transient
  /// The storage did not accept who we are, or forbids it to us.
  case auth
  /// The storage is overloaded (429, 503, "server busy"). Waited out; not counted as an attempt.
  case overload
  /// Nothing through this backend can work: its tool is missing or broken.
  case fatal
  /// No answer that can be understood: no result line, garbage, an unknown code.
  case unknown

  /// Whether another attempt may end differently.
  package var isWorthRetrying: Bool {
    switch self {
    case .transient, .overload, .unknown: true
    case .absent, .permanent, .endpoint, .auth, .fatal: false
    }
  }
}
