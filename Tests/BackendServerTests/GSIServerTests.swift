import DeletionModel
import TestServers
import TestSupport
import Testing
@testable import Credentials

/// Real XRootD servers that take an X.509 credential (`gsi`), without any tool.
@Suite(.serialized) struct GSIServerTests {
  static func credential(_ name: String) throws -> EndpointCredential {
    let certificates = try GridCertificates.shared.get()
    return .x509(certificate: certificates.certificate(name), key: certificates.key(name))
  }

  static func storage(
    _ server: StorageServer, _ name: String, host: String = "127.0.0.1", trusted: String? = nil
  ) throws -> TestStorage {
    TestStorage(
      name: name,
      backend: testXRoot(
        try credential(name), certificates: try trusted ?? GridCertificates.shared.get().trusted),
      prefix: "root://\(host):\(server.ports["root"] ?? 0)/", data: server.data, user: server.user,
      holder: server)
  }

  /// A file, a missing one and a directory.
  static func answers(_ storage: TestStorage) async throws -> [String] {
    storage.make("/store/unmerged/g/f")
    storage.makeDirectory("/store/unmerged/g/d")
    let lfns = ["f", "n", "d"].map { "/store/unmerged/g/\($0)" }
    return try await storage.delete(lfns).map { $0.error.map { "\($0)" } ?? $0.word }
  }

  static let users = [
    "user", "proxy", "second-proxy", "third-proxy", "subject", "subject-proxy",
  ]

  @Test(arguments: users) func `a user of a trusted authority is let in`(_ name: String) async throws {
    let storage = try Self.storage(try StorageServer.xrootdGSI(), name)
    let answers = try await Self.answers(storage)
    #expect(answers.prefix(2) == ["deleted", "absent"], "\(answers)")
  }

  /// Who is not, and what the server says of it. (No XRootD refuses who is revoked: it reads the lists and then
  /// compares another field than it has set, XrdCryptosslX509Crl.cc.)
  static let refused: [(name: String, says: String)] = [
    ("expired-user", "expired"),
    ("expired-proxy", "expired"), ("stranger", "unknown CA"), ("stranger-proxy", "unknown CA"),
  ]

  @Test(arguments: refused.indices) func `who is not let in hears why`(_ index: Int) async throws {
    let (name, says) = Self.refused[index]
    let storage = try Self.storage(try StorageServer.xrootdGSI(), name)
    storage.make("/store/unmerged/g/f")
    let answer = try await storage.delete(["/store/unmerged/g/f"])[0]
    #expect(answer.word == "auth" && answer.error?.message.contains(says) == true, "\(answer)")
    #expect(Disk.exists(storage.data + "/store/unmerged/g/f"))
  }

  /// What the server shows, how it was named, and whether that is believed.
  static let hosts: [(certificate: String, host: String, isGood: Bool)] = [
    ("host", "127.0.0.1", true), ("host", "localhost", true), ("second-host", "localhost", true),
    ("common-name", "localhost", true), ("service", "localhost", true), ("common-name", "127.0.0.1", false),
    ("elsewhere", "localhost", false), ("other-name", "localhost", false), ("client", "localhost", false),
    ("revoked-host", "localhost", false), ("foreign-host", "localhost", false), ("host", "127.0.0.2", false),
  ]

  @Test(arguments: hosts.indices) func `a server proves who it is`(_ index: Int) async throws {
    let row = Self.hosts[index]
    let both = try GridCertificates.shared.get().both
    let storage = try Self.storage(
      try StorageServer.xrootdGSI(host: row.certificate, trusted: both), "proxy", host: row.host)
    let answers = try await Self.answers(storage)
    if row.isGood {
      #expect(answers.prefix(2) == ["deleted", "absent"], "\(row): \(answers)")
    } else {
      #expect(answers.allSatisfy { $0.contains("certificate") }, "\(row): \(answers)")
      #expect(Disk.exists(storage.data + "/store/unmerged/g/f"))
    }
  }

  @Test(arguments: ["compatible", "standard", "intense", "pedantic", "relaxed pedantic", "pedantic force"])
  func `requests are signed as the server wants it`(_ level: String) async throws {
    let server = try StorageServer.xrootdGSI(level: level)
    let storage = try Self.storage(server, "proxy")
    for number in 0..<300 { storage.make("/store/unmerged/s/f\(number)") }
    let lfns = (0..<300).map { "/store/unmerged/s/f\($0)" } + ["/store/unmerged/s/none"]
    for _ in 0..<2 {
      let text = try await storage.delete(lfns).map(\.word)
      #expect(text.last == "absent" && Set(text).count <= 2, "\(level): \(Set(text))")
    }
    #expect(Disk.tree(storage.data + "/store/unmerged/s").isEmpty)
  }

  /// What a server offers, in its order.
  static let ciphers = ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc", "bf-cbc:aes-128-cbc"]

  @Test(arguments: ciphers) func `one login after the other succeeds with every cipher`(
    _ cipher: String
  ) async throws {
    // The agreed secret begins with a zero byte once in 256 logins.
    let server = try StorageServer.xrootdGSI(options: "-ciphers:\(cipher)")
    for number in 0..<(cipher == "aes-128-cbc" ? 200 : 25) {
      let storage = try Self.storage(server, "proxy")
      let text = try await storage.delete(["/store/unmerged/none"]).map(\.word)
      #expect(text == ["absent"], "login \(number)")
    }
  }

  @Test func `a redirector and the server behind it are both shown the proxy`() async throws {
    let cluster = try XRootDCluster(gsi: ("host", "host"))
    let storage = TestStorage(
      name: "cluster",
      backend: testXRoot(
        try Self.credential("second-proxy"), certificates: try GridCertificates.shared.get().trusted),
      prefix: cluster.prefix, data: cluster.data, user: cluster.user, holder: cluster)
    storage.makeDirectory("/store/unmerged/r/empty")
    for number in 0..<50 { storage.make("/store/unmerged/r/f\(number)") }
    try await cluster.waitUntilReady()
    let lfns = ["/store/unmerged/r/empty"] + (0..<50).map { "/store/unmerged/r/f\($0)" }
    let text = try await storage.delete(lfns).map(\.word)
    #expect(text == ["permanent"] + (0..<50).map { _ in "deleted" })
  }

  @Test func `after a redirect the name of the server that answers counts`() async throws {
    let cluster = try XRootDCluster(gsi: ("host", "elsewhere"))
    let storage = TestStorage(
      name: "cluster",
      backend: testXRoot(
        try Self.credential("proxy"), certificates: try GridCertificates.shared.get().trusted),
      prefix: cluster.prefix, data: cluster.data, user: cluster.user, holder: cluster)
    storage.make("/store/unmerged/r/f")
    try await cluster.waitUntilReady()
    let answer = try await storage.delete(["/store/unmerged/r/f"])[0]
    #expect(answer.word == "auth" && answer.error?.message.contains("not for 127.0.0.1") == true, "\(answer)")
  }
}
