import Backends
import Deletion
import TestSupport

/// The WebDAV doors of the real servers, started once.
enum WebDAVPlaces {
  static let pki = Result { try ServerPKI() }
  private static let nginxResult = Result { try StorageServer.nginx(pki.get()) }
  private static let apacheResult = Result { try StorageServer.apache(pki.get()) }
  private static let xrootdResult = Result { try StorageServer.xrootdSecure(pki.get()) }

  static func nginx() throws -> StorageServer { try nginxResult.get() }
  static func apache() throws -> StorageServer { try apacheResult.get() }
  static func xrootdSecure() throws -> StorageServer { try xrootdResult.get() }

  static let token = EndpointCredential.token(Secret(StorageServer.token))

  static func user(_ name: String = "user") throws -> EndpointCredential {
    .x509(certificate: try pki.get().certificate(name), key: try pki.get().key(name))
  }

  /// A backend with ten requests at a time.
  static func backend(
    _ credentials: any CredentialProvider = FixedCredential(.none), authorities: String? = nil,
    pacer: any RequestPacer = FixedPacer(limit: 10), requestLimit: Duration = .seconds(30)
  ) throws -> WebDAVBackend {
    WebDAVBackend(
      time: testTime, pacer: pacer, credentials: credentials,
      settings: WebDAVBackend.Settings(
        caFolder: try authorities ?? pki.get().authorities, connectLimit: .seconds(5),
        requestLimit: requestLimit))
  }

  /// The conformance suite's places.
  static let names = [
    "webdav xrootd http", "webdav xrootd x509", "webdav nginx http", "webdav nginx https",
    "webdav nginx bearer", "webdav nginx x509", "webdav apache http", "webdav apache https",
    "webdav apache bearer",
  ]

  static func place(_ name: String, xrootd: () throws -> StorageServer) throws -> Place? {
    func make(
      _ server: StorageServer, _ scheme: String, door: String? = nil,
      _ credential: EndpointCredential = .none
    ) throws -> Place {
      Place(
        name: name, backend: try backend(FixedCredential(credential)),
        prefix: server.prefix(scheme, door: door ?? scheme), data: server.data, user: server.user,
        holder: server)
    }
    return switch name {
    case "webdav xrootd http": try make(xrootd(), "http")
    case "webdav xrootd x509": try make(xrootdSecure(), "davs", door: "https", user())
    case "webdav nginx http": try make(nginx(), "dav", door: "http")
    case "webdav nginx https": try make(nginx(), "https")
    case "webdav nginx bearer": try make(nginx(), "davs", door: "https+bearer", token)
    case "webdav nginx x509": try make(nginx(), "davs", door: "https+x509", user())
    case "webdav apache http": try make(apache(), "http")
    case "webdav apache https": try make(apache(), "davs", door: "https")
    case "webdav apache bearer": try make(apache(), "https", door: "https+bearer", token)
    default: nil
    }
  }
}
