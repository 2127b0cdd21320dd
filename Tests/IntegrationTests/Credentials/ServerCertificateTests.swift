import TestServers
import TestSupport
import Testing

import Glibc

/// Where certificates are looked for, and servers that can't be trusted.
@Suite(.serialized) struct ServerCertificateTests {
  private static let server = Result { try StorageServer.xrootdTokenOrProxy() }
  private static let foreign = Result { try ServerCertificates.shared.get().foreign }
  private static let trusted = Result { try ServerCertificates.shared.get().trusted }

  /// The authorities, the host name, and what the one line must have in it.
  static let cases: [(directory: @Sendable () throws -> String, host: String, says: String)] = [
    ({ try foreign.get() }, "127.0.0.1", "certificate"), ({ try trusted.get() }, "127.0.0.2", "certificate"),
    ({ "/no/such/directory" }, "127.0.0.1", "certificate"),
  ]

  @Test(arguments: cases.indices, ["webdav", "xroot"])
  func `nothing is sent to a server that is not trusted`(_ index: Int, backend: String) async throws {
    let row = Self.cases[index]
    let server = try Self.server.get()
    var files = try CredentialFiles()
    let scope = "storage.modify:/store/unmerged storage.read:/store/unmerged"
    files.addToken(.valid, valid: try ServerCertificates.shared.get().token(scope: scope), expired: "")
    let lfns = (0..<20).map { "/store/unmerged/untrusted/f\($0)" }
    Disk.makeDirectory(server.data + "/store/unmerged/untrusted", owner: server.user)
    for lfn in lfns { Disk.write(server.data + lfn) }
    let prefix = server.prefix(
      backend == "webdav" ? "davs" : "roots", endpoint: backend == "webdav" ? "https" : "roots")
    let run = try await CredentialRun(
      lfns, backend: backend, prefix: prefix.replacing("127.0.0.1", with: row.host), files,
      environment: ["X509_CERT_DIR": try row.directory()])
    #expect(run.result.code == 77, "\(run.result.output)")
    #expect(run.report.files.allSatisfy { $0.word == "failed: auth" })
    for lfn in lfns { #expect(Disk.exists(server.data + lfn)) }
    let messages = Set(run.report.files.compactMap { $0.error?.message })
    #expect(messages.count == 1 && messages.first?.contains(row.says) == true, "\(messages)")
  }

  @Test(arguments: 1...5)
  func `a certificate that the server does not trust is auth, also where TLS 1.3 says so late`(_: Int)
    async throws
  {
    let directory = try TemporaryDirectory()
    // With TLS 1.3 the alert may arrive before, with or after the answer to the first request is waited for.
    let server = try HTTPSFileServer(directory.path, clientAuthorities: try Self.foreign.get())
    var files = try CredentialFiles()
    try files.addX509(.valid, asProxy: false)
    let lfns = (0..<50).map { "/store/unmerged/late/f\($0)" }
    let run = try await CredentialRun(lfns, backend: "webdav", prefix: server.base, files)
    #expect(run.result.code == 77, "\(run.result.output)")
    let outcomes = Set(run.outcomes(lfns))
    #expect(
      outcomes.isSubset(of: ["failed: auth", "notAttempted: auth"]) && outcomes.contains("failed: auth"),
      "\(outcomes)"
    )
  }

  /// Where a credential is found without its variable.
  enum Location: CaseIterable {
    case proxyVariable, certificateAndKey, proxyInTemporaryDirectory, tokenInTemporaryDirectory,
      tokenInRuntimeDirectory
    case tokenOfHTCondor
  }

  @Test(arguments: Location.allCases) func `a credential is found`(_ position: Location) async throws {
    let server = try Self.server.get()
    let certificates = try ServerCertificates.shared.get()
    var files = try CredentialFiles()
    // A user of a number of its own, so that the file in /tmp is nobody else's; on the disk it is still us.
    let user = Int.random(in: 300_000..<2_000_000_000)
    let token = try certificates.token(scope: "storage.modify:/store/unmerged storage.read:/store/unmerged")
    var environment: [String: String] = [:]
    var usual: String?
    defer { if let usual { unlink(usual) } }
    switch position {
    case .proxyVariable, .certificateAndKey: try files.addX509(.valid, asProxy: position == .proxyVariable)
    case .proxyInTemporaryDirectory:
      usual = "/tmp/x509up_u\(user)"
      Disk.write("/tmp/x509up_u\(user)", Disk.read(certificates.proxy), mode: 0o600)
    case .tokenInTemporaryDirectory:
      usual = "/tmp/bt_u\(user)"
      Disk.write("/tmp/bt_u\(user)", token, mode: 0o600)
    case .tokenInRuntimeDirectory:
      Disk.write(files.directory.path + "/bt_u\(user)", token, mode: 0o600)
      environment["XDG_RUNTIME_DIR"] = files.directory.path
    case .tokenOfHTCondor:
      Disk.write(files.directory.path + "/cms.use", token, mode: 0o600)
      environment["_CONDOR_CREDS"] = files.directory.path
    }
    let lfn = "/store/unmerged/found/\(position)"
    Disk.makeDirectory(server.data + "/store/unmerged/found", owner: server.user)
    Disk.write(server.data + lfn)
    let run = try await CredentialRun(
      [lfn], backend: "webdav", prefix: server.prefix("davs", endpoint: "https"), files,
      environment: environment,
      through: ["/usr/bin/unshare", "--user", "--map-user=\(user)"])
    #expect(run.outcomes([lfn]) == ["deleted"] && run.warnings.isEmpty, "\(run.warnings)")
    #expect(!Disk.exists(server.data + lfn))
  }
}
