import DeletionModel
import Synchronization
import TestServers
import TestSupport
import BackendWebDAV
import Credentials

/// The real servers of one suite. Suites run at the same time and hold their answers against the whole disk of a
/// server, so each has its own.
final class WebDAVServers: Sendable {
  static let conformance = WebDAVServers()
  static let transportError = WebDAVServers()
  static let directories = WebDAVServers()

  private let started = Mutex<[String: StorageServer]>([:])

  /// One of them: `nginx`, `apache`, `xrootd`, `xrootd x509`.
  func server(_ name: String) throws -> StorageServer {
    try started.withLock { started in
      if let server = started[name] { return server }
      let server =
        switch name {
        case "nginx": try StorageServer.nginx(WebDAVStorages.pki.get())
        case "apache": try StorageServer.apache(WebDAVStorages.pki.get())
        case "xrootd": try StorageServer.xrootd()
        case "xrootd x509": try StorageServer.xrootdSecure(WebDAVStorages.pki.get())
        default: throw TestFailure("no server \(name)")
        }
      started[name] = server
      return server
    }
  }
}

/// The WebDAV doors of the real servers.
enum WebDAVStorages {
  static let pki = Result { try ServerPKI() }

  static let token = EndpointCredential.token(Secret(StorageServer.token))

  static func user(_ name: String = "user") throws -> EndpointCredential {
    .x509(certificate: try pki.get().certificate(name), key: try pki.get().key(name))
  }

  /// A backend with ten requests at a time.
  static func backend(
    _ credentials: any CredentialProvider = FixedCredential(.none), authorities: String? = nil,
    pacer: any RequestPacer = FixedPacer(limit: 10), requestLimit: Duration = .seconds(600),
    evidenceLifetime: Duration = .seconds(60), noLook: Bool = false
  ) throws -> WebDAVBackend {
    WebDAVBackend(
      time: testTime, pacer: pacer, credentials: credentials,
      settings: WebDAVBackend.Settings(
        caDirectory: try authorities ?? pki.get().authorities, connectLimit: .seconds(Waiting.limit),
        requestLimit: requestLimit, evidenceLifetime: evidenceLifetime, noLook: noLook))
  }

  /// The conformance suite's places.
  static let names = [
    "webdav xrootd http", "webdav xrootd x509", "webdav nginx http", "webdav nginx https",
    "webdav nginx bearer", "webdav nginx x509", "webdav apache http", "webdav apache https",
    "webdav apache bearer",
  ]

  static func storage(_ name: String, of servers: WebDAVServers) throws -> TestStorage? {
    func make(
      _ server: String, _ scheme: String, endpoint: String? = nil, _ credential: EndpointCredential = .none
    ) throws -> TestStorage {
      let server = try servers.server(server)
      return TestStorage(
        name: name, backend: try backend(FixedCredential(credential)),
        prefix: server.prefix(scheme, endpoint: endpoint ?? scheme), data: server.data, user: server.user,
        holder: server)
    }
    return switch name {
    case "webdav xrootd http": try make("xrootd", "http")
    case "webdav xrootd x509": try make("xrootd x509", "davs", endpoint: "https", user())
    case "webdav nginx http": try make("nginx", "dav", endpoint: "http")
    case "webdav nginx https": try make("nginx", "https")
    case "webdav nginx bearer": try make("nginx", "davs", endpoint: "https+bearer", token)
    case "webdav nginx x509": try make("nginx", "davs", endpoint: "https+x509", user())
    case "webdav apache http": try make("apache", "http")
    case "webdav apache https": try make("apache", "davs", endpoint: "https")
    case "webdav apache bearer": try make("apache", "https", endpoint: "https+bearer", token)
    default: nil
    }
  }
}
