/// A way to delete files: one storage door or one tool.
///
/// A backend tries once, classifies its own errors, and never turns silence into success: a file is
/// ``Answer/Kind/deleted`` only on an explicit positive answer. Retries, pauses and the report are above it.
/// Once the task is cancelled it must not start anything new; what was in flight is then ambiguous.
public protocol Backend: Sendable {
  /// Its name in the registry, the report and `--backend`.
  var name: String { get }

  /// What its callers have to know to use it well.
  var traits: BackendTraits { get }

  /// Tries once to delete one file.
  func delete(_ target: DeletionTarget, deadline: Deadline) async -> Answer

  /// Tries once to delete each of several files of **one endpoint**, all different. The answers are aligned
  /// with the targets. Without an implementation of its own a backend gets one call a file.
  func delete(batch targets: [DeletionTarget], deadline: Deadline) async -> [Answer]

  /// Tries once to remove each of several directories of **one endpoint**, all different, by an operation that fails
  /// where there is anything in one, and on what is no directory. The answers are aligned with the targets;
  /// ``ErrorClass/permanent`` means that a directory stays.
  ///
  /// Asked of a backend itself, not through its layers.
  func remove(emptyDirectories targets: [DeletionTarget], deadline: Deadline) async -> [Answer]

  /// The backend inside of what `wrap` makes; one that is made of several puts it around each of them.
  func layered(by wrap: (any Backend) -> any Backend) -> any Backend
}

extension Backend {
  /// Inside as a whole.
  public func layered(by wrap: (any Backend) -> any Backend) -> any Backend { wrap(self) }

  /// One call a file.
  public func delete(batch targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    var answers: [Answer] = []
    answers.reserveCapacity(targets.count)
    for target in targets {
      answers.append(await delete(target, deadline: deadline))
    }
    return answers
  }
}

/// What callers have to know of a backend.
public struct BackendTraits: Sendable, Equatable {
  /// The most files in one call.
  public var batchLimit: Int
  /// How much longer a call may take for each file in it: a batch is given the time limit of one file and
  /// this for every further one.
  public var allowancePerFile: Duration
  /// Whether it keeps many requests of a call under way and asks a ``RequestPacer`` how many: then it is not the calls
  /// that `--concurrency` counts.
  public var pacesItself: Bool
  /// Whether it tells the ``CallWatch`` of a call of each of its files.
  public var announcesFiles: Bool
  /// Whether it has an operation that removes a directory only where that is empty. At some endpoints it may still
  /// have none; it says so then.
  public var removesDirectories: Bool

  /// Makes traits.
  public init(
    batchLimit: Int, allowancePerFile: Duration = .milliseconds(100), pacesItself: Bool = false,
    announcesFiles: Bool = false, removesDirectories: Bool = false
  ) {
    self.batchLimit = batchLimit
    self.pacesItself = pacesItself
    self.announcesFiles = announcesFiles
    self.removesDirectories = removesDirectories
    self.allowancePerFile = allowancePerFile
  }
}
