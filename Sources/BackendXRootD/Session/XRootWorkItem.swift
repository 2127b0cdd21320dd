import DeletionModel
import Networking
import XRootDProtocol

/// What a connection is given to do, and what it hands back.
extension XRootWork {
  /// What is to be done with a path.
  enum Stage: Sendable, Equatable {
    /// Ask what it is, then remove it.
    case whole
    /// At a manager: ask which servers it has, as each of them is to do the whole; at any other server, the whole.
    case everywhere
    /// Only ask what it is.
    case stat
    /// Remove what has been asked for before.
    case remove
  }

  /// One target.
  struct Item: Sendable, Equatable {
    /// The number of the target in its batch.
    var target: Int
    /// With parameters, where there are some.
    var path: [UInt8]
    var stage: Stage
    /// How long to wait before it is asked for.
    var delay = Duration.zero
    /// What the server has said of it, where it was asked for by itself.
    var facts = FileFacts()
    /// When the question was sent whose answer says that it is what is to be removed; nil where nobody has asked.
    var foundAt: Moment?
  }

  /// What became of one item.
  enum Outcome: Sendable, Equatable {
    case answered(Answer)
    /// For ``Stage/stat``: it is there and what is to be removed.
    case isThere(FileFacts)
    /// For ``Stage/everywhere``: these are all servers of the manager.
    case servers([EndpointAddress])
    /// Another server has to be asked, for the request of this stage: `stat` or `remove`.
    case redirected(XRootRedirect, at: Stage)
  }

  /// An item that is settled.
  struct Completed: Sendable, Equatable {
    var item: Item
    var outcome: Outcome
  }
}

/// Which items of a connection are settled; the first word on an item counts. Pure.
struct XRootOutcomes {
  private var isCompleted: [Bool] = []
  private var fresh: [(index: Int, outcome: XRootWork.Outcome)] = []
  /// Whether something has to be done for a fresh outcome: it is no answer.
  private(set) var hasFollowUp = false
  /// Outcomes that nobody has taken.
  var freshCount: Int { fresh.count }
  /// Items without an outcome.
  private(set) var left = 0

  /// The items without an outcome.
  var open: [Int] { isCompleted.indices.filter { !isCompleted[$0] } }

  mutating func add(_ count: Int) {
    isCompleted += Array(repeating: false, count: count)
    left += count
  }

  mutating func complete(_ index: Int, _ kind: Answer.Kind, seconds: Double = 0) {
    complete(index, .answered(Answer(kind, seconds: seconds)))
  }

  mutating func complete(_ index: Int, _ outcome: XRootWork.Outcome) {
    guard !isCompleted[index] else { return }
    isCompleted[index] = true
    fresh.append((index, outcome))
    if case .answered = outcome {} else { hasFollowUp = true }
    left -= 1
  }

  /// What was settled since the last call.
  mutating func take() -> [(index: Int, outcome: XRootWork.Outcome)] {
    defer { (fresh, hasFollowUp) = ([], false) }
    return fresh
  }
}

extension XRootWork {
  /// Why a connection ended with files left.
  struct Break: Equatable {
    var errorClass = ErrorClass.transient
    var code: String
    var message: String
    var isUnavailable = false
  }
}

extension XRootWork.Break {
  static let deadline = XRootWork.Break(
    code: "timeout", message: "no answer from the server in time", isUnavailable: true)
  static let silence = XRootWork.Break(
    code: "timeout", message: "the server has been silent for too long", isUnavailable: true)
  static let cancelled = XRootWork.Break(code: "cancelled", message: "stopped before the server answered")

  /// The connection can no longer be used.
  init(_ failure: LinkError) {
    switch failure {
    case .closed: self.init(code: "closed", message: "the server closed the connection")
    case .system(let error): self.init(code: "connection", message: "the connection broke: \(error)")
    case .tls(let error): self.init(code: "TLS", message: error.text)
    case .protocolError(let problem): self.init(errorClass: .unknown, code: "protocol", message: problem.text)
    case .silent: self = .silence
    case .timedOut: self = .deadline
    case .cancelled: self = .cancelled
    }
  }

  /// Whether it was not the server that ended it.
  var isOurs: Bool { self == .deadline || self == .cancelled }

  /// Of a file that was sent to be removed: nobody knows.
  var ambiguous: DeletionError { error(message, isAmbiguous: true) }

  /// Of a file that was asked for and not sent to be removed.
  var unanswered: DeletionError { error(message + "; no removal was sent", isAmbiguous: false) }

  /// Of a file that nothing was sent for.
  var untried: DeletionError {
    isOurs
      ? .notTried
      : DeletionError(errorClass, code: code, message: message + "; the file was not tried", isUntried: true)
  }

  /// Of a file whose request the server wanted to have later. Where only the time is over, its request is what the caller
  /// has to know.
  var waiting: DeletionError { code == Self.deadline.code ? .xrootBusy(for: nil) : untried }

  private func error(_ message: String, isAmbiguous: Bool) -> DeletionError {
    var error = DeletionError(
      errorClass, code: code, message: message, isAmbiguous: isAmbiguous, isUnavailable: isUnavailable)
    error.isOfConnection = !isOurs
    return error
  }
}

/// What the answers to stats and removals say of a file. Pure.
enum XRootAnswers {
  /// The answer to a removal.
  static func removal(_ error: XRootServerError?) -> Answer.Kind {
    guard let error else { return .deleted }
    return absentOrFailed(error.error(isRemoval: true))
  }

  /// A stat that the server refused.
  /// - Parameter showsToken: whether a token says what we may do.
  static func stat(_ error: XRootServerError, showsToken: Bool) -> Answer.Kind {
    var failure = error.error(isRemoval: false)
    if showsToken, failure.errorClass == .auth {
      failure = .xrootNeedsRead(failure.message, code: failure.code)
    }
    return absentOrFailed(failure)
  }

  /// Why what is there stays; nil where it may be removed.
  static func refusal(_ kind: XRootPathKind, _ subject: Batch.Kind) -> DeletionError? {
    switch (subject, kind == .directory) {
    case (.files, false), (.emptyDirectories, true): nil
    case (.emptyDirectories, false): .isNoDirectory
    case (.files, true):
      DeletionError(
        .permanent, code: "\(XRootErrorCode.isDirectory)",
        message: "it is a directory; only files are deleted")
    }
  }

  private static func absentOrFailed(_ error: DeletionError) -> Answer.Kind {
    error.errorClass == .absent ? .absent : .failed(error)
  }
}

/// How many paths are asked for in one `kXR_statx`. Pure.
///
/// It answers all or nothing: one missing file costs the whole block. So blocks become smaller where files are
/// missing, down to one, which means `kXR_stat`, and larger again where they are there.
struct XRootBlockSize {
  /// Paths in a block at most. A server answers nothing else on the connection meanwhile.
  static let limit = 64

  /// The paths of the next block.
  private(set) var count: Int
  /// Whether the server can be asked for many paths at once, as far as is known.
  private(set) var knowsStatx: Bool
  /// Single looks since the last one that found nothing, or the last growth.
  private var foundAlone = 0

  init(usesStatx: Bool) {
    knowsStatx = usesStatx
    count = usesStatx ? Self.limit : 1
  }

  /// A block had its answer.
  mutating func blockSucceeded() { count = min(count * 2, Self.limit) }

  /// A block was refused.
  mutating func blockFailed(_ code: Int) {
    if code == XRootErrorCode.invalidRequest || code == XRootErrorCode.unsupported {
      giveUp()
    } else {
      count = max(1, count / 2)
    }
  }

  /// The server is not to be asked for many paths at once.
  mutating func giveUp() {
    knowsStatx = false
    count = 1
  }

  /// A path that was asked for by itself was there.
  mutating func pathFound() {
    foundAlone += 1
    // Hardly anything is missing any more: ask for more at a time again.
    if knowsStatx, foundAlone >= Self.limit { (count, foundAlone) = (min(count * 2, Self.limit), 0) }
  }

  /// A path that was asked for by itself was not there, or not to be seen.
  mutating func pathFailed() { foundAlone = 0 }
}
