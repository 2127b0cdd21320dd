import FoundationEssentials
import TestServers
import TestSupport
import Testing

/// Macaroons and tokens at XRootD's own doors, which check them.
@Suite(.serialized) struct MacaroonDoorTests {
  private static let door = Result { try StorageServer.xrootdMacaroons() }

  /// A macaroon that the door gives to the user of the tests.
  private func macaroon(_ path: String, _ activities: String) throws -> String {
    let directory = try TemporaryDirectory()
    let certificates = try ServerCertificates.shared.get()
    let answer = directory.path + "/answer"
    try ChildProcess.run(
      "/usr/bin/curl",
      [
        "-s", "-S", "-f", "--capath", certificates.trusted, "--cert", certificates.userCertificate, "--key",
        certificates.userKey, "-H", "Content-Type: application/macaroon-request", "--data",
        #"{"caveats":["activity:\#(activities)"],"validity":"PT10M"}"#, "-o", answer,
        try Self.door.get().prefix("https") + path,
      ], directory: directory.path)
    struct Answer: Decodable { let macaroon: String }
    return try JSONDecoder().decode(Answer.self, from: Data(Disk.bytes(answer))).macaroon
  }

  private func run(_ lfns: [String], _ token: String, at server: StorageServer) async throws -> CredentialRun
  {
    for lfn in lfns {
      let end = lfn.utf8.lastIndex(of: UInt8(ascii: "/")) ?? lfn.startIndex
      Disk.makeDirectory(server.data + lfn[..<end], owner: server.user)
      Disk.write(server.data + lfn)
    }
    var files = try CredentialFiles()
    files.addToken(.valid, valid: token, expired: "")
    return try await CredentialRun(lfns, backend: nil, prefix: server.prefix("https"), files)
  }

  @Test func `what may only delete is enough, and the report names it`() async throws {
    let lfns = (0..<20).map { "/store/unmerged/macaroon/f\($0)" }
    let run = try await run(lfns, macaroon("/store/unmerged/", "DELETE"), at: Self.door.get())
    #expect(run.outcomes(lfns) == lfns.map { _ in "deleted" } && run.warnings == "")
    let credential = try #require(run.report.storage.first?.credential)
    #expect(credential.kind == "macaroon" && credential.servers.map(\.kind) == ["macaroon"])
    #expect(credential.identifier?.isEmpty == false && credential.subject == "testuser")
    #expect(credential.expires?.hasSuffix("Z") == true)
  }

  @Test(arguments: [
    ("/store/unmerged/elsewhere/", "DELETE", "ask this door"),
    ("/store/unmerged/", "LIST", "activity:DELETE"),
  ])
  func `one that does not fit is one warning`(_ path: String, _ activity: String, _ says: String) async throws
  {
    let lfns = (0..<300).map { "/store/unmerged/none/f\($0)" }
    let run = try await run(lfns, macaroon(path, activity), at: Self.door.get())
    #expect(run.report.summary.deleted == 0 && run.report.summary.attempts < 30)
    #expect(run.warnings.split(separator: "\n").filter { $0.contains(says) }.count == 1, "\(run.warnings)")
  }

  /// XRootD answers 403 to each file.
  @Test(arguments: [("/store/user", "ask for storage.modify:/store/unmerged/storm"), ("/store/unmerged", "")])
  func `a token that does not fit makes no storm of refusals`(_ path: String, _ says: String) async throws {
    let server = try StorageServer.xrootdTokenOrProxy()
    let lfns = (0..<300).map { "/store/unmerged/storm/f\($0)" }
    let token = try ServerCertificates.shared.get().token(
      scope: "storage.modify:\(path) storage.read:\(path)")
    let run = try await run(lfns, token, at: server)
    #expect(run.report.summary.deleted == (says == "" ? 300 : 0))
    #expect(says == "" ? run.warnings == "" : run.warnings.contains(says), "\(run.warnings)")
    #expect(says == "" || run.report.summary.attempts < 30, "\(run.report.summary.attempts)")
  }

  @Test func `check says what does not fit and what to ask for`() async throws {
    let site = try SiteDirectory([
      .init(
        rse: "T2_XX_Test", command: "gfal2", protocolName: "WebDAV", prefix: "davs://door.site.org:2880/cms")
    ])
    var files = try CredentialFiles()
    let token = CredentialFiles.plainToken("scoped", scope: "storage.modify:/store/user")
    files.addToken(.valid, valid: token, expired: "")
    let wrong = try await CheckReport.of(files, site: site)
    #expect(wrong.problems.filter { $0.contains("ask for storage.modify:/store/unmerged") }.count == 1)
    files = try CredentialFiles()
    let caveats = ["activity:DELETE,LIST", "path:/cms/store/unmerged/", "before:2100-01-01T00:00:00Z"]
    files.addToken(.valid, valid: FakeMacaroon.text(caveats: caveats), expired: "")
    let right = try await CheckReport.of(files, site: site)
    #expect(right.credentials.map(\.kind) == ["macaroon"] && !right.problems.contains { $0.contains("ask") })
  }
}
