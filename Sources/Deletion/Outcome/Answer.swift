/// What one attempt said of one file.
public struct Answer: Sendable, Equatable {
  /// The three things that a storage can say.
  public enum Kind: Sendable, Equatable {
    /// An explicit positive answer: the file was there and is gone.
    case deleted
    /// An explicit "no such file".
    case absent
    /// Anything else.
    case failed(DeletionError)
  }

  /// What was said.
  public var kind: Kind
  /// How long it took, in seconds. A tool that is given many files is measured as a whole; each of its files
  /// then carries the mean.
  public var seconds: Double
  /// The backend that gave it, where that is not the one that was called.
  public var backend: String?

  /// Makes an answer.
  public init(_ kind: Kind, seconds: Double = 0) {
    self.kind = kind
    self.seconds = seconds
  }

  /// Why the attempt failed; nil where it did not.
  public var error: DeletionError? {
    if case .failed(let error) = kind { error } else { nil }
  }

  /// What stands for the answer of a backend that answered for too few files.
  static func missing(from backend: any Backend) -> Answer {
    Answer(
      .failed(
        DeletionError(
          .unknown, code: "noAnswer", message: "\(backend.name) gave no answer for this file",
          isAmbiguous: true)))
  }
}
