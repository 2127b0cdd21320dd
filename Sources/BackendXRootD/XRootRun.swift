import DeletionModel
import Networking
import Synchronization

/// One batch at one endpoint, from the first request to the last answer. All servers that are asked work at the same
/// time: what one of them keeps waiting holds up nothing at another.
struct XRootRun {
  let connector: XRootConnector
  let endpoint: String
  let origin: XRootServer
  /// What is asked for, and the targets of the batch that these are.
  let paths: [[UInt8]]
  let indices: [Int]
  let batch: Batch
  let observer: any BatchObserver
  /// Hears, once a batch, what the report has to say of the endpoint.
  let notice: @Sendable (EndpointNotice) -> Void

  /// What the connections tell.
  enum Event: Sendable {
    case news(XRootRouting.Hop, XRootLink.News)
    /// A connection has no more to say. What is left in its feed was not sent.
    case ended(XRootRouting.Hop, XRootLink.Result)
  }

  /// Returns when every target has its answer.
  func callAsFunction() async {
    let facts = connector.pool.facts(at: endpoint)
    var routing = XRootRouting(
      origin: origin, kind: batch.kind, paths: paths,
      needsManager: facts.needsManager.load(ordering: .relaxed),
      storageHosts: connector.configuration.storageHosts)
    // One credential for the whole batch, also on the servers that it is sent on to.
    let credential = connector.credential(for: endpoint)
    let events = XRootEvents()
    var feeds: [XRootRouting.Hop: XRootFeed] = [:]
    await withTaskGroup(of: Void.self) { group in
      while true {
        for (hop, items) in routing.takeRequests() {
          if Task.isCancelled || batch.deadline.hasPassed(on: connector.time) {
            for item in items { routing.fail(item, .notTried) }
          } else if let feed = feeds[hop] {
            feed.add(items)
          } else {
            let feed = XRootFeed(items)
            feeds[hop] = feed
            group.addTask {
              let job = XRootLink.Job(
                feed: feed, kind: batch.kind, deadline: batch.deadline,
                mayBegin: { [indices, observer] in observer.mayBegin(indices[$0]) },
                deliver: { events.put(.news(hop, $0)) })
              events.put(.ended(hop, await connector.work(job, at: hop, endpoint, credential)))
            }
          }
        }
        for (target, answer) in routing.takeAnswers() { observer.answered(indices[target], answer) }
        if routing.isDone {
          for feed in feeds.values { feed.close() }
          if feeds.isEmpty { break }
        }
        for event in await events.next() { take(event, &routing, &feeds) }
      }
    }
    if routing.mayLeaveReplicas { notice(.replicasUnknown) }
    if routing.missesServers { notice(.missingDependsOnServers) }
    if routing.needsManager { facts.needsManager.store(true, ordering: .relaxed) }
  }

  private func take(
    _ event: Event, _ routing: inout XRootRouting, _ feeds: inout [XRootRouting.Hop: XRootFeed]
  ) {
    switch event {
    case .news(let hop, let news):
      if let count = news.serverCount { routing.learn(count, at: hop.server) }
      if news.missedServers { notice(.missingDependsOnServers) }
      for completed in news.completed { routing.take(completed, from: hop) }
    case .ended(let hop, let result):
      let items = feeds.removeValue(forKey: hop)?.end() ?? []
      switch result.failure {
      case .redirected(let redirect)?: routing.take(redirect, of: items)
      case .unsupported(let wanted)?:
        for item in items { routing.fail(item, .xrootUnsupportedAuthentication(wanted)) }
      case .error(let error)?: fail(items, error, &routing)
      case nil: for item in items { routing.fail(item, .notTried) }
      }
    }
  }

  /// A server that can't be used has failed for those whose requests would have been sent; the others were not tried.
  private func fail(_ items: [XRootWork.Item], _ error: DeletionError, _ routing: inout XRootRouting) {
    guard !items.isEmpty, !error.isUntried else {
      for item in items { routing.fail(item, error) }
      return
    }
    let tried = connector.failedConnection(for: items.count, error, at: endpoint)
    for (number, item) in items.enumerated() { routing.fail(item, number < tried ? error : error.untried) }
  }
}

/// Events for one task that waits for them. It hears of all of them, also when it is cancelled.
final class XRootEvents: Sendable {
  private struct State {
    var events: [XRootRun.Event] = []
    var waiter: CheckedContinuation<[XRootRun.Event], Never>?
  }

  private let state = Mutex(State())

  func put(_ event: XRootRun.Event) {
    let waiter = state.withLock { state in
      guard let waiter = state.waiter else {
        state.events.append(event)
        return CheckedContinuation<[XRootRun.Event], Never>?.none
      }
      state.waiter = nil
      return waiter
    }
    waiter?.resume(returning: [event])
  }

  /// Waits for at least one.
  func next() async -> [XRootRun.Event] {
    await withCheckedContinuation { continuation in
      let events = state.withLock { state in
        defer { state.events = [] }
        if state.events.isEmpty { state.waiter = continuation }
        return state.events
      }
      if !events.isEmpty { continuation.resume(returning: events) }
    }
  }
}
