import Backends
import Deletion
import Synchronization
import TestSupport
import Testing

/// Places that let in only who has an X.509 certificate or proxy, through tools: root:// with GSI, and HTTPS.
enum ProxyPlaces {
  /// The conformance suite's places. `xroot` hands its endpoint over to `xrdfs`.
  static let names = ["xrdfs gsi", "xroot to xrdfs gsi", "gfal root gsi", "gfal davs x509"]

  /// Which endpoints `xroot` handed over, as often as that was told.
  static let handedOver = Mutex<[String]>([])

  private static let server = Result { try StorageServer.xrootd(.gsi) }
  private static let xroot = Result {
    HandingOver(testXRoot(), to: xrdfs(try environment(expired: false))) { notice in
      handedOver.withLock { $0.append(notice.endpoint) }
    }
  }

  /// The place of one of these names, with a valid credential or with one that has expired.
  static func place(_ name: String, expired: Bool = false) throws -> Place? {
    if name == "gfal davs x509" {
      let pki = try WebDAVPlaces.pki.get()
      let user = expired ? "expired-user" : "user"
      let environment = testEnvironment([
        "X509_USER_CERT": pki.certificate(user), "X509_USER_KEY": pki.key(user),
        "X509_CERT_DIR": pki.authorities,
      ])
      let server = try WebDAVServers.conformance.server("xrootd x509")
      return place(name, gfal(environment), server, prefix: server.prefix("davs", door: "https"))
    }
    let environment = try environment(expired: expired)
    let backend: any Backend
    switch name {
    case "xrdfs gsi": backend = xrdfs(environment)
    case "xroot to xrdfs gsi":
      backend =
        expired
        ? HandingOver(testXRoot(), to: xrdfs(environment)) { _ in } : try xroot.get()
    case "gfal root gsi": backend = gfal(environment)
    default: return nil
    }
    let server = try server.get()
    return place(name, backend, server, prefix: server.prefix("root"))
  }

  private static func place(
    _ name: String, _ backend: any Backend, _ server: StorageServer, prefix: String
  ) -> Place {
    Place(name: name, backend: backend, prefix: prefix, data: server.data, user: server.user, holder: server)
  }

  private static func environment(expired: Bool) throws -> ChildEnvironment {
    let certificates = try ServerCertificates.shared.get()
    return testEnvironment([
      "X509_USER_PROXY": expired ? certificates.expiredProxy : certificates.proxy,
      "X509_CERT_DIR": certificates.trusted, "XrdSecGSISRVNAMES": "*",
    ])
  }

  private static func xrdfs(_ environment: ChildEnvironment) -> XrdfsBackend {
    XrdfsBackend(runner: testRunner(), environment: environment, time: testTime)
  }

  private static func gfal(_ environment: ChildEnvironment) -> GfalBackend {
    GfalBackend(runner: testRunner(), environment: environment, time: testTime)
  }
}

extension ConformanceTests {
  @Test(arguments: ProxyPlaces.names) func `an expired credential is a matter of permission`(_ name: String)
    async throws
  {
    let place = try #require(try ProxyPlaces.place(name, expired: true))
    let lfns = ["/store/unmerged/expired/f", "/store/unmerged/expired/g"]
    for lfn in lfns { place.make(lfn) }
    let answers = try await place.delete(lfns)
    // In TLS 1.3 the refusal of a certificate comes after the handshake, and the end of the connection can overtake it.
    let words = name == "gfal davs x509" ? ["auth", "transient"] : ["auth"]
    #expect(answers.count == 2 && answers.allSatisfy { words.contains($0.word) }, "\(answers)")
  }

  @Test func `xroot hands an endpoint over once`() async throws {
    let place = try Places.place("xroot to xrdfs gsi")
    place.make("/store/unmerged/over/f")
    #expect(try await place.delete(["/store/unmerged/over/f"]).map(\.word) == ["deleted"])
    #expect(ProxyPlaces.handedOver.withLock { $0.count } == 1)
  }
}
