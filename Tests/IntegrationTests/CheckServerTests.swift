import FoundationEssentials
import TestServers
import TestSupport
import Testing

import Glibc

/// `swab check` at real and scripted servers: what is wrong is found within one command, once, with what to do.
@Suite("swab check asks for what a deletion needs", .serialized)
struct CheckServerTests {
  private static let server = Result { try StorageServer.xrootdTokenOrProxy() }

  /// A prefix before LFNs, with what keeps its server there.
  struct Storage {
    let prefix: String
    var server: (any Sendable)?
  }

  /// What is there, and what is found.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: Int32
    /// Texts of the table's lines, each of which stands in one line only.
    let says: [String]
    let command: String
    let options: [String]
    let launcher: [String]
    let storage: @Sendable () throws -> Storage
    let environment: @Sendable (inout CredentialFiles) throws -> [String: String]

    init(
      _ name: String, _ code: Int32, _ says: [String], command: String = "gfal2", options: [String] = [],
      launcher: [String] = [],
      at storage: @escaping @Sendable () throws -> Storage,
      with environment: @escaping @Sendable (inout CredentialFiles) throws -> [String: String] = { _ in [:] }
    ) {
      testDescription = name
      self.code = code
      self.says = says
      self.command = command
      self.options = options
      self.launcher = launcher
      self.storage = storage
      self.environment = environment
    }
  }

  private static func door(_ scheme: String) -> @Sendable () throws -> Storage {
    {
      let server = try server.get()
      Disk.makeDirectory(server.data + "/store/unmerged", owner: server.user)
      return Storage(prefix: server.prefix(scheme))
    }
  }

  /// Answers every request alike.
  private static func saying(_ status: Int, _ body: String) -> @Sendable () throws -> Storage {
    {
      let server = try ScriptedServer { _ in .init(status, body: body) }
      return Storage(prefix: "http://127.0.0.1:\(server.port)", server: server)
    }
  }

  private static func token(_ scope: String) -> @Sendable (inout CredentialFiles) throws -> [String: String] {
    { files in
      files.addToken(.valid, valid: try ServerCertificates.shared.get().token(scope: scope), expired: "")
      return [:]
    }
  }

  private static func proxy(
    _ state: CredentialState
  ) -> @Sendable (inout CredentialFiles) throws -> [String: String] {
    { files in
      try files.addX509(state, asProxy: true)
      return [:]
    }
  }

  private static let page = "<html><title>503 Too Busy</title><h1>503 Too Busy</h1><hr>front/1.0</html>"

  static let cases: [Case] = [
    Case(
      "a token", 0,
      ["ok       endpoint", "ready: files can be deleted at", "token of tester from BEARER_TOKEN_FILE="],
      at: door("https"), with: token("storage.modify:/ storage.read:/")),
    Case(
      "a proxy", 0,
      [
        "ready: files can be deleted at",
        "certificate of /DC=org/DC=test/CN=Test User/CN=1003 from X509_USER_PROXY=",
      ],
      at: door("https"), with: proxy(.valid)),
    Case(
      "root:// and a token", 0, ["ready:", "by xroot"], at: door("roots"),
      with: token("storage.modify:/ storage.read:/")),
    Case(
      "no credential", 77,
      [
        "none found: BEARER_TOKEN (not set), BEARER_TOKEN_FILE (not set), /tmp/bt_u",
        "it was shown no credential", "not ready: no credential",
      ], at: door("https")),
    Case(
      "an expired proxy", 77, ["expired at", "do: get a new one (voms-proxy-init"], at: door("https"),
      with: proxy(.expired)),
    Case(
      "a proxy that others may read", 77, ["mode 0644", "do: chmod 600"], at: door("https"),
      with: proxy(.worldReadable)),
    Case(
      "a token that may only read", 77, ["its scopes allow no deletion", "do: get one that can delete"],
      at: door("https"), with: token("storage.read:/")),
    Case("no token in the file", 77, ["neither a JSON web token nor a macaroon"], at: door("https")) {
      files in
      files.addToken(.valid, valid: "garbage", expired: "")
      return [:]
    },
    Case(
      "a server that is not trusted", 77, ["is not trusted", "do: put the authority"], at: door("https")
    ) { files in
      try files.addX509(.valid, asProxy: true)
      return ["X509_CERT_DIR": try ServerCertificates.shared.get().foreign]
    },
    Case("a wrong prefix", 78, ["is not there", "do: correct the prefix", "not ready: the site's"]) {
      Storage(prefix: try door("https")().prefix + "/store/elsewhere")
    } with: {
      try token("storage.modify:/ storage.read:/")(&$0)
    },
    Case(
      "503 to everything", 69, ["HTTP 503 Too Busy front/1.0", "do: try again later"], at: saying(503, page)),
    Case(
      "500 to everything", 69, ["HTTP 500: server error", "do: see the server's log"], at: saying(500, "")),
    Case("a page to everything", 69, ["(HTTP 200 to PROPFIND)", "switch WebDAV"], at: saying(200, page)),
    Case("nobody listens", 69, ["connection refused", "do: see whether the server runs"]) {
      Storage(prefix: "davs://127.0.0.1:\(try Loopback.freePort())")
    },
    Case("a server that is mute", 69, ["do: see whether the server is up"], options: ["--timeout", "1"]) {
      let hole = try BlackHole()
      return Storage(prefix: "http://127.0.0.1:\(hole.port)", server: hole)
    },
    Case(
      "the only backend's tool is missing", 69, ["gfal-rm: not installed here", "do: install gfal2-util"],
      launcher: FakeTool.hiding("gfal-rm")
    ) { Storage(prefix: "srm://127.0.0.1:\(try Loopback.freePort())/srm?SFN=") },
    Case("the tool of a backend", 0, ["by xrdfs", "ready:"], command: "xrdfs") {
      let server = try plain.get()
      Disk.makeDirectory(server.data + "/store/unmerged", owner: server.user)
      return Storage(prefix: server.prefix("root"))
    },
    Case("gfal-rm, which is only asked", 0, ["by gfal", "ready:"], command: "gfal") {
      Storage(prefix: try plain.get().prefix("root"))
    },
    Case("a manager of a cluster", 0, ["by xroot", "ready:"], options: ["--timeout", "60"]) {
      let cluster = try XRootDCluster(servers: 2)
      for server in cluster.servers {
        Disk.makeDirectory(server.data + "/store/unmerged", owner: cluster.user)
      }
      return Storage(prefix: cluster.prefix, server: cluster)
    },
    Case(
      "a server that wants a shared secret, by a tool", 0, ["the server wants sss", "(by xrdfs", "ready:"],
      at: secretDoor
    ) { _ in ["XrdSecSSSKT": try secret.get().sharedSecret] },
    Case(
      "a server that wants a proxy", 77,
      ["the server wants gsi: there is no credential for it", "it was shown no credential"]
    ) {
      let server = try StorageServer.xrootd(.gsi)
      Disk.makeDirectory(server.data + "/store/unmerged", owner: server.user)
      return Storage(prefix: server.prefix("root"), server: server)
    },
  ]
  private static let secret = Result { try StorageServer.xrootd(.sss) }

  private static func secretDoor() throws -> Storage {
    let server = try secret.get()
    Disk.makeDirectory(server.data + "/store/unmerged", owner: server.user)
    return Storage(prefix: server.prefix("root"))
  }

  private static let plain = Result { try StorageServer.xrootd() }

  @Test(arguments: cases) func `one command finds it`(row: Case) async throws {
    var files = try CredentialFiles()
    let environment = try row.environment(&files)
    let storage = try row.storage()
    defer { withExtendedLifetime(storage) {} }
    let isBackend = ["xrdfs", "gfal"].contains(row.command)
    var command = [
      "check", "--override",
      "command=\(isBackend ? "gfal2" : row.command),lfn-prefix=\(storage.prefix),phedex-node=T2_XX_Test",
    ]
    command += row.options
    if isBackend { command += ["--backend", row.command] }
    let variables = files.environment.merging(environment) { _, new in new }
    let result = try await SwabCommand.run(
      command, environment: variables, through: CredentialRun.launcher + row.launcher)
    expectNo(files.secrets, in: result.output + result.messages)
    #expect(result.code == row.code, "\(result.output)")
    #expect(result.messages.isEmpty)
    let lines = result.output.split(separator: "\n")
    for text in row.says { #expect(lines.contains { $0.contains(text) }, "\(text): \(result.output)") }
    // The worst comes last, and each has something to do.
    let marks = lines.dropLast().map { $0.prefix { $0 != " " } }.filter { !$0.isEmpty }
    let order = ["ok", "note", "warning", "error"]
    let ranks = marks.compactMap { order.firstIndex(of: String($0)) }
    #expect(ranks.count == marks.count && ranks == ranks.sorted(), "\(result.output)")
    #expect(lines.last?.hasPrefix(row.code == 0 ? "ready" : "not ready: ") == true)
    #expect(Set(lines).count == lines.count, "\(result.output)")
  }

  @Test func `of storage that is mounted for reading only it is said what to do about that`() async throws {
    let directory = try TemporaryDirectory()
    let files = try CredentialFiles()
    let launcher = FakeTool.mounting(
      #"""
      mount -t tmpfs none "$1" && mkdir -p "$1/store/unmerged" && : >"$1/store/unmerged/a" && mount -o remount,ro "$1"
      """#, at: directory.path)
    let result = try await SwabCommand.run(
      ["check", "--override", "command=cp,lfn-prefix=\(directory.path),phedex-node=T2_XX_Test"],
      environment: files.environment, through: CredentialRun.launcher + launcher)
    #expect(result.code == 69, "\(result.output)\(result.messages)")
    #expect(result.output.contains("Read-only file system (by rm)"), "\(result.output)")
    #expect(
      result.output.contains("do: have it mounted for writing, or correct the prefix"), "\(result.output)")
  }

  private struct Check: Decodable {
    struct Finding: Decodable {
      let mark: String
      let subject: String
      let text: String
      let remedy: String?
    }
    struct Endpoint: Decodable {
      struct Failure: Decodable { let `class`: String }
      struct Credential: Decodable {
        let kind: String
        let source: String?
      }
      let usable: Bool?
      let error: Failure?
      let credential: Credential?
    }
    let ready: Bool
    let exitCode: Int32
    let siteName: String?
    let tools: [[String: String?]]
    let findings: [Finding]
    let endpoints: [Endpoint]
  }

  @Test func `a site configuration that can't be read hides nothing else`() async throws {
    let site = try SiteDirectory([])
    Disk.write(site.config, "<site-local-config><site")
    var files = try CredentialFiles()
    try files.addX509(.expired, asProxy: true)
    let result = try await SwabCommand.run(
      ["check", "--json", "--site-config", site.config], environment: files.environment,
      through: CredentialRun.launcher)
    let check = try JSONDecoder().decode(Check.self, from: Data(result.output.utf8))
    #expect(result.code == 78 && check.exitCode == 78 && !check.ready && check.siteName == nil)
    #expect(check.tools.count == 2)
    #expect(check.findings.contains { $0.subject == "credential" && $0.text.contains("expired") })
    #expect(check.findings.last.map { "\($0.mark) \($0.subject)" } == "error site")
    #expect(check.findings.last?.remedy != nil)
  }

  @Test func `one storage that works is enough, and the other is named`() async throws {
    let dead = try Loopback.freePort()
    let site = try SiteDirectory([
      .init(rse: "T2_XX_A", command: "gfal2", protocolName: "A", prefix: "davs://127.0.0.1:\(dead)"),
      .init(rse: "T2_XX_B", command: "gfal2", protocolName: "B", prefix: try Self.door("https")().prefix),
    ])
    var files = try CredentialFiles()
    _ = try Self.token("storage.modify:/ storage.read:/")(&files)
    for (arguments, code, usable) in [([], 0, [false, true]), (["--rse", "T2_XX_A"], 69, [false])] {
      let result = try await SwabCommand.run(
        ["check", "--json", "--site-config", site.config] + arguments, environment: files.environment,
        through: CredentialRun.launcher)
      let check = try JSONDecoder().decode(Check.self, from: Data(result.output.utf8))
      #expect(result.code == Int32(code), "\(result.output)")
      #expect(check.endpoints.map(\.usable) == usable)
      #expect(check.endpoints.first?.credential == nil && check.endpoints.first?.error == nil)
      if code == 0 {
        #expect(check.endpoints.last?.credential?.source?.contains("BEARER_TOKEN_FILE") == true)
      }
    }
  }

  @Test func `nothing is deleted`() async throws {
    let server = try Self.plain.get()
    let lfn = "/store/unmerged/checked/f"
    Disk.makeDirectory(server.data + "/store/unmerged/checked", owner: server.user)
    Disk.write(server.data + lfn)
    // A file, and an empty directory, in the place of the allowed root.
    Disk.makeDirectory(server.data + "/store/unmerged/empty", owner: server.user)
    let before = Snapshot(of: server.data)
    for backend in ["xroot", "xrdfs", "gfal"] {
      for (root, code) in [(lfn, 78), ("/store/unmerged/empty", 0), ("/store/unmerged/missing", 78)] {
        let result = try await SwabCommand.run(
          [
            "check", "--allow", root, "--backend", backend, "--override",
            "command=gfal2,lfn-prefix=\(server.prefix("root")),phedex-node=T2_XX_Test",
          ])
        #expect(result.code == Int32(code), "\(backend) \(root): \(result.output)")
      }
    }
    #expect(Snapshot(of: server.data).entries == before.entries)
  }
}
