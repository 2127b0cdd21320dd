import FoundationEssentials
import SystemPackage
import Testing
@testable import Credentials

/// Every state, of every kind of credential.
@Suite struct CredentialInspectionTests {
  static let noon = Date(timeIntervalSince1970: 1_700_000_000)

  @Test func nothingThereIsNoFinding() {
    #expect(FakeFiles().inspect([:]).isEmpty)
    #expect(FakeFiles().inspect(["XDG_RUNTIME_DIR": "/run/user/7"]).isEmpty)
  }

  @Test(
    arguments: [
      (#"{"exp":1700000001}"#, 0o600, CredentialState.valid), (#"{"exp":1700000000}"#, 0o600, .expired),
      (#"{"exp":1600000000}"#, 0o644, .expired), (#"{"nbf":1700000060}"#, 0o600, .valid),
      (#"{"nbf":1700000061}"#, 0o600, .notYetValid), ("{}", 0o400, .valid), ("{}", 0o640, .worldReadable),
      ("{}", 0o604, .worldReadable), ("{}", 0o620, .worldReadable), ("[]", 0o600, .malformed),
    ] as [(String, CModeT, CredentialState)])
  func tokenFiles(claims: String, mode: CModeT, expected: CredentialState) throws {
    var files = FakeFiles()
    files.add("/t", (jwt(claims) + "\n").utf8, mode: mode)
    let finding = try #require(files.inspect(["BEARER_TOKEN_FILE": "/t"], now: Self.noon).first)
    #expect(finding.kind == .token)
    #expect(finding.source == "BEARER_TOKEN_FILE=/t")
    #expect(finding.state == expected)
    #expect((finding.problem == nil) == (expected == .valid))
  }

  @Test func otherTokenStates() {
    var files = FakeFiles()
    files.add("/shut", error: .permissionDenied)
    files.add("/blank", " \n".utf8)
    files.add("/odd", "not a token".utf8)
    files.add("/opaque", "MDAxY2xvY2F0aW9uCg".utf8)
    func state(_ environment: [String: String]) -> CredentialState? {
      files.inspect(environment).first?.state
    }
    #expect(state(["BEARER_TOKEN_FILE": "/gone"]) == .unreadable)
    #expect(state(["BEARER_TOKEN_FILE": "/shut"]) == .unreadable)
    #expect(state(["BEARER_TOKEN_FILE": "/blank"]) == .empty)
    #expect(state(["BEARER_TOKEN": ""]) == .empty)
    #expect(state(["BEARER_TOKEN_FILE": "/odd"]) == .malformed)
    #expect(state(["BEARER_TOKEN_FILE": "/opaque"]) == .valid)
    #expect(state(["BEARER_TOKEN": jwt("{}")]) == .valid)
  }

  @Test func proxyChain() async throws {
    let pki = try await TestPKI.shared.value
    var files = FakeFiles()
    try files.add("/tmp/x509up_u7", pki.joined("proxy.pem", "proxy.key", "user.pem"))
    let finding = try #require(files.inspect([:]).first)
    #expect(finding.kind == .proxy)
    #expect(finding.source == "/tmp/x509up_u7")
    #expect(finding.subject == (try pki.fact("proxy.pem", "subject")))
    #expect(finding.issuer == (try pki.fact("user.pem", "subject")))
    #expect(finding.expires == (try X509Certificate(der: pki.der("proxy.pem")).notAfter))
    #expect(finding.state == .valid)
    #expect(finding.problem == nil)
  }

  @Test func chainEndsWithItsFirst() async throws {
    let pki = try await TestPKI.shared.value
    var files = FakeFiles()
    try files.add("/p", pki.joined("proxy-of-old.pem", "proxy-of-old.key", "old.pem"))
    let finding = try #require(files.inspect(["X509_USER_PROXY": "/p"]).first)
    #expect(finding.state == .expired)
    #expect(finding.expires == (try X509Certificate(der: pki.der("old.pem")).notAfter))
  }

  /// What a proxy file holds, and its state.
  @Test(
    arguments: [
      (["proxy.pem", "proxy.key", "user.pem"], 0o600, CredentialState.valid),
      (["proxy.pem", "proxy.key", "user.pem"], 0o644, .worldReadable),
      (["proxy.pem", "proxy.key", "user.pem"], 0o660, .worldReadable),
      (["old.pem", "old.key"], 0o644, .expired),
      (["proxy.pem", "user.pem"], 0o600, .malformed), (["user.key"], 0o600, .malformed),
      (["user.pem", "locked.key"], 0o600, .malformed), (["user.pem", "locked-old.key"], 0o600, .malformed),
      (["user.csr"], 0o600, .malformed), ([], 0o600, .empty),
    ] as [([String], CModeT, CredentialState)])
  func proxyFiles(names: [String], mode: CModeT, expected: CredentialState) async throws {
    let pki = try await TestPKI.shared.value
    var files = FakeFiles()
    files.add("/p", try names.flatMap { try pki.bytes($0) }, mode: mode)
    let finding = try #require(files.inspect(["X509_USER_PROXY": "/p"]).first)
    #expect(finding.state == expected)
    #expect((finding.problem == nil) == (expected == .valid))
  }

  @Test func brokenProxyFiles() async throws {
    let pki = try await TestPKI.shared.value
    let whole = try pki.joined("proxy.pem", "proxy.key", "user.pem")
    var lying = try pki.der("user.pem")
    lying[3] &+= 1
    let lyingBlock =
      "-----BEGIN CERTIFICATE-----\n\(Data(lying).base64EncodedString())\n-----END CERTIFICATE-----\n"
    var files = FakeFiles()
    files.add("/cut", whole.dropLast(40))
    files.add("/garbage", (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    files.add("/lying", lyingBlock.utf8)
    files.add("/huge", error: .fileTooLarge)
    for (path, state, problem) in [
      ("/cut", CredentialState.malformed, "cut short"), ("/garbage", .malformed, "not a PEM file"),
      ("/lying", .malformed, "certificate 1 of 1 cannot be read"), ("/huge", .unreadable, "larger than"),
      ("/gone", .unreadable, "no such file"), ("", .empty, "set, but empty"),
    ] {
      let finding = try #require(files.inspect(["X509_USER_PROXY": path]).first)
      #expect(finding.state == state)
      #expect(finding.problem?.contains(problem) == true, "\(path): \(finding.problem ?? "")")
    }
  }

  @Test func notYetValid() async throws {
    let pki = try await TestPKI.shared.value
    var files = FakeFiles()
    try files.add("/p", pki.joined("user.pem", "user.key"))
    let start = try X509Certificate(der: pki.der("user.pem")).notBefore
    func state(_ offset: Double) -> CredentialState? {
      files.inspect(["X509_USER_PROXY": "/p"], now: start.addingTimeInterval(offset)).first?.state
    }
    #expect(state(-61) == .notYetValid)
    #expect(state(-60) == .valid)
  }

  @Test func certificateAndKey() async throws {
    let pki = try await TestPKI.shared.value
    var files = FakeFiles()
    try files.add("/c", pki.bytes("user.pem"), mode: 0o644)
    try files.add("/k", pki.bytes("user.key"), mode: 0o400)
    try files.add("/open", pki.bytes("user.key"), mode: 0o444)
    try files.add("/both", pki.joined("user.pem", "user.key"))
    for (certificate, key, expected) in [
      ("/c", "/k", CredentialState.valid), ("/c", "/open", .worldReadable), ("/c", "/gone", .unreadable),
      ("/gone", "/k", .unreadable), ("/c", nil, .malformed), (nil, "/k", .malformed), ("/both", nil, .valid),
      ("/k", "/k", .malformed), ("/c", "/c", .malformed), ("/c", "", .empty),
    ] as [(String?, String?, CredentialState)] {
      let environment = ["X509_USER_CERT": certificate, "X509_USER_KEY": key].compactMapValues { $0 }
      let findings = files.inspect(environment)
      #expect(findings.map(\.kind) == [.certificate])
      #expect(findings.first?.state == expected, "\(environment)")
      #expect((findings.first?.problem == nil) == (expected == .valid))
    }
    #expect(
      files.inspect(["X509_USER_CERT": "/c", "X509_USER_KEY": "/k"]).first?.source
        == "X509_USER_CERT=/c, X509_USER_KEY=/k")
  }

  @Test func everythingIsListedInOrder() async throws {
    let pki = try await TestPKI.shared.value
    var files = FakeFiles()
    try files.add("/tmp/x509up_u7", pki.joined("proxy.pem", "proxy.key", "user.pem"))
    files.add("/tmp/bt_u7", "opaque".utf8)
    let findings = files.inspect([
      "BEARER_TOKEN_FILE": "/gone", "X509_USER_PROXY": "/lost", "X509_USER_CERT": "/c", "X509_USER_KEY": "/k",
    ])
    #expect(findings.map(\.kind) == [.token, .token, .proxy, .proxy, .certificate])
    #expect(findings.map(\.state) == [.unreadable, .valid, .unreadable, .valid, .unreadable])
    // Named and usual at once: one file, one finding.
    #expect(files.inspect(["X509_USER_PROXY": "/tmp/x509up_u7"]).filter { $0.kind == .proxy }.count == 1)
  }
}
