import Testing
import TestServers
import TestSupport

import Glibc

/// One way at least to each exit code.
@Suite("Exit codes")
struct ExitCodeTests {
  /// A way to get there; gives the exit code and the path of the report.
  struct Way: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: Int32
    let wmcore: Int?
    let go: @Sendable (_ report: String) async throws -> Program.Result

    init(
      _ name: String, _ code: Int32, wmcore: Int?,
      _ go: @escaping @Sendable (String) async throws -> Program.Result
    ) {
      testDescription = name
      self.code = code
      self.wmcore = wmcore
      self.go = go
    }
  }

  static let ways: [Way] = [
    Way("everything deleted or absent", 0, wmcore: 0) { report in
      let site = try Site()
      return try await site.swab([
        "delete", site.put("a.root"), "/store/unmerged/absent.root", "--report", report,
      ])
    },
    Way("one refused", 1, wmcore: 0) { report in
      let site = try Site()
      return try await site.swab(["delete", site.put("a.root"), "/etc/passwd", "--report", report])
    },
    Way("a directory", 1, wmcore: 60313) { report in
      let site = try Site()
      Disk.makeDirectory(site.storage + "/store/unmerged/d")
      return try await site.swab(["delete", "/store/unmerged/d", "--report", report])
    },
    Way("a wrong option", 64, wmcore: nil) { _ in try await Site().swab(["delete", "--magic"]) },
    Way("an empty list", 65, wmcore: 99109) { report in
      try await Site().swab(["delete", "--from", "/dev/null", "--report", report])
    },
    Way("no list", 66, wmcore: 99109) { report in
      try await Site().swab(["delete", "--from", "/nowhere", "--report", report])
    },
    Way("nobody at the door", 69, wmcore: 60321) { report in
      let site = try Site(endpoints: [("xrdcp", "root://127.0.0.1:\(Loopback.freePort())/")])
      return try await site.swab([
        "delete", "/store/unmerged/a", "/store/unmerged/b", "--retries", "0", "--timeout", "200", "--report",
        report,
      ])
    },
    Way("no directory for the report", 73, wmcore: nil) { _ in
      try await Site().swab(["delete", "/store/unmerged/a", "--report", "/nowhere/r.json"])
    },
    Way("the deadline, with a tool that hangs", 75, wmcore: 60403) { report in
      let site = try Site(endpoints: [("xrdcp", "root://127.0.0.1:1/")])
      site.install("xrdfs", "#!/bin/sh\nexec sleep 600\n")
      let list = site.write("list", (0..<2500).map { "/store/unmerged/\($0)\n" }.joined())
      return try await site.swab([
        "delete", "--from", list, "--backend", "xrdfs", "--deadline", "5", "--report", report,
      ])
    },
    Way("the deadline, with one file", 75, wmcore: 60403) { report in
      let site = try Site(endpoints: [("xrdcp", "root://127.0.0.1:1/")])
      site.install("xrdfs", "#!/bin/sh\nexec sleep 600\n")
      return try await site.swab([
        "delete", "/store/unmerged/a", "--backend", "xrdfs", "--deadline", "5", "--report", report,
      ])
    },
    Way("no time for another attempt", 75, wmcore: 60403) { report in
      let site = try Site(endpoints: [("xrdcp", "root://127.0.0.1:\(Loopback.freePort())/")])
      return try await site.swab([
        "delete", "/store/unmerged/a", "--retry-pause", "1000", "--deadline", "60", "--report", report,
      ])
    },
    Way("a signal", 75, wmcore: 60403) { report in
      let site = try Site(endpoints: [("xrdcp", "root://127.0.0.1:1/")])
      site.install("xrdfs", "#!/bin/sh\n: >\(site.path("started"))\nexec sleep 600\n")
      // A machine with much to do may take longer to send the signal than a file has by default.
      let program = try site.start([
        "delete", "/store/unmerged/a", "--backend", "xrdfs", "--timeout", "3600", "--report", report,
      ])
      try await program.wait(until: "the tool runs") { Disk.exists(site.path("started")) }
      program.send(SIGTERM)
      return try await program.finish()
    },
    Way("no permission for anything", 77, wmcore: 60322) { report in
      let site = try Site()
      let lfns = [site.put("d/a.root"), site.put("d/b.root")]
      chmod(site.storage + "/store/unmerged/d", 0o555)
      chmod(site.root, 0o777)
      let result = try await site.swab(["delete", "--report", site.path("own.json")] + lfns, user: nobody)
      Disk.write(report, bytes: Disk.bytes(site.path("own.json")))
      #expect(lfns.allSatisfy(site.has))
      chmod(site.storage + "/store/unmerged/d", 0o755)
      return result
    },
    Way("no threads", 70, wmcore: 99109) { report in
      let site = try Site()
      chmod(site.root, 0o777)
      let result = try await Program(
        "/usr/bin/prlimit",
        [
          "--nproc=3", Repository.builtSwab, "delete", site.put("a.root"), "--report", site.path("own.json"),
        ],
        environment: site.environment, user: nobody
      ).finish()
      Disk.write(report, bytes: Disk.bytes(site.path("own.json")))
      return result
    },
    Way("nothing there", 76, wmcore: 60321) { report in
      let site = try Site()
      site.put("other.root")
      return try await site.swab(
        ["delete", "--report", report] + (0..<20).map { "/store/unmerged/\($0)" })
    },
    Way("a checkpoint", 85, wmcore: 60403) { report in
      let site = try Site(endpoints: [("xrdcp", "root://127.0.0.1:1/")])
      site.install("xrdfs", "#!/bin/sh\nexec sleep 600\n")
      return try await site.swab([
        "delete", "/store/unmerged/a", "--backend", "xrdfs", "--deadline", "2", "--checkpoint", "--journal",
        site.path("j"), "--report", report,
      ])
    },
    Way("no site configuration", 78, wmcore: 60315) { report in
      try await Site().swab(
        ["delete", "/store/unmerged/a", "--report", report], environment: ["SITECONFIG_PATH": "/nowhere"])
    },
  ]

  @Test(arguments: ways) func code(way: Way) async throws {
    let directory = try TemporaryDirectory()
    let report = directory.path + "/r.json"
    let result = try await way.go(report)
    #expect(result.code == way.code, "\(result.errors)")
    guard let wmcore = way.wmcore else { return #expect(!Disk.exists(report)) }
    let written = try Report(report)
    #expect(written.exit.code == way.code)
    #expect(written.exit.wmcoreExitCode == wmcore, "\(written.exit.reason)")
    // A run that began has a whole report, however it ended.
    let began = written.summary.requested > 0
    #expect(written.status == (began ? "complete" : "incomplete"))
  }

  @Test func `there is a way to each code that --help names`() async throws {
    let help = try await Site().swab(["--help"]).text
    let lines = help.split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace) }
    let codes = Set(lines.compactMap { $0.first.flatMap { Int32($0) } })
    #expect(codes.count == 13 && codes == Set(Self.ways.map(\.code)))
  }
}
