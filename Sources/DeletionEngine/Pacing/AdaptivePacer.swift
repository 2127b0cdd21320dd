import DeletionModel
import Synchronization

/// Finds the pace of each host by itself, inside bounds, and keeps all of them together below a rate.
package final class AdaptivePacer: RequestPacer {
  /// The most requests in flight at one host unless the command line says otherwise, without those that the host holds
  /// back.
  package static let defaultCap = 64

  private struct Endpoint {
    let host: Int
    var access = EndpointAccess()
  }

  private struct State {
    var hosts: [HostPace] = []
    var hostNames: [String: Int] = [:]
    var endpoints: [Endpoint] = []
    var endpointNames: [String: Int] = [:]
    var budget: RateBudget?

    /// The index of an endpoint, looked up once for each question.
    mutating func index(of endpoint: String, cap: Int?) -> Int {
      if let known = endpointNames[endpoint] { return known }
      let name = AdaptivePacer.host(of: endpoint)
      let host = hostNames[name] ?? hosts.count
      if host == hosts.count {
        hosts.append(HostPace(AdaptivePacer.bounds(of: endpoint, cap: cap)))
      }
      hostNames[name] = host
      endpoints.append(Endpoint(host: host))
      endpointNames[endpoint] = endpoints.count - 1
      return endpoints.count - 1
    }

    func endpoint(_ name: String) -> Endpoint? { endpointNames[name].map { endpoints[$0] } }
  }

  private let circuits: CircuitBoard?
  private let cap: Int?
  private let time: any TimeSource
  private let stop: StopSignal?
  private let state: Mutex<State>

  /// Makes a pacer.
  ///
  /// - Parameters:
  ///   - cap: requests in flight at one host, at most; nil for ``defaultCap``, and more of those that the host
  ///     holds back.
  ///   - maxRate: requests per second over all hosts; nil for no bound.
  ///   - stop: once it is set, nothing more is admitted.
  ///   - circuits: while the circuit of an endpoint is open nothing is admitted there either, and one request during a
  ///     trial.
  package init(
    cap: Int? = nil, maxRate: Double? = nil, time: any TimeSource, stop: StopSignal? = nil,
    circuits: CircuitBoard? = nil
  ) {
    self.circuits = circuits
    self.stop = stop
    self.cap = cap
    self.time = time
    state = Mutex(State(budget: maxRate.map { RateBudget(perSecond: $0, at: time.now()) }))
  }

  /// What the host's pace and the rate leave.
  package func admit(_ wanted: Int, at endpoint: String) -> PaceAdmission {
    if stop?.reason != nil { return PaceAdmission(count: 0, isOver: true) }
    let trialLimit = circuits?.circuit(of: endpoint).requestLimit
    if trialLimit == 0 { return PaceAdmission(count: 0, isOver: true) }
    let now = time.now()
    return state.withLock { state in
      let index = state.index(of: endpoint, cap: cap)
      let host = state.endpoints[index].host
      var wanted = min(wanted, trialLimit ?? wanted)
      var wait: Duration?
      if let taken = state.budget?.take(wanted, at: now) {
        if taken < wanted { wait = state.budget?.wait }
        wanted = taken
      }
      let inFlight = state.hosts[host].inFlight
      let first = PaceTicket(id: state.hosts[host].nextID, sent: now, inFlight: inFlight + 1)
      guard wanted > 0 else { return PaceAdmission(count: 0, first: first, askAgainAfter: wait) }
      var (count, pause): (Int, Duration?) = (state.endpoints[index].access.allow(wanted), nil)
      if count > 0 { (count, pause) = state.hosts[host].admit(count, at: now) }
      state.endpoints[index].access.send(count)
      state.budget?.giveBack(wanted - count)
      if let pause { wait = wait.map { max($0, pause) } ?? pause }
      // Room that another connection or endpoint of the host makes is not announced here.
      if count == 0, wait == nil { wait = .milliseconds(20) }
      return PaceAdmission(count: count, first: first, askAgainAfter: wait)
    }
  }

  /// Learns from the end of a request.
  package func note(_ end: PaceOutcome, of ticket: PaceTicket, at endpoint: String) {
    let now = time.now()
    state.withLock { state in
      let index = state.index(of: endpoint, cap: cap)
      if end == .unsent { state.budget?.giveBack(1) }
      state.endpoints[index].access.take(end, at: now)
      state.hosts[state.endpoints[index].host].take(end, of: ticket, at: now)
    }
  }

  /// What the rate leaves.
  package func admitByRate(_ wanted: Int) -> PaceAdmission {
    if stop?.reason != nil { return PaceAdmission(count: 0, isOver: true) }
    let now = time.now()
    return state.withLock { state in
      guard let taken = state.budget?.take(wanted, at: now) else { return PaceAdmission(count: wanted) }
      return PaceAdmission(count: taken, askAgainAfter: taken < wanted ? state.budget?.wait : nil)
    }
  }

  /// A refusal soon after a rejected credential is that credential's.
  package func interpret(_ error: DeletionError, at endpoint: String) -> DeletionError {
    guard error.errorClass == .overload else { return error }
    let now = time.now()
    let isBlocked = state.withLock { state in
      state.endpoint(endpoint)?.access.isBlocked(at: now, pause: CircuitPolicy.blockingTime) ?? false
    }
    guard isBlocked else { return error }
    var blocked = error
    blocked.errorClass = .auth
    blocked.retryAfter = nil
    blocked.message = MessageText.oneLine(
      "blocked after the credential was not accepted: \(error.message)", limit: DeletionError.messageLimit)
    return blocked
  }

  /// What was learnt of the host of an endpoint; nil where nothing was sent to it.
  package func summary(of endpoint: String) -> PaceSummary? {
    state.withLock { state in
      guard let host = state.endpoint(endpoint)?.host else { return nil }
      let summary = state.hosts[host].summary()
      return summary.requests > 0 ? summary : nil
    }
  }

  /// A connection of HTTP/1.1 holds one request, one of XRootD a thousand: so many may a host hold back.
  private static func bounds(of endpoint: String, cap: Int?) -> HostPace.Bounds {
    if let cap { return HostPace.Bounds(cap: cap, outstandingLimit: cap) }
    let isXRootD = PFN.xrootdSchemes.contains(String(endpoint.prefix { $0 != ":" }))
    return HostPace.Bounds(cap: defaultCap, outstandingLimit: isXRootD ? 4096 : 512)
  }

  /// The name or address in `scheme://user@host:port`.
  static func host(of endpoint: String) -> String {
    var rest = endpoint.drop { $0 != "/" }.drop { $0 == "/" }
    if let user = rest.lastIndex(of: "@") { rest = rest[rest.index(after: user)...] }
    if rest.first == "[", let end = rest.firstIndex(of: "]") { return String(rest[...end]) }
    return String(rest.prefix { $0 != ":" })
  }
}

/// A bound on requests per second: what is not used adds up to one second's worth and no more.
struct RateBudget: Sendable, Equatable {
  private let perSecond: Double
  private var available: Double
  private var last: Moment

  /// - Parameter perSecond: requests per second, more than 0.
  init(perSecond: Double, at moment: Moment) {
    self.perSecond = perSecond
    available = min(perSecond, 1)
    last = moment
  }

  /// Takes up to so many files out of the budget; how many that were.
  mutating func take(_ wanted: Int, at moment: Moment) -> Int {
    available = min(max(perSecond, 1), available + (moment - last).inSeconds * perSecond)
    last = moment
    let taken = max(0, min(wanted, Int(available)))
    available -= Double(taken)
    return taken
  }

  /// Gives back what was taken and not used.
  mutating func giveBack(_ count: Int) { available += Double(count) }

  /// How long until there is room for one file.
  var wait: Duration { .seconds(max(0, 1 - available) / perSecond) }
}
