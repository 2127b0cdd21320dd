import Deletion

/// Deletes files over root:// with the XRootD protocol itself (specification 5.x): many requests under way on one
/// connection, TLS where the server or the scheme asks for it, and the authentication protocols `ztn` (bearer
/// token, under TLS only), `unix` and `host`.
///
/// A directory is never removed: every file is looked at before (``XRootWork`` says how, and which race stays).
/// Where a server takes only what is not spoken here (`gsi`, `krb5`, …), or prefers `gsi` and there is an X.509
/// credential for it, its files are answered with a `fatal` error that says so (``DeletionError/isUnspoken``).
public struct XRootBackend: Backend {
  /// `xroot`.
  public static let name = "xroot"

  /// Its name in the registry.
  public var name: String { Self.name }
  /// How many files a call takes.
  public let traits = BackendTraits(
    batchLimit: 1000, pacesItself: true, announcesFiles: true, removesDirectories: true)

  /// What an instance needs of its surroundings.
  public struct Configuration: Sendable {
    /// How hard endpoints may be worked.
    public var pacer: any RequestPacer
    /// What they are shown of us.
    public var credentials: any CredentialProvider
    /// The folder of certification authorities, with OpenSSL's hashed names.
    public var certificateFolder: String
    /// How long a server may say nothing while answers are due.
    public var answerLimit: Duration

    /// Makes a configuration.
    public init(
      pacer: any RequestPacer, credentials: any CredentialProvider, certificateFolder: String,
      answerLimit: Duration = .seconds(30)
    ) {
      self.answerLimit = answerLimit
      self.pacer = pacer
      self.credentials = credentials
      self.certificateFolder = certificateFolder
    }
  }

  private let configuration: Configuration
  private let time: any TimeSource
  private let limits: XRootLimits
  private let resolve: NameResolution.Resolver
  private let user: XRootUser
  private let tls: TLSContext?
  private let pool = XRootPool()

  /// Makes the backend.
  /// - Parameters:
  ///   - time: The clock that deadlines are given on.
  ///   - configuration: What it needs of its surroundings.
  public init(time: any TimeSource, configuration: Configuration) {
    self.init(
      time: time, configuration: configuration, limits: XRootLimits(answer: configuration.answerLimit))
  }

  init(
    time: any TimeSource, configuration: Configuration, limits: XRootLimits,
    resolve: @escaping NameResolution.Resolver = NameResolution.lookUp
  ) {
    self.configuration = configuration
    self.time = time
    self.limits = limits
    self.resolve = resolve
    user = .current()
    // Servers without TLS can do without it; the others then say why they cannot be used.
    tls = try? TLSContext(certificateFolder: configuration.certificateFolder)
  }

  /// As a batch of one.
  public func delete(_ target: DeletionTarget, deadline: Deadline) async -> Answer {
    await delete(batch: [target], deadline: deadline).first ?? Answer(.failed(.notTried))
  }

  /// Deletes files; the answers are aligned with them.
  public func delete(batch targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    await remove(targets, .files, deadline: deadline)
  }

  /// Removes empty directories; the answers are aligned with them.
  public func remove(emptyDirectories targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    await remove(targets, .emptyDirectories, deadline: deadline)
  }

  private func remove(
    _ targets: [DeletionTarget], _ subject: XRootWork.Subject, deadline: Deadline
  ) async -> [Answer] {
    var answers = [Answer?](repeating: nil, count: targets.count)
    var calls: [XRootCall] = []
    var places: [String: Int] = [:]
    for (index, target) in targets.enumerated() {
      do throws(InexactName) {
        let address = try XRootAddress(target)
        let endpoint = target.pfn.endpoint
        if places[endpoint] == nil {
          places[endpoint] = calls.count
          calls.append(try XRootCall(endpoint: endpoint, pfn: target.pfn, isSecure: address.isSecure))
        }
        if let place = places[endpoint] { calls[place].add(address.text, index) }
      } catch {
        answers[index] = Answer(.failed(error.error))
      }
    }
    for call in calls {
      for (index, answer) in call.aligned(await ask(call, subject, deadline: deadline)) {
        answers[index] = answer
      }
    }
    return answers.map { $0 ?? Answer(.failed(.notTried)) }
  }

  /// The names of one endpoint.
  private func ask(
    _ call: XRootCall, _ subject: XRootWork.Subject, deadline: Deadline
  ) async -> [Answer] {
    var routing = XRootRouting(origin: call.server, paths: call.paths)
    // One credential for the whole call, also on the servers that it is sent on to.
    let credential = configuration.credentials.credential(for: call.endpoint)
    while true {
      let parcels = routing.nextRound()
      if parcels.isEmpty { return routing.results() }
      if Task.isCancelled || deadline.hasPassed(on: time) {
        for parcel in parcels { routing.take(parcel, all: .failed(.notTried)) }
        continue
      }
      await withTaskGroup(of: (Int, XRootReached).self) { group in
        for (place, parcel) in parcels.enumerated() {
          group.addTask {
            (
              place,
              await reach(
                parcel, subject, endpoint: call.endpoint, credential, watch: call.watch(parcel.files),
                deadline: deadline)
            )
          }
        }
        for await (place, reached) in group {
          switch reached.result.failure {
          case .redirected(let redirect)?:
            routing.take(parcels[place], redirect: redirect, isSecure: reached.isSecure)
          case .unspoken(let wanted)?:
            routing.take(parcels[place], all: .failed(.xrootUnspoken(wanted)))
          case .error(let error)?: routing.take(parcels[place], all: .failed(error))
          case nil:
            routing.take(parcels[place], reached.result.outcomes ?? [], isSecure: reached.isSecure)
          }
        }
      }
    }
  }

  /// What a server said, and whether under TLS.
  private struct XRootReached: Sendable {
    var result: XRootLink.Result
    var isSecure = false
  }

  /// Gives a parcel to a connection: an idle one, or a new one.
  private func reach(
    _ parcel: XRootRouting.Parcel, _ subject: XRootWork.Subject, endpoint: String,
    _ credential: EndpointCredential, watch: XRootWork.Watch?, deadline: Deadline
  ) async -> XRootReached {
    let key = XRootPool.Key(endpoint: endpoint, server: parcel.server, mayShowToken: parcel.isTrusted)
    while let link = pool.take(key, credential: credential) {
      let result = await link.run(
        .init(
          items: parcel.items, subject: subject, addresses: [], deadline: deadline, watch: watch))
      if result.isUntouched { continue }
      return given(back: link, key, result)
    }
    let found = await TimedResolution.lookUp(
      parcel.server.address, limit: deadline.within(limits.setup, of: time).remaining(on: time),
      with: resolve)
    let addresses: [SocketAddress]
    switch found {
    case .success(let list): addresses = list
    case .failure(let failure):
      let error: DeletionError = Task.isCancelled ? .notTried : .xrootUnreachable(failure.text, failure.state)
      return XRootReached(result: .init(failure: .error(error)))
    }
    let settings = XRootLink.Settings(
      server: parcel.server,
      setup: .init(
        user: user, process: ProcessNumber.current, requiresTLS: parcel.server.requiresTLS,
        credential: credential, mayShowToken: parcel.isTrusted),
      tls: tls, credentials: configuration.credentials, endpoint: endpoint, pacer: configuration.pacer,
      traffic: pool.traffic(at: endpoint), time: time, limits: limits)
    do {
      let link = try XRootLink(settings)
      let result = await link.run(
        .init(
          items: parcel.items, subject: subject, addresses: addresses, deadline: deadline, watch: watch))
      return given(back: link, key, result)
    } catch {
      let trouble = DeletionError(
        .transient, code: "thread", message: "no thread for a connection: \(error)", isUnavailable: true)
      return XRootReached(result: .init(failure: .error(trouble)))
    }
  }

  private func given(back link: XRootLink, _ key: XRootPool.Key, _ result: XRootLink.Result) -> XRootReached {
    if result.isReusable { pool.put(link, key) }
    return XRootReached(result: result, isSecure: link.isSecure)
  }
}
