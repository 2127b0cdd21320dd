import FoundationEssentials
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The one worker node that is not like the others.
@Suite("Odd worker nodes")
struct OddNodeTests {
  /// Beyond a limit on the size of files, the default is that the kernel kills the process.
  @Test func aLimitOnFileSizes() async throws {
    let site = try Site()
    let lfns = (0..<400).map { site.put("d/\($0).root") }
    let list = site.write("list", lfns.joined(separator: "\n"))
    let report = site.path("r.json")
    let result = try await Program(
      "/usr/bin/prlimit",
      ["--fsize=12000", Repository.builtSwab, "delete", "--from", list, "--report", report],
      environment: site.environment
    ).finish()
    #expect(result.code == 73, "\(String(describing: result.signal)) \(result.errors)")
    #expect(result.errorLines.count == 1 && result.errors.contains("File too large"), "\(result.errors)")
    _ = try Report(report)
  }

  /// `nohup swab … &`, and then the operator goes home.
  @Test(arguments: ["HUP", "INT"]) func ignoredSignals(name: String) async throws {
    let site = try Site(doors: [("xrdcp", "root://127.0.0.1:1/")])
    site.install(
      "xrdfs",
      """
      #!/bin/sh
      : >\(site.path("started"))
      until [ -e \(site.path("go")) ]; do sleep 0.1; done
      echo '[ERROR] Operation expired' >&2
      exit 51
      """)
    let report = site.path("r.json")
    let program = try Program(
      "/usr/bin/env",
      [
        "--ignore-signal=\(name)", Repository.builtSwab, "delete", "/store/unmerged/a", "--report", report,
        "--backend", "xrdfs", "--timeout", "3600", "--retries", "0",
      ], environment: site.environment)
    try await program.wait(until: "the tool runs") { Disk.exists(site.path("started")) }
    program.send(name == "HUP" ? SIGHUP : SIGINT)
    site.write("go", "")
    let result = try await program.finish()
    #expect(result.code == 69, "\(result.errors)")
    #expect(try Report(report).summary.failed == 1)
  }

  /// The storage is often a link to where it really is.
  @Test func aStorageBehindALink() async throws {
    let site = try Site(doors: [("cp", "/tmp/swab-no-such-folder")])
    symlink(site.storage, site.path("mounted"))
    let victim = site.put("d/a.root")
    let override = "command=cp,lfn-prefix=\(site.path("mounted")),phedex-node=T2_XX_Test"
    #expect(try await site.swab(["delete", victim, "--override", override]).code == 0)
    #expect(!site.has(victim))
  }

  @Test func fewDescriptors() async throws {
    let site = try Site()
    let lfns = (0..<40).map { site.put("d\($0)/a.root") }
    let result = try await Program(
      "/usr/bin/prlimit", ["--nofile=64", Repository.builtSwab, "delete"] + lfns,
      environment: site.environment
    ).finish()
    #expect(result.code == 0, "\(result.errors)")
    #expect(lfns.allSatisfy { !site.has($0) })
  }

  @Test func nothingButTheSite() async throws {
    let site = try Site()
    let victim = site.put("a.root")
    let report = site.path("r.json")
    let result = try await Program(
      Repository.builtSwab, ["delete", "--from", "-", "--report", report],
      environment: ["SITECONFIG_PATH": site.siteconf], input: .bytes(Array(victim.utf8))
    ).finish()
    #expect(result.code == 0, "\(result.errors)")
    _ = try Report(report)
  }

  @Test func noRoomForTheCopyOfAList() async throws {
    let site = try Site()
    let victim = site.put("a.root")
    let result = try await site.swab(
      ["delete", "--from", "-"], environment: ["TMPDIR": site.path("nowhere")],
      input: .bytes(Array(victim.utf8)))
    #expect(result.code == 66 && result.errorLines.count == 1, "\(result.errors)")
    #expect(result.errors.contains("temporary copy of standard input"), "\(result.errors)")
    #expect(site.has(victim))
  }

  /// Without the tool, nothing works; and it is said which one is missing.
  @Test func aMissingTool() async throws {
    let site = try Site(doors: [("xrdcp", "root://127.0.0.1:1/")])
    site.install("xrdfs", "#!/nowhere/interpreter\n")
    let report = site.path("r.json")
    let result = try await site.swab([
      "delete", "/store/unmerged/a", "--backend", "xrdfs", "--report", report,
    ])
    #expect(result.code == 1, "\(result.errors)")
    let file = try Report(report).files.first
    #expect(file?.outcome == "failed" && file?.attempts == 1 && file?.error?.class == "fatal")
    #expect(file?.error?.message.contains("xrdfs") == true, "\(file?.error?.message ?? "")")
  }

  /// A tool that prints garbage, or nothing, and says that all is well.
  @Test(arguments: ["exit 0", "echo deleted; exit 0", "head -c 20000000 /dev/zero; exit 0", "kill -9 $$"])
  func aToolThatLies(script: String) async throws {
    let site = try Site(doors: [("xrdcp", "root://127.0.0.1:1/")])
    site.install("xrdfs", "#!/bin/sh\n\(script)\n")
    let report = site.path("r.json")
    let result = try await site.swab([
      "delete", "/store/unmerged/a", "/store/unmerged/b", "--backend", "xrdfs", "--report", report,
      "--retries", "0",
    ])
    #expect(result.code == 1, "\(result.errors)")
    #expect(try Report(report).summary.failed == 2)
  }
}
