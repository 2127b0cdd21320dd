import DeletionModel
import Glibc
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
        user: user, process: getpid(), requiresTLS: hop.server.requiresTLS,
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

  /// What `gsi` is given at a server; nil where there is no X.509 credential.
  private func gsi(for endpoint: String, _ server: XRootServer) -> GSIClient? {
    guard let tls, case .x509(let certificate, let key)? = configuration.credentials.x509(for: endpoint)
    else { return nil }
    return GSIClient(
      identity: ClientIdentity(certificate: certificate, key: key), trust: tls, host: server.address.host,
      user: user.name)
  }
}
