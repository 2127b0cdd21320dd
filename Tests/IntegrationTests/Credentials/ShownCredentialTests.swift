import TestServers
import TestSupport
import Testing

/// Which server was shown what, as the report says it.
@Suite(.serialized) struct ShownCredentialTests {
  private static let server = Result { try StorageServer.xrootdTokenOrProxy() }

  private func put(_ names: [String], on server: StorageServer) -> [String] {
    let lfns = names.map { "/store/unmerged/shown/\($0)" }
    Disk.makeDirectory(server.data + "/store/unmerged/shown", owner: server.user)
    for lfn in lfns { Disk.write(server.data + lfn) }
    return lfns
  }

  private func files(token: Bool, proxy: Bool) throws -> CredentialFiles {
    var files = try CredentialFiles()
    if token {
      let text = try ServerCertificates.shared.get().token(scope: "storage.modify:/ storage.read:/")
      files.addToken(.valid, valid: text, expired: "")
    }
    if proxy { try files.addX509(.valid, asProxy: true) }
    return files
  }

  @Test(arguments: [("https", true), ("https", false), ("roots", true)])
  func `a native backend's entry names the credential and its server`(
    _ scheme: String, _ isToken: Bool
  ) async throws {
    let server = try Self.server.get()
    let files = try self.files(token: isToken, proxy: !isToken)
    let lfns = put(["\(scheme)-\(isToken)-1", "\(scheme)-\(isToken)-2"], on: server)
    let run = try await CredentialRun(lfns, backend: nil, prefix: server.prefix(scheme), files)
    #expect(run.outcomes(lfns) == ["deleted", "deleted"])
    let storage = try #require(run.report.storage.first)
    let credential = try #require(storage.credential)
    let kind = isToken ? "token" : "x509"
    #expect(run.report.storage.count == 1 && credential.kind == kind)
    #expect(credential.subject == (isToken ? "tester" : "/DC=org/DC=test/CN=Test User/CN=1003"))
    #expect(credential.expires?.hasSuffix("Z") == true && credential.expires?.hasPrefix("20") == true)
    #expect(
      credential.source == (isToken ? "BEARER_TOKEN_FILE=\(files.token)" : "X509_USER_PROXY=\(files.proxy)"))
    #expect(credential.servers == [.init(server: storage.endpoint, kind: kind)])
  }

  @Test func `where nothing is shown the entry says so`() async throws {
    let server = try Self.server.get()
    let lfns = put(["nothing"], on: server)
    let run = try await CredentialRun(
      lfns, backend: nil, prefix: server.prefix("https"), try CredentialFiles())
    let credential = try #require(run.report.storage.first?.credential)
    #expect(run.outcomes(lfns) == ["failed: auth"] && Disk.exists(server.data + lfns[0]))
    #expect(credential.kind == "none" && credential.subject == nil && credential.servers.isEmpty)
    #expect(run.result.output.contains("\nshown     \(server.prefix("https")): no credential\n"))
    #expect(run.warnings.contains("BEARER_TOKEN (not set), BEARER_TOKEN_FILE (not set), /tmp/bt_u"))
  }

  @Test(arguments: [(true, false, "token"), (false, true, "x509"), (true, true, "several")])
  func `of a tool it is known what it was given`(_ hasToken: Bool, _ hasProxy: Bool, _ kind: String)
    async throws
  {
    let server = try Self.server.get()
    let files = try self.files(token: hasToken, proxy: hasProxy)
    let lfns = put(["tool-\(kind)"], on: server)
    let run = try await CredentialRun(lfns, backend: "gfal", prefix: server.prefix("https"), files)
    let credential = try #require(run.report.storage.first?.credential)
    let subject = ["token": "tester", "x509": "/DC=org/DC=test/CN=Test User/CN=1003"][kind]
    #expect(credential.kind == kind && credential.subject == subject && credential.servers.isEmpty)
    #expect((credential.source == nil) == (subject == nil))
  }

  @Test func `a merged report says what all runs have shown`() async throws {
    let server = try Self.server.get()
    let directory = try TemporaryDirectory()
    var paths: [String] = []
    for (index, isToken) in [true, true, false].enumerated() {
      let files = try self.files(token: isToken, proxy: !isToken)
      let lfn = put(["merge-\(index)"], on: server)[0]
      paths.append(directory.path + "/\(index).json")
      let result = try await SwabCommand.run(
        [
          "delete", lfn, "--report", paths[index], "--override",
          "command=gfal2,lfn-prefix=\(server.prefix("https")),phedex-node=T2_XX_Test",
        ], environment: files.environment, through: CredentialRun.launcher)
      #expect(result.code == 0, "\(result.messages)")
    }
    let output = directory.path + "/merged.json"
    for (count, kind, subject) in [(2, "token", "tester"), (3, "several", nil)] {
      let result = try await SwabCommand.run(["report", "merge"] + paths.prefix(count) + ["-o", output])
      #expect(result.code == 0, "\(result.messages)")
      let report = try JobReportFile(json: Disk.bytes(output))
      let credential = try #require(report.storage.first?.credential)
      #expect(credential.kind == kind && credential.subject == subject)
      #expect(credential.servers.map(\.kind) == (count == 2 ? ["token"] : ["token", "x509"]))
      #expect((credential.expires == nil) == (count == 3))
    }
  }
}
