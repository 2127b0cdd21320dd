import Synchronization

/// A way to delete files: one storage protocol or one tool.
///
/// A backend tries each target of a batch once, classifies its own errors, and never turns silence into success: a
/// file is ``Answer/Kind/deleted`` only after an explicit positive answer. Retries, pauses, the journal and the report
/// belong to the engine. Once the task is cancelled a backend must not start anything new; what was in flight is then
/// ambiguous.
package protocol Backend: Sendable {
  /// Its name in the registry, the report and `--backend`.
  var name: String { get }

  /// What its callers have to know to use it well.
  var traits: BackendTraits { get }

  /// Tries each target of a batch once and tells the observer the answer of each exactly once, as soon as it is known.
  ///
  /// An answer is the answer of its own target: what a server says of one file is never given to another. A target that
  /// no request was sent for is answered with an error that is ``DeletionError/isUntried``. Returns when every target
  /// has been answered.
  func delete(_ batch: Batch, observer: any BatchObserver) async

  /// Asks the storage what a directory is, with the credential and the requests that a deletion in it would begin with.
  /// Nothing is deleted or changed.
  ///
  /// - Parameters:
  ///   - directory: its LFN, and its PFN without a slash at the end.
  ///   - deadline: when the answer has to be given.
  func inspect(_ directory: DeletionTarget, deadline: Deadline) async -> Inspection

  /// The backend inside of what `wrap` makes; one that is made of several puts it around each of them.
  func layered(by wrap: (any Backend) -> any Backend) -> any Backend
}

extension Backend {
  /// Wraps the backend as a whole.
  package func layered(by wrap: (any Backend) -> any Backend) -> any Backend { wrap(self) }

  /// Waits for all answers of a batch, which are aligned with its targets.
  package func answers(to batch: Batch) async -> [Answer] {
    let answers = BatchAnswers(count: batch.targets.count)
    await delete(batch, observer: answers)
    return answers.all.map { $0 ?? .missing(from: self) }
  }
}

/// Targets of **one endpoint** that a backend is given together.
package struct Batch: Sendable {
  /// What the targets must be. Whatever turns out to be something else stays.
  package enum Kind: Sendable {
    /// Files. A directory is never removed.
    case files
    /// Directories, each to be removed only by an operation that fails where anything is in it, and that fails for what
    /// is no directory. ``ErrorClass/permanent`` then means that the directory stays.
    case emptyDirectories
  }

  /// All different.
  package var targets: [DeletionTarget]
  /// What they must be.
  package var kind: Kind
  /// When the last answer has to be given.
  package var deadline: Deadline

  package init(_ targets: [DeletionTarget], kind: Kind = .files, deadline: Deadline) {
    self.targets = targets
    self.kind = kind
    self.deadline = deadline
  }
}

extension Batch {
  /// Answers all targets alike, where nothing was sent for any of them.
  package func answerAll(_ error: DeletionError, _ observer: any BatchObserver) {
    for index in targets.indices { observer.answered(index, Answer(.failed(error))) }
  }
}

/// Hears of each target of a batch while the batch is in flight, on whatever thread the backend works. It may write to the
/// journal, and must not wait for anything else.
package protocol BatchObserver: Sendable {
  /// Asked before the first request is sent that could delete the target at this index, and possibly again before a
  /// further one.
  ///
  /// - Returns: whether it may be sent. If not, the target is answered with ``DeletionError/notTried``.
  func mayBegin(_ index: Int) -> Bool

  /// Takes the answer of the target at this index.
  func answered(_ index: Int, _ answer: Answer)
}

/// Collects the answers of a batch. The first answer of each target counts.
package final class BatchAnswers: BatchObserver {
  private let state: Mutex<[Answer?]>
  private let inner: (any BatchObserver)?

  /// Makes a collector.
  ///
  /// - Parameters:
  ///   - count: how many targets the batch has.
  ///   - inner: hears of each target's first answer as well, and decides what may begin.
  package init(count: Int, forwardingTo inner: (any BatchObserver)? = nil) {
    state = Mutex(Array(repeating: nil, count: count))
    self.inner = inner
  }

  /// The answers so far, aligned with the targets.
  package var all: [Answer?] { state.withLock { $0 } }

  /// Whatever the inner observer says; without one, everything may begin.
  package func mayBegin(_ index: Int) -> Bool { inner?.mayBegin(index) ?? true }

  /// Keeps the answer unless there is one already.
  package func answered(_ index: Int, _ answer: Answer) {
    let isFirst = state.withLock { answers in
      guard answers.indices.contains(index), answers[index] == nil else { return false }
      answers[index] = answer
      return true
    }
    if isFirst { inner?.answered(index, answer) }
  }
}

/// What callers have to know of a backend.
package struct BackendTraits: Sendable, Equatable {
  /// The most targets in one batch.
  package var batchLimit: Int
  /// How much longer a batch may take for each target in it: a batch is given the time limit of one file and
  /// this for every further one.
  package var allowancePerFile: Duration
  /// Whether it keeps many requests of a batch in flight and asks a ``RequestPacer`` how many: then it is not the
  /// batches that `--concurrency` counts.
  package var pacesItself: Bool
  /// Whether it asks ``BatchObserver/mayBegin(_:)`` itself for each target.
  package var announcesFiles: Bool
  /// Whether it has an operation that removes a directory only where that is empty. At some endpoints it may still
  /// have none; it says so then.
  package var removesDirectories: Bool
  /// Whether it decides by itself how long a batch may take, also at an endpoint that has not answered yet: it asks a
  /// service that works through batches in its own time.
  package var limitsItself: Bool

  /// Makes traits.
  package init(
    batchLimit: Int, allowancePerFile: Duration = .milliseconds(100), pacesItself: Bool = false,
    announcesFiles: Bool = false, removesDirectories: Bool = false, limitsItself: Bool = false
  ) {
    self.batchLimit = batchLimit
    self.limitsItself = limitsItself
    self.pacesItself = pacesItself
    self.announcesFiles = announcesFiles
    self.removesDirectories = removesDirectories
    self.allowancePerFile = allowancePerFile
  }
}

/// Observes some targets of a batch as a batch of their own.
package struct PartObserver: BatchObserver {
  private let whole: any BatchObserver
  private let indices: [Int]

  /// - Parameter indices: the index in the whole batch of each target of the part.
  package init(_ whole: any BatchObserver, _ indices: some Collection<Int>) {
    self.whole = whole
    self.indices = Array(indices)
  }

  package func mayBegin(_ index: Int) -> Bool {
    indices.indices.contains(index) && whole.mayBegin(indices[index])
  }

  package func answered(_ index: Int, _ answer: Answer) {
    if indices.indices.contains(index) { whole.answered(indices[index], answer) }
  }
}

extension BatchObserver {
  /// What observes the targets at these indices as a batch of their own; itself where they are the whole batch.
  package func part(_ indices: some Collection<Int>, of batch: Batch) -> any BatchObserver {
    indices.count == batch.targets.count ? self : PartObserver(self, indices)
  }
}

extension Batch {
  /// The targets at these indices, as a batch of their own.
  package func part(_ indices: some Collection<Int>) -> Batch {
    indices.count == targets.count ? self : Batch(indices.map { targets[$0] }, kind: kind, deadline: deadline)
  }

  /// The same batch with an earlier deadline.
  package func within(_ limit: Duration?, of time: any TimeSource) -> Batch {
    Batch(targets, kind: kind, deadline: deadline.within(limit, of: time))
  }
}
