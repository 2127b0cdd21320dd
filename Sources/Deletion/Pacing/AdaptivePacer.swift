import Synchronization

/// Finds the level of each host by itself, inside bounds, and keeps all of them together below a rate.
public final class AdaptivePacer: RequestPacer {
  /// Requests under way at one host when a run begins.
  public static let defaultStart = 4
  /// The most requests under way at one host unless the command line says otherwise.
  public static let defaultCap = 64

  private struct Host {
    var level: PaceLevel
    /// Requests under way, a door each: several can be on one host.
    var doors: [Int] = []

    var free: Int { level.limit - doors.reduce(0, +) }
  }

  /// Where an endpoint is found: worked out once, as it is asked for with every request.
  private struct Place {
    let host: Int
    let door: Int
  }

  private struct State {
    var hosts: [Host] = []
    var numbers: [String: Int] = [:]
    var places: [String: Place] = [:]
    var budget: RateBudget?

    mutating func place(of endpoint: String, _ bounds: PaceLevel.Bounds) -> Place {
      if let place = places[endpoint] { return place }
      let name = AdaptivePacer.host(of: endpoint)
      let host = numbers[name] ?? hosts.count
      if host == hosts.count { hosts.append(Host(level: PaceLevel(bounds))) }
      numbers[name] = host
      let place = Place(host: host, door: hosts[host].doors.count)
      hosts[host].doors.append(0)
      places[endpoint] = place
      return place
    }
  }

  private let bounds: PaceLevel.Bounds
  private let time: any TimeSource
  private let stop: StopSignal?
  private let state: Mutex<State>

  /// Makes a pacer.
  ///
  /// - Parameters:
  ///   - cap: requests under way at one host, at most.
  ///   - maxRate: files per second over all hosts; nil for no bound.
  ///   - stop: once it is set, nothing more is admitted.
  public init(cap: Int = defaultCap, maxRate: Double? = nil, time: any TimeSource, stop: StopSignal? = nil) {
    self.stop = stop
    bounds = PaceLevel.Bounds(start: Self.defaultStart, cap: cap)
    self.time = time
    state = Mutex(State(budget: maxRate.map { RateBudget(perSecond: $0, at: time.now()) }))
  }

  /// What the host's level and the rate leave.
  public func admit(_ wanted: Int, underWay: Int, at endpoint: String) -> PaceAdmission {
    if stop?.reason != nil { return PaceAdmission(count: 0, isOver: true) }
    return state.withLock { state in
      let place = state.place(of: endpoint, bounds)
      state.hosts[place.host].doors[place.door] = underWay
      var count = max(0, min(wanted, state.hosts[place.host].free))
      var wait: Duration?
      if count > 0, let taken = state.budget?.take(count, at: time.now()) {
        if taken < count { wait = state.budget?.wait }
        count = taken
      }
      // Room that another door of the host makes free is not announced here.
      if count == 0, wait == nil, state.hosts[place.host].doors.count > 1 { wait = .milliseconds(50) }
      state.hosts[place.host].doors[place.door] = underWay + count
      return PaceAdmission(count: count, askAgainAfter: wait)
    }
  }

  /// Moves the host's level.
  public func note(_ answer: Answer, at endpoint: String) {
    let now = time.now()
    state.withLock { state in
      let place = state.place(of: endpoint, bounds)
      state.hosts[place.host].level.receive(answer, at: now)
      state.hosts[place.host].doors[place.door] = max(0, state.hosts[place.host].doors[place.door] - 1)
    }
  }

  /// What the rate leaves.
  public func admitByRate(_ wanted: Int) -> PaceAdmission {
    if stop?.reason != nil { return PaceAdmission(count: 0, isOver: true) }
    let now = time.now()
    return state.withLock { state in
      guard let taken = state.budget?.take(wanted, at: now) else { return PaceAdmission(count: wanted) }
      return PaceAdmission(count: taken, askAgainAfter: taken < wanted ? state.budget?.wait : nil)
    }
  }

  /// The name or address in `scheme://user@host:port`.
  static func host(of endpoint: String) -> String {
    var rest = endpoint.drop { $0 != "/" }.drop { $0 == "/" }
    if let user = rest.lastIndex(of: "@") { rest = rest[rest.index(after: user)...] }
    if rest.first == "[", let end = rest.firstIndex(of: "]") { return String(rest[...end]) }
    return String(rest.prefix { $0 != ":" })
  }
}
