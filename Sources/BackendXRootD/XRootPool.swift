import Synchronization
import Networking
import Credentials

/// The connections that nobody uses at the moment.
final class XRootPool: Sendable {
  /// What connections are told apart by.
  struct Key: Hashable {
    let endpoint: String
    let hop: XRootRouting.Hop
  }

  private struct State {
    var idle: [Key: [XRootLink]] = [:]
    var facts: [String: XRootFacts] = [:]
  }

  private let state = Mutex(State())

  /// An idle connection with this credential. Those with another one are closed: the token has been renewed.
  func take(_ key: Key, credential: EndpointCredential) -> XRootLink? {
    let (link, stale) = state.withLock { state -> (XRootLink?, [XRootLink]) in
      var links = state.idle[key] ?? []
      let stale = links.filter { $0.settings.setup.credential != credential }
      links.removeAll { $0.settings.setup.credential != credential }
      let link = links.popLast()
      state.idle[key] = links.isEmpty ? nil : links
      return (link, stale)
    }
    for link in stale { link.end() }
    return link
  }

  /// Gives a connection back.
  func put(_ link: XRootLink, _ key: Key) {
    state.withLock { state in
      // Those that have ended on their own are never asked for again if they are not let go here.
      state.idle[key] = (state.idle[key] ?? []).filter { !$0.hasEnded } + [link]
    }
  }

  /// What is known of an endpoint.
  func facts(at endpoint: String) -> XRootFacts {
    state.withLock { state in
      if let facts = state.facts[endpoint] { return facts }
      let facts = XRootFacts()
      state.facts[endpoint] = facts
      return facts
    }
  }

  deinit {
    for link in state.withLock({ $0.idle.values.flatMap { $0 } }) { link.end() }
  }
}

/// What is found out once an endpoint.
final class XRootFacts: Sendable {
  /// Whether `kXR_stat` is refused and a probe takes its place (``XRootWork``).
  let probes = Atomic(false)
  /// Whether a server that the manager names cannot be asked without having been sent there.
  let needsManager = Atomic(false)
  private let told = Mutex<Set<EndpointNotice>>([])

  /// Whether a notice is the first of its kind.
  func isNew(_ notice: EndpointNotice) -> Bool { told.withLock { $0.insert(notice).inserted } }
}
