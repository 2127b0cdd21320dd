import Synchronization

/// What a storage says of a directory, asked as before a deletion, with nothing deleted.
package struct Inspection: Sendable, Equatable {
  /// What it says.
  package enum Finding: Sendable, Equatable {
    /// The directory is there.
    case directory
    /// Something is there that is no directory.
    case other
    /// An explicit "no such file".
    case absent
    /// Anything else.
    case failed(DeletionError)
  }

  /// What the storage says.
  package var finding: Finding
  /// The backend that has asked.
  package var backend: String

  package init(_ finding: Finding, backend: String) {
    self.finding = finding
    self.backend = backend
  }

  /// - Parameter kind: The answer to the deletion of the directory as a file, which no backend ever carries out.
  package init(answer kind: Answer.Kind, backend: String) {
    switch kind {
    case .absent: self.init(.absent, backend: backend)
    case .failed(let error) where Self.directoryCodes.contains(error.code):
      self.init(.directory, backend: backend)
    case .failed(let error): self.init(.failed(error), backend: backend)
    case .deleted: self.init(.other, backend: backend)
    }
  }

  /// What backends call a directory that was to be deleted as a file: errno's name, and `kXR_isDirectory`.
  private static let directoryCodes = ["EISDIR", "3016"]
}

extension Backend {
  /// Has the directory deleted as a file, but for the deletion itself: a backend asks what a name is and whether it may
  /// begin, and it may not. One that does not ask for each file (``BackendTraits/announcesFiles``) has its own way.
  package func inspect(_ directory: DeletionTarget, deadline: Deadline) async -> Inspection {
    guard traits.announcesFiles else {
      return Inspection(
        .failed(
          DeletionError(.fatal, code: "inspection", message: "\(name) can't be asked without deleting")),
        backend: name)
    }
    let observer = ForbiddingObserver()
    await delete(Batch([directory], deadline: deadline), observer: observer)
    return Inspection(answer: observer.wasAsked ? .deleted : observer.kind, backend: name)
  }
}

/// Lets nothing be deleted, and keeps the answer of the only target.
private final class ForbiddingObserver: BatchObserver {
  private let state = Mutex<(wasAsked: Bool, kind: Answer.Kind)>((false, .failed(.notTried)))

  /// Whether a deletion was about to be sent.
  var wasAsked: Bool { state.withLock { $0.wasAsked } }
  var kind: Answer.Kind { state.withLock { $0.kind } }

  func mayBegin(_ index: Int) -> Bool {
    state.withLock { $0.wasAsked = true }
    return false
  }

  func answered(_ index: Int, _ answer: Answer) { state.withLock { $0.kind = answer.kind } }
}
