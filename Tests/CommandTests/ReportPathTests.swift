import Testing
import TestSupport

import Glibc

@Suite("Where a report is written")
struct ReportPathTests {
  /// Places where no report can be; the exit code is 73 and nothing is deleted.
  @Test(
    arguments: ["nowhere/r.json", "data", "file/r.json", "read-only/r.json", "/dev/full", "/dev/full.gz"]
      // Nobody has opened these, or only for reading; the process itself opens some of them.
      + (3...15).map { "/dev/fd/\($0)" } + ["/proc/self/fd/40", "/dev/stdin"])
  func unwritable(position: String) async throws {
    let site = try Site()
    let victim = site.put("victim.root")
    site.write("file", "x")
    Disk.makeDirectory(site.path("read-only"))
    chmod(site.path("read-only"), 0o555)
    chmod(site.storage + "/store/unmerged", 0o777)
    let path = position.hasPrefix("/") ? position : site.path(position)
    let result = try await site.swab(["delete", victim, "--report", path], user: nobody)
    #expect(result.code == 73, "\(result.errors)")
    #expect(
      result.errorLines.count == 1 && result.errors.contains("report can't be written"), "\(result.errors)")
    #expect(site.has(victim))
  }

  @Test func gzippedByItsName() async throws {
    let site = try Site()
    let victim = site.put("victim.root")
    let report = site.path("r.json.gz")
    #expect(try await site.swab(["delete", victim, "--report", report]).code == 0)
    #expect(Disk.bytes(report).starts(with: [0x1f, 0x8b]))
    #expect(try Report(report).lfns("deleted") == [victim])
  }

  /// A link stays one, an older report is replaced, and nothing else is left in the directory.
  @Test func replacesWhatIsThere() async throws {
    let site = try Site()
    Disk.makeDirectory(site.path("reports"))
    site.write("reports/real.json", "an older one")
    symlink("real.json", site.path("reports/link.json"))
    let victim = site.put("victim.root")
    #expect(try await site.swab(["delete", victim, "--report", site.path("reports/link.json")]).code == 0)
    #expect(try Report(site.path("reports/real.json")).status == "complete")
    #expect(Disk.names(site.path("reports")) == ["link.json", "real.json"])
  }

  /// One document, whole: a reader of a pipe can't know that another one follows.
  @Test func intoAPipe() async throws {
    let site = try Site()
    let victim = site.put("victim.root")
    let pipe = site.path("pipe")
    mkfifo(pipe, 0o644)
    let reader = try Program("/bin/cat", [pipe])
    let result = try await site.start(["delete", victim, "--report", pipe, "-q"]).finish()
    #expect(result.code == 0, "\(result.errors)")
    site.write("copy.json", bytes: try await reader.finish().output)
    #expect(try Report(site.path("copy.json")).lfns("deleted") == [victim])
    #expect(!site.has(victim))
  }

  @Test func intoADevice() async throws {
    let site = try Site()
    chmod(site.storage + "/store/unmerged", 0o777)
    let victim = site.put("victim.root")
    let result = try await site.swab(["delete", victim, "--report", "/dev/null"], user: nobody)
    #expect(result.code == 0, "\(result.errors)")
    #expect(!site.has(victim))
  }

  /// `-` and all the other names of standard output: the report alone is there, behind what was there before, and the
  /// summary is on standard error.
  @Test(arguments: ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link", "link-to-link"])
  func ontoStandardOutput(name: String) async throws {
    let site = try Site()
    chmod(site.root, 0o777)
    chmod(site.storage + "/store/unmerged", 0o777)
    let victim = site.put("victim.root")
    symlink("/proc/self/fd/1", site.path("link"))
    symlink("link", site.path("link-to-link"))
    let output = site.write("output", "before\n")
    chmod(output, 0o666)
    let result = try await Program(
      "/bin/sh",
      ["-c", #"exec "$0" delete "$1" --report "$2" >>output"#, Repository.builtSwab, victim, name],
      // Not by root, who could replace what is in /dev.
      environment: site.environment, user: nobody, workingDirectory: site.root
    ).finish()
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.errors.contains("1 deleted"), "\(result.errors)")
    #expect(Disk.read(output).hasPrefix("before\n{"))
    site.write("copy.json", String(Disk.read(output).dropFirst(7)))
    #expect(try Report(site.path("copy.json")).lfns("deleted") == [victim])
    var status = stat()
    #expect(lstat(site.path("link"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(!Disk.exists(site.path("-")))
  }

  /// A link that leads nowhere yet is still no place for a file of its own.
  @Test func aDanglingLink() async throws {
    let site = try Site()
    symlink("target.json", site.path("link.json"))
    let result = try await site.swab(["delete", site.put("a"), "--report", site.path("link.json")])
    #expect(result.code == 0, "\(result.errors)")
    #expect(try Report(site.path("target.json")).status == "complete")
    var status = stat()
    #expect(lstat(site.path("link.json"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
  }

  /// A pipe that nobody reads from is waited for, and nothing is deleted meanwhile; a signal and the deadline end that.
  @Test(arguments: [false, true]) func aPipeWithoutAReader(bySignal: Bool) async throws {
    let site = try Site()
    let victim = site.put("victim.root")
    mkfifo(site.path("pipe"), 0o644)
    let program = try site.start(
      ["delete", victim, "--report", site.path("pipe")] + (bySignal ? [] : ["--deadline", "1"]))
    if bySignal {
      // From when on it hears the signal.
      try await program.wait(until: "it listens to signals") {
        let line = Disk.read("/proc/\(program.pid)/status").split(separator: "\n").first {
          $0.hasPrefix("SigCgt:")
        }
        let caught = line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
        return caught & 1 << UInt64(SIGTERM - 1) != 0
      }
      program.send(SIGTERM)
    }
    let result = try await program.finish()
    #expect(result.code == 75 && result.errorLines.count == 1, "\(result.errors)")
    #expect(site.has(victim))
  }

  /// What a report must never take the place of.
  @Test func neverReplaced() async throws {
    let site = try Site()
    let victim = site.put("victim.root")
    for position in [site.storage, site.path("socket")] {
      if position.hasSuffix("socket") {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: position.utf8) }
        _ = withUnsafePointer(to: &address) {
          $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
          }
        }
      }
      let result = try await site.swab(["delete", victim, "--report", position])
      #expect(result.code == 73 && result.errorLines.count == 1, "\(result.errors)")
      #expect(site.has(victim))
    }
  }

  /// A report that takes the place of what the run reads would destroy it.
  @Test(arguments: ["--from", "--protected", "--job", "--site-config"])
  func overAnInput(option: String) async throws {
    let site = try Site()
    let victim = site.put("victim.root")
    let list = site.write("list", "/store/unmerged/other\n")
    let job = site.write("job.json", #"{"schema":"swab.job/1","lists":["list"]}"#)
    let inputs = [
      "--from": list, "--protected": list, "--job": job,
      "--site-config": site.siteconf + "/JobConfig/site-local-config.xml",
    ]
    let input = try #require(inputs[option])
    let before = Disk.read(input)
    symlink(input, site.path("same"))
    for report in [input, site.path("same")] {
      let result = try await site.swab(["delete", victim, option, input, "--report", report])
      #expect(result.code == 64, "\(result.errors)")
      #expect(result.errors.contains("would be overwritten"), "\(result.errors)")
      #expect(Disk.read(input) == before)
      #expect(site.has(victim))
    }
  }
}
