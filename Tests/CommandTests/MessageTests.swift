import Glibc
import TestServers
import TestSupport
import Testing

/// Every error class and kind of end: what a person reads of it names what to change.
@Suite("Messages name what to change")
struct MessageTests {
  /// A command at a site, and what is read of it.
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: Int32
    /// The class in the summary, with the count behind it; nil where there is no summary.
    let kind: String?
    let says: [String]
    let run: @Sendable () async throws -> Program.Result

    init(
      _ name: String, _ code: Int32, _ kind: String?, _ says: [String],
      _ run: @escaping @Sendable () async throws -> Program.Result
    ) {
      testDescription = name
      (self.code, self.kind, self.says, self.run) = (code, kind, says, run)
    }
  }

  private static let once = ["--retries", "0", "--retry-pause", "0"]

  /// One file at an HTTP server that answers every request alike.
  private static func http(
    _ status: Int, _ body: String = "", _ further: [String] = []
  ) async throws -> Program.Result {
    let server = try ScriptedServer { _ in .init(status, body: body) }
    let site = try Site(endpoints: [("gfal2", "http://127.0.0.1:\(server.port)")])
    return try await site.swab(["delete", "/store/unmerged/a"] + once + further)
  }

  /// One file, with a `gfal-rm` of our own.
  private static func gfal(_ script: String) async throws -> Program.Result {
    let site = try Site(endpoints: [("gfal2", "srm://127.0.0.1:1/srm?SFN=")])
    site.install("gfal-rm", script)
    return try await site.swab(["delete", "/store/unmerged/a"] + once)
  }

  static let classes: [Row] = [
    Row(
      "forbidden, and no credential", 77, "auth 1",
      [
        "HTTP 403: forbidden",
        "no credential was found: BEARER_TOKEN (not set), BEARER_TOKEN_FILE (not set), /tmp/bt_u",
        "X509_USER_PROXY (not set)", ": no credential\n", "exit      77: not permitted, such as: not sent: ",
      ]
    ) { try await http(403) },
    Row(
      "an authority that is not known", 77, "auth 1",
      ["is not trusted", "the authorities in /nowhere (X509_CERT_DIR)"]
    ) {
      let directory = try TemporaryDirectory()
      let server = try HTTPSFileServer(directory.path)
      let site = try Site(endpoints: [("gfal2", server.base.replacing("https", with: "davs"))])
      return try await site.swab(
        ["delete", "/store/unmerged/a"] + once, environment: ["X509_CERT_DIR": "/nowhere"])
    },
    Row(
      "a directory of another user", 77, "auth 1",
      ["unlink: Permission denied: this process has the uid ", "has the owner "]
    ) {
      let site = try Site()
      let lfn = site.put("d/a.root")
      chmod(site.storage + "/store/unmerged/d", 0o555)
      chmod(site.root, 0o777)
      defer { chmod(site.storage + "/store/unmerged/d", 0o755) }
      return try await site.swab(["delete", lfn] + once, user: nobody)
    },
    Row("an overloaded server", 75, "overload 1", ["HTTP 503 Too Busy front/1.0\n"]) {
      try await http(
        503, "<title>503 Too Busy</title><h1>503 Too Busy</h1><hr>front/1.0", ["--deadline", "3"])
    },
    Row("a server error", 1, "transient 1", ["HTTP 500: server error"]) { try await http(500) },
    Row(
      "a storage that is not mounted", 69, "transient 1",
      ["/nowhere: the storage root does not exist here; mount it, or correct the prefix"]
    ) {
      try await Site(endpoints: [("cp", "/nowhere")]).swab(["delete", "/store/unmerged/a"] + once)
    },
    Row("no WebDAV", 69, "endpoint 1", ["(HTTP 200 to PROPFIND); see --no-look"]) {
      try await http(200, "<p>Welcome</p>")
    },
    Row("a directory", 1, "permanent 1", ["/store/unmerged/d: unlink: Is a directory (EISDIR)"]) {
      let site = try Site()
      Disk.makeDirectory(site.storage + "/store/unmerged/d")
      return try await site.swab(["delete", "/store/unmerged/d"])
    },
    Row(
      "a tool without its interpreter", 1, "fatal 1",
      ["/tools/gfal-rm is there, and the interpreter that its first line names is not"]
    ) {
      try await gfal("#!/usr/bin/no-python\n")
    },
    Row("no plugin", 1, "fatal 1", ["gfal2 has no plugin for srm: here; install gfal2-plugin-srm"]) {
      try await gfal(
        """
        #!/bin/sh
        echo 'gfal-rm error: 93 (Protocol not supported) - Protocol not supported or path/url invalid: srm://h/f' >&2
        exit 93

        """)
    },
    Row("a tool that says nothing", 1, "unknown 1", ["gfal-rm gave no result for the file: who knows"]) {
      try await gfal("#!/bin/sh\necho who knows >&2\nexit 3\n")
    },
    Row("the line ends of DOS", 1, "refused 1", ["carriage return", "dos2unix", "(controlCharacter)"]) {
      let site = try Site()
      return try await site.swab(["delete", "--from", site.write("list", "/store/unmerged/a\r\n")])
    },
    Row("a blank before the name", 1, "refused 1", ["\" /store/unmerged/a\" has a blank or a tab before it"])
    {
      let site = try Site()
      return try await site.swab(["delete", "--from", site.write("list", " /store/unmerged/a\n")])
    },
    Row(
      "several reasons of one class", 1, "permanent 3",
      ["Is a directory (EISDIR)\n", "          and /store/unmerged/f/a: ", "(ENOTDIR)\n"]
    ) {
      let site = try Site()
      for name in ["d", "e"] { Disk.makeDirectory(site.storage + "/store/unmerged/" + name) }
      return try await site.swab(["delete", "/store/unmerged/d", "/store/unmerged/e", site.put("f") + "/a"])
    },
    Row(
      "a wrong prefix", 76, nil,
      ["a wrong prefix or a missing mount", "look at the prefix in the site's catalog"]
    ) {
      let site = try Site()
      _ = site.put("else.root")
      return try await site.swab(["delete"] + (0..<30).map { "/store/unmerged/\($0).root" })
    },
    Row("a deadline", 75, nil, ["the deadline", "not attempted"]) {
      let site = try Site(endpoints: [("xrdcp", "root://127.0.0.1:1/")])
      site.install("xrdfs", "#!/bin/sh\nexec sleep 600\n")
      return try await site.swab(["delete", "/store/unmerged/a", "--backend", "xrdfs", "--deadline", "2"])
    },
  ]

  static let ends: [Row] = [
    Row("a negative number", 64, nil, ["--retries goes from 0 to 1000.", "Usage: swab delete"]) {
      try await Site().swab(["delete", "/store/unmerged/a", "--retries", "-1"])
    },
    Row("nothing to delete", 64, nil, ["Name at least one LFN", "Usage: swab delete"]) {
      try await Site().swab(["delete"])
    },
    Row("a list without --from", 64, nil, ["is a file here and not an LFN; name a list with --from list"]) {
      let site = try Site()
      site.write("list", "/store/unmerged/a\n")
      return try await site.swab(["delete", "list"])
    },
    Row(
      "a report of a later version", 65, nil,
      ["its schema is \"swab.job-report/9\"; this version reads \"swab.job-report/1\""]
    ) {
      let site = try Site()
      return try await site.swab([
        "report", "summary", site.write("r.json", #"{"schema":"swab.job-report/9"}"#),
      ])
    },
    Row("a list that is not there", 66, nil, ["/nowhere: cannot be read: No such file or directory"]) {
      try await Site().swab(["delete", "--from", "/nowhere"])
    },
    Row("no room for the report", 73, nil, ["/nowhere/r.json", "No such file or directory"]) {
      try await Site().swab(["delete", "/store/unmerged/a", "--report", "/nowhere/r.json"])
    },
    Row("no threads", 70, nil, ["look at the limits on processes, tasks and memory (ulimit -u"]) {
      let site = try Site()
      chmod(site.root, 0o777)
      return try await Program(
        "/usr/bin/prlimit", ["--nproc=3", Repository.builtSwab, "delete", "/store/unmerged/a"],
        environment: site.environment, user: nobody
      ).finish()
    },
    Row(
      "no site configuration", 78, nil, ["set $SITECONFIG_PATH to the site's directory or give --site-config"]
    ) {
      try await Site().swab(["delete", "/store/unmerged/a"], environment: ["SITECONFIG_PATH": "/nowhere"])
    },
    Row("another RSE", 78, nil, ["the site has no RSE T2_XX_Tset; it has T2_XX_Test"]) {
      try await Site().swab(["delete", "/store/unmerged/a", "--rse", "T2_XX_Tset"])
    },
  ]

  @Test(arguments: classes + ends) func message(row: Row) async throws {
    let result = try await row.run()
    let text = result.text + result.errors
    #expect(result.code == row.code, "\(text)")
    if let kind = row.kind {
      let words = kind.split(separator: " ").map(String.init)
      #expect(
        text.contains(
          "\n" + words[0] + String(repeating: " ", count: 10 - words[0].count) + words[1] + ", such as "),
        "\(text)")
    }
    for part in row.says { #expect(text.contains(part), "\(part): \(text)") }
  }

  /// `absent` is no error, and `stopped` is what the deadline's row comes to.
  @Test func `every class of the schema has a row`() async throws {
    let schema = try await Site().swab(["schema", "report"]).text
    let start = try #require(
      schema.firstRange(of: "\"class\":{\"description\":\"A class of error.\",\"enum\":["))
    let list = schema[start.upperBound...].prefix { $0 != "]" }
    let classes = list.split(separator: ",").map { String($0.dropFirst().dropLast()) }
    let rows = Self.classes.compactMap { $0.kind?.split(separator: " ").first.map(String.init) }
    #expect(classes.count > 10)
    #expect(Set(classes) == Set(rows + ["absent", "stopped", "suspect"]))
  }

  @Test func `a site's directory is as good as its configuration file`() async throws {
    let site = try Site()
    for path in [site.siteconf, site.siteconf + "/JobConfig"] {
      let result = try await site.swab(
        ["resolve", "/store/unmerged/a", "--site-config", path], environment: ["SITECONFIG_PATH": nil])
      #expect(
        result.code == 0 && result.text.contains(site.storage + "/store/unmerged/a"), "\(result.errors)")
    }
  }
}
