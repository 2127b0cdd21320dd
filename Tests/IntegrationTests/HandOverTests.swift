import FoundationEssentials
import TestServers
import TestSupport
import Testing

extension WholeExecutable {
  /// A real XRootD that wants a shared secret, through what the table chooses: who did the work is in the report.
  @Suite(.serialized) struct HandOverTests {
    private static let secret = Result { try StorageServer.xrootd(.sss) }
    private static let gsi = Result { try StorageServer.xrootd(.gsi) }
    private static let gsiUnix = Result { try StorageServer.xrootd(.gsiUnix) }

    /// What is on the machine, and who must do the work then.
    struct Case: Sendable, CustomTestStringConvertible {
      let command: String
      var hidden: [String] = []
      let backend: String
      var testDescription: String { "\(command), without \(hidden)" }
    }

    static let cases = [
      Case(command: "xrdcp", backend: "xrdfs"), Case(command: "gfal2", backend: "xrdfs"),
      Case(command: "gfal2", hidden: ["xrdfs"], backend: "gfal"),
      Case(command: "xrdcp", hidden: ["xrdfs"], backend: "gfal"),
    ]

    private struct Setting {
      let setup: StorageEndpoint
      let list: List
      let before: Snapshot
      let endpoint: String
    }

    /// 1,100 files, so that there is more than one call.
    private func setting(
      _ server: Result<StorageServer, any Error>, _ command: String, _ name: String, files: Int
    ) throws -> Setting {
      let server = try server.get()
      let prefix = server.prefix("root")
      let setup = StorageEndpoint(
        testDescription: name, command: command, protocolName: "XRootD", backend: "xroot",
        prefix: { prefix }, storage: { (server.data, server.user) })
      let list = try List("over-\(name)", setup, files: files, missing: 5)
      return Setting(
        setup: setup, list: list, before: Snapshot(of: server.data),
        endpoint: "root://127.0.0.1:\(server.ports["root"] ?? 0)")
    }

    private func credentials() throws -> [String: String] {
      ["XrdSecSSSKT": try Self.secret.get().sharedSecret]
    }

    private func proxy(_ hasProxy: Bool = true) throws -> [String: String] {
      let certificates = try ServerCertificates.shared.get()
      return [
        "X509_USER_PROXY": hasProxy ? certificates.proxy : "/nowhere", "X509_CERT_DIR": certificates.trusted,
      ]
    }

    private func warnings(_ call: DeleteCall) -> [String] {
      call.report.warnings.filter { $0.contains("the server wants") }
    }

    @Test(arguments: cases.indices) func `the endpoint is handed over, and that is in the report`(
      _ index: Int
    )
      async throws
    {
      let row = Self.cases[index]
      let setting = try setting(
        Self.secret, row.command, "\(index)", files: row.backend == "gfal" ? 120 : 1100)
      let call = try await setting.list.delete(
        ["--retries", "1", "--retry-pause", "0"], try credentials(),
        through: row.hidden.flatMap(FakeTool.hiding))
      #expect(call.result.code == 0, "\(call.result.messages)")
      #expect(call.report.summary.absent == 5)
      #expect(call.report.files.allSatisfy { $0.backend == row.backend })
      #expect(call.report.storage.map(\.backend) == [row.backend])
      #expect(call.report.storage.map(\.endpoint) == [setting.endpoint])
      #expect(
        warnings(call) == [
          "\(setting.endpoint): the server wants sss, which the backend xroot does not speak; "
            + "handed over from xroot to \(row.backend)"
        ])
    }

    @Test func `without any tool for it nothing is deleted, and that is said`() async throws {
      let setting = try setting(Self.secret, "gfal2", "none", files: 5)
      let call = try await setting.list.delete(
        [], try credentials(), through: FakeTool.hiding("xrdfs") + FakeTool.hiding("gfal-rm"))
      #expect(call.report.files.allSatisfy { $0.word == "failed: fatal" && $0.backend == "xroot" })
      #expect(warnings(call).count == 1)
      #expect(warnings(call).first?.hasSuffix("xrdfs or gfal-rm could do it; none is installed here") == true)
      #expect(call.result.code == 1)
    }

    /// What is not there, the scheme of the site, and what `check` says of it.
    struct Checked: Sendable, CustomTestStringConvertible {
      let hidden: [String]
      let scheme: String
      let says: String
      let problems: [String]
      var testDescription: String { "\(scheme) without \(hidden)" }
    }

    static let checks = [
      Checked(hidden: [], scheme: "root", says: "xroot xrdfs", problems: []),
      Checked(hidden: ["xrdfs"], scheme: "root", says: "xroot gfal", problems: []),
      Checked(hidden: ["xrdfs", "gfal-rm"], scheme: "root", says: "xroot nil", problems: []),
      Checked(hidden: ["xrdfs", "gfal-rm"], scheme: "davs", says: "webdav nil", problems: []),
      Checked(
        hidden: ["xrdfs", "gfal-rm"], scheme: "srm", says: "gfal nil",
        problems: ["gfal-rm: not installed here"]),
    ]

    private struct Check: Decodable {
      struct StageOut: Decodable {
        let backend: String?
        let fallback: String?
      }
      let stageOuts: [StageOut]
      let problems: [String]
    }

    @Test(arguments: checks) func `check misses only the tools that the site needs`(_ row: Checked)
      async throws
    {
      let site = try SiteDirectory([
        .init(rse: "T2_XX_Test", command: "gfal2", protocolName: "Any", prefix: "\(row.scheme)://h.invalid/")
      ])
      let result = try await SwabCommand.run(
        ["check", "--offline", "--json", "--site-config", site.config],
        through: row.hidden.flatMap(FakeTool.hiding))
      let check = try JSONDecoder().decode(Check.self, from: Data(result.output.utf8))
      #expect(check.stageOuts.map { "\($0.backend ?? "nil") \($0.fallback ?? "nil")" } == [row.says])
      #expect(check.problems.filter { !$0.hasPrefix("none found") } == row.problems)
    }

    @Test func `a backend that was asked for does not give way`() async throws {
      let setting = try setting(Self.secret, "xrdcp", "forced", files: 5)
      let call = try await setting.list.delete(["--backend", "xroot"], try credentials())
      #expect(call.report.files.allSatisfy { $0.word == "failed: fatal" && $0.backend == "xroot" })
      #expect(warnings(call).isEmpty)
    }

    @Test(arguments: [true, false]) func `of gsi and unix both are spoken`(_ hasProxy: Bool) async throws {
      let setting = try setting(Self.gsiUnix, "xrdcp", "both-\(hasProxy)", files: 5)
      let call = try await setting.list.delete([], try proxy(hasProxy))
      #expect(call.result.code == 0, "\(call.result.messages)")
      #expect(call.report.files.allSatisfy { $0.backend == "xroot" })
      #expect(warnings(call).isEmpty)
    }

    @Test func `with a proxy files are deleted without starting any process`() async throws {
      let setting = try setting(Self.gsi, "xrdcp", "alone", files: 1100)
      let directory = try TemporaryDirectory()
      let seen = directory.path + "/seen"
      let call = try await setting.list.delete(
        [], try proxy(),
        through: ["/usr/bin/strace", "-f", "-qq", "-e", "trace=execve,fork,vfork", "-o", seen])
      #expect(call.result.code == 0, "\(call.result.messages)")
      #expect(call.report.files.allSatisfy { $0.backend == "xroot" })
      #expect(call.report.storage.map(\.backend) == ["xroot"])
      // swab itself. Of threads that end with it strace says that they are "detached".
      let started = Disk.read(seen).split(separator: "\n").filter {
        !$0.contains("+++") && !$0.contains("---") && !$0.contains("???( <detached")
      }
      #expect(started.count == 1, "\(started.suffix(5))")
    }
  }
}
