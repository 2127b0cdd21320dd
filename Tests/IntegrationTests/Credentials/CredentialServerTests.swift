import FoundationEssentials
import TestServers
import TestSupport
import Testing

/// Every state of a token with every state of a certificate, through the executable and against real doors.
@Suite(.serialized) struct CredentialServerTests {
  /// A door, and what it says to each credential: to a file that both may delete, to one that only the token may
  /// delete, to one that is not there; and the exit code.
  struct StorageEndpoint: CustomTestStringConvertible {
    let testDescription: String
    let backend: String
    let isProxy: Bool
    let prefix: @Sendable (_ servers: Servers) throws -> String
    let server: @Sendable (_ servers: Servers) throws -> StorageServer
    let answers: [ShownCredential: (files: [String], exit: Int32)]
  }

  /// Started once.
  final class Servers: Sendable {
    let tokens: Result<TemporaryDirectory, any Error>
    let xrootd: Result<StorageServer, any Error>
    let nginx: Result<StorageServer, any Error>
    let unix: Result<StorageServer, any Error>
    static let valid = CredentialFiles.plainToken("valid")
    static let expired = CredentialFiles.plainToken("expired", expiresIn: -60)

    init() {
      let tokens = Result { try TemporaryDirectory() }
      self.tokens = tokens
      xrootd = Result { try .xrootdTokenOrProxy() }
      nginx = Result {
        let directory = try tokens.get().path
        // Also the token that has ended: only Swab itself can keep it back.
        for token in [Self.valid, Self.expired] { Disk.write("\(directory)/\(token)") }
        return try .nginxTokenOrCertificate(tokens: directory, seen: directory + "/seen")
      }
      unix = Result { try .xrootd(.unix) }
    }

    static let shared = Servers()
  }

  private static let denied = ["failed: auth", "failed: auth", "failed: auth"]
  private static let byToken = ["deleted", "deleted", "absent"]
  private static let byUser = ["deleted", "failed: auth", "absent"]

  static let endpoints: [StorageEndpoint] = [
    StorageEndpoint(
      testDescription: "XRootD, davs://, token or proxy", backend: "webdav", isProxy: true,
      prefix: { try $0.xrootd.get().prefix("davs", endpoint: "https") }, server: { try $0.xrootd.get() },
      answers: [.token: (byToken, 0), .x509: (byUser, 1), .nothing: (denied, 77)]),
    StorageEndpoint(
      testDescription: "nginx, https://, token or certificate", backend: "webdav", isProxy: false,
      prefix: { try $0.nginx.get().prefix("https") }, server: { try $0.nginx.get() },
      answers: [.token: (byToken, 0), .x509: (byUser, 1), .nothing: (denied, 77)]),
    StorageEndpoint(
      testDescription: "XRootD, roots://, ztn", backend: "xroot", isProxy: true,
      prefix: { try $0.xrootd.get().prefix("roots") }, server: { try $0.xrootd.get() },
      answers: [.token: (byToken, 0), .x509: (denied, 77), .nothing: (denied, 77)]),
    StorageEndpoint(
      testDescription: "XRootD, root://, unix", backend: "xroot", isProxy: true,
      prefix: { try $0.unix.get().prefix("root") }, server: { try $0.unix.get() },
      answers: [.token: (byToken, 0), .x509: (byToken, 0), .nothing: (byToken, 0)]),
  ]

  /// Every state of a token with every state of an X.509 credential, side by side: a door that rejects a credential is
  /// left alone for 20 s, and the cases wait together.
  @Test(arguments: endpoints.indices)
  func everyState(endpoint index: Int) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (count, (token, x509)) in CredentialState.allPairs.enumerated() {
        if count >= 16 { try await group.next() }
        group.addTask { try await check(endpoint: index, token: token, x509: x509) }
      }
      try await group.waitForAll()
    }
  }

  private func check(endpoint index: Int, token: CredentialState, x509: CredentialState) async throws {
    let endpoint = Self.endpoints[index]
    let servers = Servers.shared
    let server = try endpoint.server(servers)
    let prefix = try endpoint.prefix(servers)
    let certificates = try ServerCertificates.shared.get()
    do {
      var files = try CredentialFiles()
      // nginx knows its tokens by name, XRootD by their signature.
      let scope = "storage.modify:/store/unmerged storage.read:/store/unmerged"
      files.addToken(
        token, valid: endpoint.isProxy ? try certificates.token(scope: scope) : Servers.valid,
        expired: endpoint.isProxy ? try certificates.token(scope: scope, expiresIn: -60) : Servers.expired)
      try files.addX509(x509, asProxy: endpoint.isProxy)
      let about = Comment(rawValue: "\(endpoint.testDescription), token \(token), X.509 \(x509)")
      let shown = try #require(ShownCredential.expected(token: token, x509: x509))
      let expected = try #require(endpoint.answers[shown])

      let directory = "door\(index)-\(token)-\(x509)"
      let lfns = [
        "/store/unmerged/both/\(directory)/f", "/store/unmerged/token-only/\(directory)/f",
        "/store/unmerged/both/\(directory)/none",
      ]
      for lfn in lfns.dropLast() {
        Disk.makeDirectory(server.data + lfn.dropLast(2), owner: server.user)
        Disk.write(server.data + lfn)
      }
      let run = try await CredentialRun(lfns, backend: endpoint.backend, prefix: prefix, files)
      let outcomes = run.outcomes(lfns)
      if expected.files == Self.denied {
        // After a second file was rejected the endpoint is given up, which may come before the third is sent.
        #expect(
          outcomes.contains("failed: auth")
            && Set(outcomes).isSubset(of: ["failed: auth", "notAttempted: auth"]),
          about)
      } else {
        #expect(outcomes == expected.files, about)
      }
      #expect(run.result.code == expected.exit, about)
      for (lfn, word) in zip(lfns, expected.files) {
        #expect(Disk.exists(server.data + lfn) == (word == "failed: auth" && !lfn.hasSuffix("none")), about)
      }

      // Of each that is not as it should be a person is told which one and why, before the run and by check, which
      // is the same for every door.
      let site = try SiteDirectory([
        .init(rse: "T2_XX_Test", command: "gfal2", protocolName: "WebDAV", prefix: prefix)
      ])
      let check = endpoint.backend == "webdav" ? try await CheckReport.of(files, site: site) : nil
      for (kinds, state, path) in [
        (["token"], token, files.token), (["proxy", "certificate"], x509, files.proxy),
      ] {
        if let check {
          let found = check.credentials.first { kinds.contains($0.kind) }
          #expect(found?.state == (state == .none ? nil : state.rawValue), about)
        }
        if state == .none || state == .valid { continue }
        let says = { (text: String) in
          text.contains(path) && state.message.split(separator: "|").contains { text.contains($0) }
        }
        #expect(run.report.warnings.contains(where: says), "\(run.warnings) \(about)")
        #expect(check?.problems.contains(where: says) != false, "\(check?.problems ?? []) \(about)")
      }
      let isQuiet = [token, x509].allSatisfy { [.none, .valid].contains($0) }
      // Without any credential the places are named that were looked at, where the door wants one.
      let misses =
        endpoint.answers[.nothing]?.files == Self.denied && [token, x509].allSatisfy { $0 == .none }
      let warnings = run.warnings.split(separator: "\n").filter { !$0.contains("failed too often") }
      #expect(warnings.isEmpty == (isQuiet && !misses), "\(warnings) \(about)")
      let nothingIsLeft = shown == .nothing && !isQuiet
      #expect(run.warnings.contains("no credential can be used") == nothingIsLeft, about)
    }
  }
}
