import DeletionModel
import TestServers
import TestSupport
import Testing
import ProcessRunning
import BackendTools

/// Places that let in only who has an X.509 certificate or proxy: root:// with GSI, and HTTPS through a tool.
enum ProxyStorages {
  /// The conformance suite's places.
  static let names = ["xroot gsi", "xrdfs gsi", "gfal root gsi", "gfal davs x509"]

  private static let server = Result { try StorageServer.xrootd(.gsi) }

  /// The place of one of these names, with a valid credential or with one that has expired.
  static func storage(_ name: String, expired: Bool = false) throws -> TestStorage? {
    if name == "gfal davs x509" {
      let pki = try WebDAVStorages.pki.get()
      let user = expired ? "expired-user" : "user"
      let environment = testEnvironment([
        "X509_USER_CERT": pki.certificate(user), "X509_USER_KEY": pki.key(user),
        "X509_CERT_DIR": pki.authorities,
      ])
      let server = try WebDAVServers.conformance.server("xrootd x509")
      return storage(name, gfal(environment), server, prefix: server.prefix("davs", endpoint: "https"))
    }
    let environment = try environment(expired: expired)
    let backend: any Backend
    switch name {
    case "xrdfs gsi": backend = xrdfs(environment)
    case "xroot gsi":
      let certificates = try ServerCertificates.shared.get()
      let proxy = expired ? certificates.expiredProxy : certificates.proxy
      backend = testXRoot(.x509(certificate: proxy, key: proxy), certificates: certificates.trusted)
    case "gfal root gsi": backend = gfal(environment)
    default: return nil
    }
    let server = try server.get()
    return storage(name, backend, server, prefix: server.prefix("root"))
  }

  private static func storage(
    _ name: String, _ backend: any Backend, _ server: StorageServer, prefix: String
  ) -> TestStorage {
    TestStorage(
      name: name, backend: backend, prefix: prefix, data: server.data, user: server.user, holder: server)
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
  @Test(arguments: ProxyStorages.names) func `an expired credential is a matter of permission`(_ name: String)
    async throws
  {
    let storage = try #require(try ProxyStorages.storage(name, expired: true))
    let lfns = ["/store/unmerged/expired/f", "/store/unmerged/expired/g"]
    for lfn in lfns { storage.make(lfn) }
    let answers = try await storage.delete(lfns)
    // In TLS 1.3 the refusal of a certificate comes after the handshake, and the end of the connection can overtake it.
    let text = name == "gfal davs x509" ? ["auth", "transient"] : ["auth"]
    #expect(answers.count == 2 && answers.allSatisfy { text.contains($0.word) }, "\(answers)")
  }
}
