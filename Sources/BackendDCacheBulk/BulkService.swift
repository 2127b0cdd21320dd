import Credentials
import DeletionModel
import HTTPTransport
import Networking
import Synchronization

/// What the service is asked.
enum BulkCall: Equatable {
  /// A call that only dCache 9.2 or newer answers. An older service does not ask what its targets are, so that it removes
  /// empty directories in spite of `skipDirs`.
  case probe
  /// To delete these.
  case submit([String])
  /// What has become of a request's targets, from a place in their list on.
  case read(id: String, offset: Int64)
  /// Which requests there are, of anybody, from a number on.
  case list(offset: Int64)
  /// To begin nothing more of a request.
  case cancel(id: String)
  /// To forget a request that is over.
  case clear(id: String)

  func request(_ frontend: DCacheFrontend) -> HTTPRequest {
    func make(
      _ method: String, _ rest: String = "", body: String? = nil, limit: Int = 64 << 10
    ) -> HTTPRequest {
      HTTPRequest(
        method: method, origin: frontend.origin, target: frontend.path + rest, body: body, limit: limit)
    }
    switch self {
    case .probe: return make("GET", "/archived?limit=1", limit: 1 << 20)
    case .submit(let paths): return make("POST", body: BulkJSON.deletion(of: paths))
    case .read(let id, let offset): return make("GET", "/\(id)?offset=\(offset)", limit: 32 << 20)
    case .list(let offset): return make("GET", "?offset=\(offset)", limit: 32 << 20)
    case .cancel(let id): return make("PATCH", "/\(id)", body: BulkJSON.cancellation)
    case .clear(let id): return make("DELETE", "/\(id)")
    }
  }
}

/// The bulk service behind one frontend, as it is asked for the files of one door: with the door's credential, below the
/// pace of the frontend's host.
final class BulkService: Sendable {
  let frontend: DCacheFrontend
  let door: String
  private let setting: BulkSetting

  init(_ frontend: DCacheFrontend, for door: String, _ setting: BulkSetting) {
    self.frontend = frontend
    self.door = door
    self.setting = setting
  }

  /// `https://host:port`, as the pacer and the log know it.
  var name: String { frontend.origin.text }

  /// Asks and waits for the answer.
  ///
  /// - Parameter limit: how long it may take, where that is less than usual. It then goes out although the task has been
  ///   cancelled.
  /// - Returns: for a deletion that may not be sent any more, ``DeletionError/notTried``.
  func ask(_ call: BulkCall, urgentlyWithin limit: Duration? = nil) async -> HTTPReply {
    let isUrgent = limit != nil
    let ticket = isUrgent ? nil : await leave()
    if case .submit = call, ticket == nil { return HTTPReply(failure: .notTried) }
    let request = call.request(frontend)
    let credential = setting.credentials.credential(for: door)
    var reply = await send(request, credential, limit, isUrgent)
    if reply.status == 401, credential != .none,
      let fresh = setting.credentials.replacement(for: credential, at: door), fresh != credential
    {
      reply = await send(request, fresh, limit, isUrgent)
    }
    if let ticket { setting.pacer.note(Self.paceOutcome(reply), of: ticket, at: name) }
    return reply
  }

  /// Waits until the host may be asked; nil once the run is ending.
  private func leave() async -> PaceTicket? {
    while !Task.isCancelled {
      let admission = setting.pacer.admit(1, at: name)
      if admission.count > 0 { return admission.ticket(0) }
      if admission.isOver { return nil }
      try? await setting.time.sleep(for: admission.askAgainAfter ?? .milliseconds(50))
    }
    return nil
  }

  private func send(
    _ request: HTTPRequest, _ credential: EndpointCredential, _ limit: Duration?, _ isUrgent: Bool
  ) async -> HTTPReply {
    // Without the last one libcurl waits for a leave to send the body.
    var headers = ["Accept: application/json", "Content-Type: application/json", "Expect:"]
    var identity: ClientIdentity?
    switch credential {
    case .none: break
    case .x509(let certificate, let key):
      if frontend.origin.isSecure { identity = ClientIdentity(certificate: certificate, key: key) }
    case .token(let token):
      if mayBeShownToken { headers.append("Authorization: Bearer \(token.reveal())") }
    }
    let shown: CredentialUse.Kind? = identity != nil ? .x509 : headers.count > 3 ? .token : nil
    if let shown { setting.onCredentialShown(CredentialUse(endpoint: door, server: name, kind: shown)) }
    return await setting.connections.send(
      request, headers: headers, identity: identity, fields: [Self.location],
      limit: min(limit ?? setting.requestLimit, setting.requestLimit), isUrgent: isUrgent)
  }

  /// Over https, to a frontend that a person has named or that belongs to the door's storage.
  private var mayBeShownToken: Bool {
    guard frontend.origin.isSecure, let home = WebOrigin(endpoint: door) else { return false }
    return frontend.isNamed || setting.storageHosts.areSameStorage(frontend.origin.host, home.host)
  }

  private static let location = "request-url"

  /// The identifier of the request that was just accepted.
  static func identifier(in reply: HTTPReply) -> BulkIdentifier? {
    (reply.fields[location]).flatMap(BulkIdentifier.init)
  }

  private static func paceOutcome(_ reply: HTTPReply) -> PaceOutcome {
    if reply.status == 401 { return .unauthorized }
    return reply.error.map { PaceOutcome($0) } ?? .served
  }
}

/// What all doors of the backend have in common.
struct BulkSetting: Sendable {
  let time: any TimeSource
  let pacer: any RequestPacer
  let credentials: any CredentialProvider
  let connections: HTTPConnections
  let storageHosts: StorageHosts
  let notes: RunNotes
  /// How long one answer of the frontend is waited for.
  let requestLimit: Duration
  let patience: DCacheBulkBackend.Patience
  let onCredentialShown: @Sendable (CredentialUse) -> Void
  let onNotice: @Sendable (String) -> Void
}
