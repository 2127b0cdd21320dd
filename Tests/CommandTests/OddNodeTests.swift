import FoundationEssentials
import TestSupport
import Testing

import Glibc

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
    let site = try Site(endpoints: [("xrdcp", "root://127.0.0.1:1/")])
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
    let site = try Site(endpoints: [("cp", "/tmp/swab-no-such-directory")])
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
    let site = try Site(endpoints: [("xrdcp", "root://127.0.0.1:1/")])
    site.install("xrdfs", "#!/nowhere/interpreter\n")
    let report = site.path("r.json")
    let result = try await site.swab([
      "delete", "/store/unmerged/a", "--backend", "xrdfs", "--report", report,
    ])
    #expect(result.code == 1, "\(result.errors)")
    let file = try Report(report).files.first
    #expect(file?.outcome == "failed" && file?.attempts == 1 && file?.error?.class == "fatal")
    #expect(file?.error?.message.contains("xrdfs") == true, "\(file?.error?.message ?? "")")
    #expect(file?.error?.message.contains("the interpreter that its first line names") == true)
  }

  /// Runs a program where clone3(2) answers EPERM, as under the seccomp profiles of old container engines.
  private static let withoutClone3 = """
    import ctypes, os, struct, sys
    # Of linux/filter.h: load the number of the system call; clone3 (435): EPERM; anything else: allowed.
    steps = [(0x20, 0, 0, 0), (0x15, 0, 1, 435), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 4, ctypes.addressof(code)))
    libc = ctypes.CDLL(None)
    assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program) == 0
    os.execv(sys.argv[1], sys.argv[1:])
    """

  /// Where no thread can be had the run ends at once, and says so.
  @Test(arguments: ["clone3", "tasks", "memory"]) func noThreads(what: String) async throws {
    let site = try Site()
    let victim = site.put("a.root")
    chmod(site.root, 0o777)
    let report = site.path("r.json")
    let text = [Repository.builtSwab, "delete", victim, "--deadline", "600", "--report", report, "-q"]
    let result =
      switch what {
      case "clone3":
        try await Program(
          "/usr/bin/python3", ["-c", Self.withoutClone3] + text, environment: site.environment
        ).finish()
      case "tasks":
        try await Program(
          "/usr/bin/prlimit", ["--nproc=3"] + text, environment: site.environment, user: nobody
        ).finish()
      default:
        // Stacks of more than there is.
        try await Program(
          "/usr/bin/prlimit", ["--stack=4000000000", "--as=8000000000"] + text, environment: site.environment
        ).finish()
      }
    #expect(result.code == 70, "\(String(describing: result.signal)) \(result.errors)")
    #expect(
      result.errorLines.count == 1 && result.errors.contains("threads that it needs"), "\(result.errors)")
    #expect(try Report(report).exit.code == 70)
    #expect(site.has(victim))
  }

  /// Threads that were to be had a moment ago and are not any more: the run ends all the same, by a signal that needs
  /// none.
  @Test(arguments: [0, 1]) func noThreadsAnyMore(left: Int) async throws {
    let site = try Site()
    let victim = site.put("a.root")
    let source = site.write(
      "few.c",
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <errno.h>
      #include <pthread.h>
      #include <stdlib.h>
      static int calls;
      int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*what)(void *), void *with) {
        int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
        if (__sync_add_and_fetch(&calls, 1) > atoi(getenv("THREADS"))) return EAGAIN;
        return real(thread, how, what, with);
      }
      """)
    let library = site.path("few.so")
    let compiled = try await Program(
      "/usr/bin/cc", ["-shared", "-fPIC", "-o", library, source], environment: ["PATH": "/usr/bin:/bin"]
    ).finish()
    #expect(compiled.code == 0, "\(compiled.errors)")
    let tried = min(ProcessInfo.processInfo.activeProcessorCount, 16) + 4
    let report = site.path("r.json")
    let result = try await site.swab(
      ["delete", victim, "--deadline", "1", "--report", report, "-q"],
      environment: ["LD_PRELOAD": library, "THREADS": "\(tried + left)"])
    #expect(result.code == 70, "\(String(describing: result.signal)) \(result.errors)")
    #expect(result.errorLines.count == 1, "\(result.errors)")
    #expect(try Report(report).exit.code == 70)
    #expect(site.has(victim))
  }

  /// Where the journal can't be begun the report is the last word, and says why.
  @Test func noSpaceForAJournal() async throws {
    let site = try Site()
    let victim = site.put("a.root")
    chmod(site.root, 0o777)
    Disk.makeDirectory(site.path("read-only"))
    chmod(site.path("read-only"), 0o555)
    let report = site.path("r.json")
    let result = try await site.swab(
      ["delete", victim, "--report", report, "--journal", site.path("read-only/j")], user: nobody)
    #expect(result.code == 73 && result.errorLines.count == 1, "\(result.errors)")
    let exit = try Report(report).exit
    #expect(exit.code == 73 && exit.reason.contains("read-only/j"), "\(exit.reason)")
    #expect(site.has(victim))
  }

  /// A tool that prints garbage, or nothing, and says that all is well.
  @Test(arguments: ["exit 0", "echo deleted; exit 0", "head -c 20000000 /dev/zero; exit 0", "kill -9 $$"])
  func aToolThatLies(script: String) async throws {
    let site = try Site(endpoints: [("xrdcp", "root://127.0.0.1:1/")])
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
