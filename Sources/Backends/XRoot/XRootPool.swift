import Synchronization

/// The connections that nobody uses at the moment.
final class XRootPool: Sendable {
  /// What connections are told apart by.
  struct Key: Hashable {
    let endpoint: String
    let server: XRootServer
    let mayShowToken: Bool
  }

  private struct State {
    var idle: [Key: [XRootLink]] = [:]
    var traffic: [String: EndpointTraffic] = [:]
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

  /// What is under way at an endpoint.
  func traffic(at endpoint: String) -> EndpointTraffic {
    state.withLock { state in
      if let traffic = state.traffic[endpoint] { return traffic }
      let traffic = EndpointTraffic()
      state.traffic[endpoint] = traffic
      return traffic
    }
  }

  deinit {
    for link in state.withLock({ $0.idle.values.flatMap { $0 } }) { link.end() }
  }
}
