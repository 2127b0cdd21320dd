import TestServers
import TestSupport
import Testing

/// `swab schema`: each document is as its schema says, and every member of it is described there.
@Suite("Schemas describe what is printed")
struct SchemaTests {
  /// A document, and a command that prints it.
  static let documents: [(name: String, print: @Sendable (Site) async throws -> [UInt8])] = [
    ("backends", { try await $0.swab(["backends", "--json"]).output }),
    ("check", { try await $0.swab(["check", "--json"]).output }),
    ("check", { try await $0.swab(["check", "--json", "--offline", "--site-config", "/nowhere"]).output }),
    (
      "check",
      { site in
        let server = try ScriptedServer { _ in .init(503) }
        return try await site.swab(
          [
            "check", "--json", "--override",
            "command=gfal2,lfn-prefix=http://127.0.0.1:\(server.port),phedex-node=T2_XX_Test",
          ], environment: ["BEARER_TOKEN": "garbage", "X509_USER_PROXY": "/nowhere"]
        ).output
      }
    ),
    ("resolve", { try await $0.swab(["resolve", "/store/unmerged/a", "--json"]).output }),
    (
      "resolve",
      { site in
        try await site.swab([
          "resolve", "/store/unmerged/a", "--json", "--catalog", site.siteconf + "/storage.json",
          "--protocol",
          "door0", "--volume", "Test_Disk", "--storage-site", "T2_XX_Test",
        ]).output
      }
    ),
    (
      "report",
      { site in
        Disk.makeDirectory(site.storage + "/store/unmerged/d")
        return try await site.swab([
          "delete", site.put("a"), "/store/unmerged/b", "/store/unmerged/d", "/etc/passwd", "--journal",
          site.path("j"), "--prune-empty-directories", "--report", "-",
        ]).output
      }
    ),
    (
      "report",
      { site in
        let server = try ScriptedServer { _ in .init(403) }
        return try await site.swab([
          "delete", "/store/unmerged/a", "--report", "-", "--retries", "0", "--override",
          "command=gfal2,lfn-prefix=http://127.0.0.1:\(server.port),phedex-node=T2_XX_Test",
        ]).output
      }
    ),
    // The example of the reference.
    ("job", { _ in Self.example }),
  ]

  private static var example: [UInt8] {
    let text = Disk.read(Repository.root + "/Documentation/Reference.md")
    let parts = text.split(separator: "```json\n").last?.split(separator: "```") ?? []
    return Array((parts.first ?? "").utf8)
  }

  @Test(arguments: documents.indices) func described(index: Int) async throws {
    let (name, print) = Self.documents[index]
    let document = try await print(Site())
    let problems = try await ReportSchema(of: name, printedBy: Repository.builtSwab).problems(in: document)
    #expect(problems.isEmpty, "\(name): \(problems)")
  }

  @Test func `every key of a job file is in its schema, and no other`() async throws {
    let schema = ReportSchema(of: "job", printedBy: Repository.builtSwab)
    let problems = try await schema.problems(
      in: Array(#"{"schema":"swab.job/1","options":{"retires":1},"more":1}"#.utf8))
    #expect(problems.count == 2, "\(problems)")
  }

  @Test func `report schema is the same as schema report`() async throws {
    let site = try Site()
    let (old, new) = (try await site.swab(["report", "schema"]), try await site.swab(["schema", "report"]))
    #expect(old.output == new.output && old.code == 0)
    #expect(try await site.swab(["schema", "nothing"]).code == 64)
  }
}
