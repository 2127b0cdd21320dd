import TestServers
import TestSupport
import Testing

import Glibc

extension WholeExecutable {
  /// Runs that are killed again and again and go on with their journal.
  @Suite(.serialized) struct ResumeTests {
    /// A backend, and how the test reaches its storage.
    struct Case: Sendable, CustomTestStringConvertible {
      let endpoint: StorageEndpoint
      let files: Int
      var testDescription: String { "\(endpoint.backend), \(files) files" }
    }

    static let cases = [
      Case(endpoint: .rm, files: 20_000), Case(endpoint: .webdavNginx, files: 3000),
      Case(endpoint: .xroot, files: 3000),
    ]

    @Test(arguments: cases)
    func `killed twenty times, every file is completed once and few are asked for twice`(_ row: Case)
      async throws
    {
      let run = try Run(row.endpoint, "killed-\(row.endpoint.backend)", files: row.files)
      let before = run.snapshot
      var kills = 0
      var size: Int64 = 0
      for _ in 0..<20 {
        // Slowly enough that each is killed before its end.
        let program = try run.start(["--max-rate", "\(row.files / 3)"])
        // A record has more than 80 bytes: twenty such steps are over before the list is.
        size += Int64(row.files * 80 / 21)
        while run.journalSize < size, Program.isRunning(program.pid) { usleep(1000) }
        program.send(SIGKILL)
        if try await program.finish().signal == SIGKILL { kills += 1 }
        size = max(size, run.journalSize)
      }
      let last = try await run.finish()
      last.expectDisk(before, run.snapshot)
      #expect(kills > 0 && last.result.code == 0)
      #expect(Set(last.report.files.map(\.lfn)) == Set(run.lfns))
      #expect(last.report.summary.deleted + last.report.summary.absent == run.lfns.count)
      // What was there and is known to be gone only by its absence was asked for twice: less than 1 % of 100,000.
      let again = last.report.files.filter { $0.confirmedBy != nil && before[$0.lfn] != nil }
      #expect(again.count <= 50 * kills, "\(again.count) in \(kills) kills")

      let once = try await run.finish()
      #expect(once.report.summary.attempts == last.report.summary.attempts)
      #expect(once.report.files.map(\.word).sorted() == last.report.files.map(\.word).sorted())
      #expect(once.result.code == 0)
    }

    @Test func `a checkpoint ends with 85, a stop without one with 75, and both are gone on with`()
      async throws
    {
      for (arguments, code) in [(["--checkpoint"], Int32(85)), ([], 75)] {
        let fake = try FakeTool("xrdfs", "open(here + '/started', 'w').write('x')\ntime.sleep(900)")
        let run = try Run(.xrdfs, "checkpoint-\(code)", files: 40)
        let program = try run.start(arguments, environment: fake.environment)
        try await program.wait(until: "the tool runs") { fake.left("started") == "x" }
        program.send(SIGTERM)
        let result = try await program.finish()
        #expect(result.code == code, "\(result.errors)")
        #expect(try await ReportSchema.job.problems(run.report) == [])
        let last = try await run.finish()
        #expect(last.result.code == 0 && last.report.summary.requested == 40)
      }
    }

    @Test func `the wrapper hands the checkpoint on, with the journal in the sandbox`() async throws {
      let fake = try FakeTool("xrdfs", "open(here + '/started', 'w').write('x')\ntime.sleep(900)")
      let run = try Run(.xrdfs, "wrapper", files: 20)
      symlink(SwabCommand.executable, run.directory.path + "/swab")
      let arguments = [Repository.root + "/Wrapper/swab-job.sh"] + run.arguments("journal", "report.json")
      var environment = fake.environment
      environment["SWAB_MIN_FAIL_SECONDS"] = "0"
      let program = try Program(
        "/bin/sh", arguments + ["--checkpoint"], environment: run.environment(environment),
        workingDirectory: run.directory.path)
      try await program.wait(until: "the tool runs") { fake.left("started") == "x" }
      program.send(SIGTERM)
      let result = try await program.finish()
      #expect(result.code == 85, "\(result.errors)")
      #expect(try await ReportSchema.job.problems(run.report) == [])
      #expect(Disk.read(run.report).contains(#""code":85"#))
      #expect(try await run.finish().result.code == 0)
    }

    @Test func `a long job stops for a checkpoint now and then, and its report covers all runs`() async throws
    {
      let run = try Run(.rm, "slices", files: 60)
      let before = run.snapshot
      let arguments = ["--checkpoint", "--checkpoint-every", "6", "--max-rate", "7"]
      var codes: [Int32?] = []
      repeat {
        codes.append(try await run.start(arguments).finish().code)
      } while codes.last == 85 && codes.count < 60
      #expect(codes.last == 0 && codes.count > 1, Comment(rawValue: "\(codes)"))
      let last = try await run.finish()
      last.expectDisk(before, run.snapshot)
      #expect(last.report.summary.deleted + last.report.summary.absent == 60)
    }

    @Test func `a job that gets nowhere twice does not come back`() async throws {
      let run = try Run(.xrdfs, "nowhere", files: 10)
      let fake = try FakeTool("xrdfs", "time.sleep(900)")
      for code in [Int32(85), 75, 75] {
        let program = try run.start(["--checkpoint", "--deadline", "5"], environment: fake.environment)
        #expect(try await program.finish().code == code)
      }
      #expect(try await run.finish(["--checkpoint"]).result.code == 0)
    }

    @Test func `a full disk under the journal ends the run, and what was done is not forgotten`() async throws
    {
      let run = try Run(.rm, "full", files: 4000)
      let before = run.snapshot
      let program = try Program(
        "/usr/bin/prlimit",
        ["--fsize=100000", SwabCommand.executable] + run.arguments("journal", "report.json")
          + ["--report-files", "none"],
        environment: run.environment(), workingDirectory: run.directory.path)
      let result = try await program.finish()
      #expect(result.code == 75, "\(result.errors)")
      let report = Disk.read(run.report)
      #expect(report.contains("the journal could not be written"))
      #expect(run.journalSize <= 100_000)
      let gone = run.lfns.filter { before[$0] != nil && !Disk.exists(run.data + $0) }.count
      #expect(gone > 0 && gone < 4000)
      #expect(report.contains("\"deleted\":\(gone),"), "\(report.prefix(1500))")
      let last = try await run.finish()
      last.expectDisk(before, run.snapshot)
      #expect(last.result.code == 0)
      // The announcements say which: nothing that this run deleted is called absent by the next one.
      #expect(last.report.files.allSatisfy { $0.outcome == "deleted" || before[$0.lfn] == nil })
    }

    @Test func `another list, another swab, a dry run`() async throws {
      let run = try Run(.rm, "other", files: 30)
      let dry = try await run.finish(["--dry-run"])
      #expect(dry.report.summary.notAttempted == 30 && run.journalSize == 0)
      _ = try await run.finish()
      let journal = Disk.bytes(run.directory.path + "/journal")

      Disk.write(run.directory.path + "/list", (run.lfns.dropLast()).map { $0 + "\n" }.joined())
      let other = try await run.start().finish()
      #expect(
        other.code == 65 && other.errors.contains("its list has 30 names, this one has 29"), "\(other.errors)"
      )
      #expect(Disk.bytes(run.directory.path + "/journal") == journal)

      let holder = try Program(
        "/usr/bin/flock", ["--exclusive", run.directory.path + "/journal", "sleep", "900"],
        environment: ["PATH": "/usr/bin:/bin"])
      Disk.write(run.directory.path + "/list", run.lfns.map { $0 + "\n" }.joined())
      try await holder.wait(until: "the journal is locked") {
        !Disk.names("/proc/\(holder.pid)/task").isEmpty
          && !Disk.read("/proc/\(holder.pid)/task/\(holder.pid)/children").isEmpty
      }
      let second = try await run.start().finish()
      #expect(
        second.code == 75 && second.errors.contains("another swab works with this journal"),
        "\(second.errors)")
      kill(-holder.pid, SIGKILL)
      _ = try await holder.finish()
    }
  }
}

/// A list, its storage, and the place of its journal.
private struct Run {
  let directory: TemporaryDirectory
  let lfns: [String]
  let data: String
  private let endpoint: StorageEndpoint
  private let site: SiteDirectory
  private let top: String

  var report: String { directory.path + "/report.json" }

  init(_ endpoint: StorageEndpoint, _ name: String, files: Int) throws {
    self.endpoint = endpoint
    directory = try TemporaryDirectory()
    site = try endpoint.site()
    let storage = try endpoint.storage()
    data = storage.data
    top = "/store/unmerged/\(name)"
    var lfns: [String] = []
    for index in 0..<files {
      lfns.append("\(top)/\(index / 500)/f\(index)")
      if index % 10 != 3 { Disk.makeFile(data + lfns[index], owner: storage.owner) }
    }
    self.lfns = lfns
    Disk.write(directory.path + "/list", lfns.map { $0 + "\n" }.joined())
  }

  var journalSize: Int64 {
    var status = stat()
    return lstat(directory.path + "/journal", &status) == 0 ? Int64(status.st_size) : 0
  }

  var snapshot: Snapshot { Snapshot(of: data) }

  func arguments(_ journal: String, _ report: String) -> [String] {
    ["delete", "--site-config", site.config, "--from", directory.path + "/list", "--journal", journal]
      + ["--report", report] + endpoint.arguments
  }

  func environment(_ further: [String: String] = [:]) -> [String: String] {
    ["PATH": "/usr/local/bin:/usr/bin:/bin"].merging(further) { _, new in new }
  }

  func start(_ further: [String] = [], environment: [String: String] = [:]) throws -> Program {
    try Program(
      SwabCommand.executable, arguments("journal", "report.json") + further,
      environment: self.environment(environment), workingDirectory: directory.path)
  }

  /// To its end, with everything checked that must be true of a run.
  func finish(_ further: [String] = []) async throws -> DeleteCall {
    try await DeleteCall(
      lfns.count, from: [directory.path + "/list"], site: site,
      ["--journal", directory.path + "/journal"] + endpoint.arguments + further)
  }
}
