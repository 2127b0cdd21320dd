import Synchronization

/// A backend, and another that takes over the endpoints that want what the first doesn't speak.
///
/// Decided once an endpoint, and told once. A redirector may let us in where one of its servers doesn't, so of the
/// call that finds out only what was turned away goes to the other; each of those answers says who gave it.
public struct HandingOver: Backend {
  /// That an endpoint wants what the first backend doesn't speak.
  public struct Notice: Sendable, Equatable {
    /// `scheme://host:port`.
    public let endpoint: String
    /// The backend that does its work from now on; nil where there is none.
    public let fallback: String?
    /// What the endpoint wants, in the first backend's words.
    public let reason: String
  }

  private let first: any Backend
  private let fallback: (any Backend)?
  private let told: Told

  /// Puts a backend in front of another.
  /// - Parameters:
  ///   - fallback: nil where there is none: then what the first one says stands.
  ///   - onHandOver: called once an endpoint.
  public init(
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
  public var name: String { first.name }
  /// The first one's.
  public var traits: BackendTraits { first.traits }

  /// Around each of the two, as each is bounded in its own way.
  public func layered(by wrap: (any Backend) -> any Backend) -> any Backend {
    Self(wrap(first), fallback.map(wrap), told)
  }

  /// As a batch of one.
  public func delete(_ target: DeletionTarget, deadline: Deadline) async -> Answer {
    await delete(batch: [target], deadline: deadline)[0]
  }

  /// Asks the first, or the other where the endpoint is known to be the other's.
  public func delete(batch targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    await ask(for: targets) { await $0.delete(batch: $1, deadline: deadline) }
  }

  /// The same.
  public func remove(emptyDirectories targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    await ask(for: targets) { await $0.remove(emptyDirectories: $1, deadline: deadline) }
  }

  /// What one of the two is asked.
  private typealias Request = @Sendable (any Backend, [DeletionTarget]) async -> [Answer]

  private func ask(for targets: [DeletionTarget], _ request: @escaping Request) async -> [Answer] {
    guard let endpoint = targets.first?.pfn.endpoint else { return [] }
    if let fallback, told.contains(endpoint) {
      return await Self.ask(fallback, for: targets, at: Array(targets.indices), request)
    }
    var answers = await request(first, targets)
    while answers.count < targets.count { answers.append(.missing(from: first)) }
    let turnedAway = answers.indices.filter { answers[$0].error?.isUnspoken == true }
    guard let reason = turnedAway.first.flatMap({ answers[$0].error?.message }) else { return answers }
    told.tell(Notice(endpoint: endpoint, fallback: fallback?.name, reason: reason))
    guard let fallback else { return answers }
    let others = await Self.ask(
      fallback, for: turnedAway.map { targets[$0] }, at: turnedAway, request)
    for (place, answer) in zip(turnedAway, others) { answers[place] = answer }
    return answers
  }

  /// In calls of the fallback's size, as many at a time as its gate lets in.
  ///
  /// - Parameter places: of the targets in the call.
  private static func ask(
    _ fallback: any Backend, for targets: [DeletionTarget], at places: [Int], _ request: @escaping Request
  ) async -> [Answer] {
    var answers = [Answer](repeating: .missing(from: fallback), count: targets.count)
    let size = max(1, fallback.traits.batchLimit)
    await withTaskGroup(of: (Int, [Answer]).self) { group in
      for start in stride(from: 0, to: targets.count, by: size) {
        let range = start..<min(start + size, targets.count)
        let part = Array(targets[range])
        let watch = CallWatch.current?.part(places[range])
        group.addTask {
          await CallWatch.$current.withValue(watch) {
            (start, await request(fallback, part))
          }
        }
      }
      for await (start, some) in group {
        for (offset, answer) in some.prefix(size).enumerated() { answers[start + offset] = answer }
      }
    }
    for index in answers.indices { answers[index].backend = fallback.name }
    return answers
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
