import Synchronization

/// A backend, and another that takes over the endpoints that want what the first doesn't speak.
///
/// Decided once an endpoint, and told once. A redirector may let us in where one of its servers doesn't, so of the
/// call that finds out only what was turned away goes to the other; each of those answers says who gave it. Single files
/// that the first backend leaves to another (``DeletionError/isForAnother``) go the same way, and the endpoint stays.
package struct HandingOver: Backend {
  /// That an endpoint wants what the first backend doesn't speak.
  package struct Notice: Sendable, Equatable {
    /// `scheme://host:port`.
    package let endpoint: String
    /// The backend that does its work from now on; nil where there is none.
    package let fallback: String?
    /// What the endpoint wants, in the first backend's words.
    package let reason: String
  }

  private let first: any Backend
  private let fallback: (any Backend)?
  private let told: Told

  /// Puts a backend in front of another.
  /// - Parameters:
  ///   - fallback: nil where there is none: then what the first one says stands.
  ///   - onHandOver: called once an endpoint.
  package init(
    _ first: any Backend, to fallback: (any Backend)?, onHandOver: @escaping @Sendable (Notice) -> Void
  ) {
    self.init(first, fallback, Told(onHandOver))
  }

  private init(_ first: any Backend, _ fallback: (any Backend)?, _ told: Told) {
    self.first = first
    self.fallback = fallback
    self.told = told
  }

  /// The first one's.
  package var name: String { first.name }
  /// The first one's.
  package var traits: BackendTraits { first.traits }

  /// Around each of the two, as each is bounded in its own way.
  package func layered(by wrap: (any Backend) -> any Backend) -> any Backend {
    Self(wrap(first), fallback.map(wrap), told)
  }

  /// Asks the first, or the other where the endpoint is known to be the other's.
  package func delete(_ batch: Batch, observer: any BatchObserver) async {
    guard let endpoint = batch.targets.first?.pfn.endpoint else { return }
    if let fallback, told.contains(endpoint) {
      return await Self.ask(fallback, for: batch, at: Array(batch.targets.indices), inDoubt: [], observer)
    }
    let turnedAway = TurnedAway(observer, isFinal: fallback == nil)
    await first.delete(batch, observer: turnedAway)
    let found = turnedAway.all
    if let reason = found.reason {
      told.tell(Notice(endpoint: endpoint, fallback: fallback?.name, reason: reason))
    }
    guard let fallback, !found.indices.isEmpty else { return }
    await Self.ask(fallback, for: batch, at: found.indices.sorted(), inDoubt: found.inDoubt, observer)
  }

  /// Asks the first, and the other where the endpoint wants what the first doesn't speak.
  package func inspect(_ directory: DeletionTarget, deadline: Deadline) async -> Inspection {
    let found = await first.inspect(directory, deadline: deadline)
    guard case .failed(let error) = found.finding, error.isUnsupported || error.isForAnother else {
      return found
    }
    if error.isUnsupported {
      told.tell(
        Notice(endpoint: directory.pfn.endpoint, fallback: fallback?.name, reason: error.message))
    }
    guard let fallback else { return found }
    return await fallback.inspect(directory, deadline: deadline)
  }

  /// Hands answers on, but for those that say that the first backend does not speak what the endpoint wants.
  private final class TurnedAway: BatchObserver {
    private let whole: any BatchObserver
    private let isFinal: Bool
    private let state = Mutex(Found())

    struct Found {
      var indices: [Int] = []
      /// Those that may have been deleted.
      var inDoubt: Set<Int> = []
      /// What the endpoint wants; nil where it was for the files' own sake.
      var reason: String?
    }

    /// - Parameter isFinal: whether there is no fallback, so that such answers are handed on as well.
    init(_ whole: any BatchObserver, isFinal: Bool) {
      self.whole = whole
      self.isFinal = isFinal
    }

    var all: Found { state.withLock { $0 } }

    func mayBegin(_ index: Int) -> Bool { whole.mayBegin(index) }

    func answered(_ index: Int, _ answer: Answer) {
      guard let error = answer.error, error.isUnsupported || error.isForAnother else {
        return whole.answered(index, answer)
      }
      state.withLock { state in
        state.indices.append(index)
        if error.isAmbiguous { state.inDoubt.insert(index) }
        if error.isUnsupported { state.reason = state.reason ?? error.message }
      }
      if isFinal { whole.answered(index, answer) }
    }
  }

  /// Asks the fallback in batches of its size, as many at a time as its gate lets in.
  ///
  /// - Parameters:
  ///   - indices: of the targets in the batch.
  ///   - inDoubt: those of them that the first backend may have deleted.
  private static func ask(
    _ fallback: any Backend, for batch: Batch, at indices: [Int], inDoubt: Set<Int>,
    _ observer: any BatchObserver
  ) async {
    let size = max(1, fallback.traits.batchLimit)
    await withTaskGroup { group in
      for start in stride(from: 0, to: indices.count, by: size) {
        let part = Array(indices[start..<min(start + size, indices.count)])
        group.addTask {
          let named = Named(whole: observer, backend: fallback.name, inDoubt: inDoubt)
          await fallback.delete(batch.part(part), observer: PartObserver(named, part))
        }
      }
    }
  }

  /// Says of each answer which backend gave it, and whether the other may have deleted the file before.
  private struct Named: BatchObserver {
    let whole: any BatchObserver
    let backend: String
    let inDoubt: Set<Int>

    func mayBegin(_ index: Int) -> Bool { whole.mayBegin(index) }

    func answered(_ index: Int, _ answer: Answer) {
      var answer = answer
      answer.backend = backend
      if inDoubt.contains(index) { answer.mayHaveBeenDeleted = true }
      whole.answered(index, answer)
    }
  }

  /// The endpoints that were told of.
  private final class Told: Sendable {
    private let endpoints = Mutex<Set<String>>([])
    private let onHandOver: @Sendable (Notice) -> Void

    init(_ onHandOver: @escaping @Sendable (Notice) -> Void) { self.onHandOver = onHandOver }

    func contains(_ endpoint: String) -> Bool { endpoints.withLock { $0.contains(endpoint) } }

    func tell(_ notice: Notice) {
      if endpoints.withLock({ $0.insert(notice.endpoint).inserted }) { onHandOver(notice) }
    }
  }
}
