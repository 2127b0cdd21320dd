import DeletionModel
import Glibc
import Synchronization
import Networking
import Credentials

/// Makes connections, and keeps those that nobody uses at the moment.
struct XRootConnector: Sendable {
  let configuration: XRootBackend.Configuration
  let time: any TimeSource
  let limits: XRootLimits
  let resolve: NameResolution.Resolver
  let tls: TLSContext?
  let user = XRootUser.current()
  let pool = XRootPool()

  /// What an endpoint is shown.
  func credential(for endpoint: String) -> EndpointCredential {
    configuration.credentials.credential(for: endpoint)
  }

  /// A connection did not come about.
  /// - Returns: for how many of the files that wait for it a request would have been sent.
  func failedConnection(for count: Int, _ error: DeletionError, at endpoint: String) -> Int {
    let admission = configuration.pacer.admit(count, at: endpoint)
    for index in 0..<admission.count {
      configuration.pacer.note(
        index == 0 ? PaceOutcome(error) : .unsent, of: admission.ticket(index), at: endpoint)
    }
    return admission.isOver ? 0 : max(1, admission.count)
  }

  /// Gives a job to a connection: an idle one, or a new one.
  func work(
    _ job: XRootLink.Job, at hop: XRootRouting.Hop, _ endpoint: String, _ credential: EndpointCredential
  ) async -> XRootLink.Result {
    let key = XRootPool.Key(endpoint: endpoint, hop: hop)
    while let link = pool.take(key, credential: credential) {
      let result = await link.run(job)
      if result.isUntouched { continue }
      if result.isReusable { pool.put(link, key) }
      return result
    }
    var job = job
    switch await TimedResolution.resolve(
      hop.server.address, limit: job.deadline.within(limits.setup, of: time).remaining(on: time),
      with: resolve)
    {
    case .success(let addresses): job.addresses = addresses
    case .failure(let failure):
      return XRootLink.Result(
        failure: .error(Task.isCancelled ? .notTried : .xrootUnreachable(failure.text, failure.state)))
    }
    let settings = XRootLink.Settings(
      server: hop.server,
      setup: .init(
        user: user, process: ProcessNumber.current, requiresTLS: hop.server.requiresTLS,
        credential: credential, mayShowToken: hop.isTrusted, gsi: gsi(for: endpoint, hop.server)),
      tls: tls, credentials: configuration.credentials, onCredentialShown: configuration.onCredentialShown,
      endpoint: endpoint, pacer: configuration.pacer, facts: pool.facts(at: endpoint), time: time,
      limits: limits, ageLimit: configuration.ageLimit)
    do {
      let link = try XRootLink(settings)
      let result = await link.run(job)
      if result.isReusable { pool.put(link, key) }
      return result
    } catch {
      return XRootLink.Result(
        failure: .error(
          DeletionError(
            .transient, code: "thread", message: "no thread for a connection: \(error)", isUnavailable: true))
      )
    }
  }
}

extension XRootConnector {
  /// What `gsi` is given at a server; nil where there is no X.509 credential.
  private func gsi(for endpoint: String, _ server: XRootServer) -> GSIClient? {
    guard let tls, case .x509(let certificate, let key)? = configuration.credentials.x509(for: endpoint)
    else { return nil }
    return GSIClient(
      identity: ClientIdentity(certificate: certificate, key: key), trust: tls, host: server.address.host,
      user: user.name)
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

/// The number of this process.
enum ProcessNumber {
  static var current: Int32 { getpid() }
}
