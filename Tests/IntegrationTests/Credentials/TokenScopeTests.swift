import TestServers
import TestSupport
import Testing

/// The scopes of a token against where the files are, before anything is sent.
@Suite(.serialized) struct TokenScopeTests {
  /// The scope, what follows the door in the PFN, whether there is a certificate beside it, what is shown, and
  /// what is said.
  static let cases: [(scope: String?, prefix: String, hasX509: Bool, shown: ShownCredential, says: String)] =
    [
      (nil, "", true, .token, ""),
      ("storage.modify:/store/unmerged", "", true, .token, ""),
      ("storage.modify:/", "", true, .token, ""),
      ("storage.modify:/store/unmerged/both/scope", "", true, .token, ""),
      // The issuer's paths begin below some directory of the site.
      ("storage.modify:/cms/store", "/dpm/cms", true, .token, ""),
      ("storage.modify:/store/user", "", true, .x509, "a certificate is shown instead"),
      ("storage.modify:/store/user", "", false, .token, "do not cover"),
      ("storage.modify:/store/unmerged/both/sco", "", false, .token, "do not cover"),
      ("storage.read:/store storage.create:/store", "", true, .x509, "allow no deletion"),
      ("storage.read:/store storage.create:/store", "", false, .nothing, "no credential can be used"),
    ]

  @Test(arguments: cases.indices) func scopes(_ index: Int) async throws {
    let row = Self.cases[index]
    let tokens = try TemporaryDirectory()
    let token = CredentialFiles.plainToken("scoped", scope: row.scope)
    Disk.write("\(tokens.path)/\(token)")
    let server = try StorageServer.nginxTokenOrCertificate(tokens: tokens.path, seen: tokens.path + "/seen")
    var files = try CredentialFiles()
    files.addToken(.valid, valid: token, expired: "")
    if row.hasX509 { try files.addX509(.valid, asProxy: false) }
    // The door lets the token do everything, so that what was shown can be seen: only the token opens the second.
    let lfns = ["/store/unmerged/both/scope/f", "/store/unmerged/both/scope/token-only/f"]
    for lfn in lfns {
      Disk.makeDirectory(server.data + row.prefix + lfn.dropLast(2), owner: server.user)
      Disk.write(server.data + row.prefix + lfn)
    }
    let run = try await CredentialRun(
      lfns, backend: "webdav", prefix: server.prefix("https") + row.prefix, files)
    let expected: [ShownCredential: [String]] = [
      .token: ["deleted", "deleted"], .x509: ["deleted", "failed: auth"],
      .nothing: ["failed: auth", "failed: auth"],
    ]
    #expect(run.outcomes(lfns) == expected[row.shown], "\(row) \(run.warnings)")
    #expect(run.result.code == [.token: 0, .x509: 1, .nothing: 77][row.shown], "\(row)")
    #expect(
      run.warnings.isEmpty == row.says.isEmpty && (row.says.isEmpty || run.warnings.contains(row.says)),
      "\(row) \(run.warnings)")
  }
}
