import TestSupport
import Testing

import Glibc

extension WholeExecutable {
  /// Whatever a tool does, the five counts add up and the disk agrees with every outcome.
  @Suite(.serialized) struct BrokenToolTests {
    /// A storage door and the tool that it needs.
    struct Case: Sendable, CustomTestStringConvertible {
      let tool: String
      let endpoint: StorageEndpoint
      var testDescription: String { tool }
    }

    static let tools = [Case(tool: "xrdfs", endpoint: .xrdfs), Case(tool: "gfal-rm", endpoint: .gfalHTTP)]

    /// Tools that delete nothing, whatever they say: for both, in Python.
    enum Useless: String, CaseIterable {
      case silent = "sys.exit(0)"
      case failing = "sys.exit(1)"
      case garbage = """
        sys.stdout.buffer.write(os.urandom(20000)); sys.stderr.buffer.write(os.urandom(20000))
        sys.stdout.buffer.write(b"\\n\\n : [SUCCESS]\\nrm  : [SUCCESS] \\n\\tDELETED\\nrm : [\\n\\xff\\tDELETED\\n")
        """
      case killed = "os.kill(os.getpid(), signal.SIGKILL)"
      case crashed = "os.kill(os.getpid(), signal.SIGSEGV)"
      case endless = "os.execv('/usr/bin/yes', ['yes', 'rm : [SUCCESS] '])"
      case badInterpreter = "#!/nowhere/python"
      case noProgram = "#!"
      case missingLibrary = """
        sys.stderr.write("error while loading shared libraries: libXrdCl.so.3: cannot open shared object file\\n")
        sys.exit(127)
        """
      /// Says that it was done, or that there is no such file, for names that nobody asked for.
      case otherNames = """
        names = open(a[a.index("--from-file") + 1]).read().splitlines() if "--from-file" in a else a[2:]
        for name in names:
          for other in [name[:-1], name + "x", name + " ", " " + name, name.rsplit("/", 1)[0], "/store/unmerged/x",
                        name.rsplit("/", 1)[1], name.upper(), ""]:
            print("rm " + other + " : [SUCCESS] ")
            print("rm " + other + " : [ERROR] Error response: no such file or directory")
            print(other + "\\tDELETED")
            print(other + "\\tMISSING")
        sys.exit(0)
        """
    }

    @Test(arguments: tools, Useless.allCases) func `a tool that does nothing deletes nothing`(
      _ tool: Case, _ useless: Useless
    ) async throws {
      let list = try List("useless-\(tool.tool)-\(useless)", tool.endpoint, files: 12, missing: 3)
      let fake = try FakeTool(tool.tool, useless.rawValue)
      let call = try await list.delete(["--retries", "1", "--retry-pause", "0"], fake.environment)
      #expect(call.report.summary.failed == 15, "\(call.report.files.map(\.word))")
      #expect(call.result.code == 1)
      let classes = Set(call.report.files.compactMap { $0.error?.class })
      switch useless {
      case .badInterpreter, .noProgram, .missingLibrary: #expect(classes == ["fatal"])
      default: #expect(classes == ["unknown"])
      }
    }

    @Test(arguments: tools) func `without its tool nothing is deleted, and that is said`(_ tool: Case)
      async throws
    {
      let list = try List("hidden-\(tool.tool)", tool.endpoint, files: 12, missing: 3)
      let call = try await list.delete([], through: FakeTool.hiding(tool.tool))
      #expect(call.report.files.allSatisfy { $0.word == "failed: fatal" && $0.attempts == 1 })
      #expect(call.report.files[0].error?.message == "\(tool.tool) is not installed here")
      #expect(call.result.code == 1)
    }

    @Test(arguments: tools) func `a tool that hangs and ignores TERM is stopped`(_ tool: Case) async throws {
      let list = try List("hanging-\(tool.tool)", tool.endpoint, files: 4, missing: 1)
      let fake = try FakeTool(
        tool.tool,
        """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen(["/usr/bin/sleep", "900"])
        with open(here + "/pids", "a") as file: file.write("%d %d " % (os.getpid(), child.pid))
        while True: time.sleep(900)
        """)
      let call = try await list.delete(["--timeout", "2", "--retries", "0"], fake.environment)
      #expect(call.report.files.allSatisfy { $0.word == "failed: transient" })
      #expect(call.seconds < Waiting.limit, "it waited for the tool's end")
      #expect(call.result.code == 69)
      let numbers = fake.left("pids").split(separator: " ").compactMap { pid_t($0) }
      #expect(!numbers.isEmpty)
      #expect(!numbers.contains(where: Program.isRunning), "some process was left behind")
    }

    /// The part of a fake that runs the real tool for some of the names.
    private static func partly(_ tool: Case, _ names: String, _ output: String) -> String {
      tool.tool == "xrdfs"
        ? "subprocess.run([real, a[0], 'rm'] + a[2:]\(names), \(output)) if a[2:]\(names) else 0"
        : """
        with tempfile.NamedTemporaryFile("w", dir=here) as list:
          list.write("".join(n + "\\n" for n in every\(names))); list.flush()
          subprocess.run([real, "-t", "30", "--from-file", list.name], \(output))
        """
    }

    private static func condition(_ tool: Case) -> String {
      tool.tool == "xrdfs"
        ? "if a[1:2] != ['rm']: os.execv(real, [real] + a)\n"
        : """
        if "--from-file" not in a: every = a[-1:]
        else: every = open(a[a.index("--from-file") + 1]).read().splitlines()

        """
    }

    @Test(arguments: tools) func `a tool that is killed half-way is run again`(_ tool: Case) async throws {
      let list = try List("half-\(tool.tool)", tool.endpoint, files: 40, missing: 10)
      let names = tool.tool == "xrdfs" ? "[:max(1, len(a[2:]) // 2)]" : "[:max(1, len(every) // 2)]"
      let fake = try FakeTool(
        tool.tool,
        Self.condition(tool) + Self.partly(tool, names, "check=False")
          + "\nsys.stdout.flush(); os.kill(os.getpid(), signal.SIGKILL)")
      let call = try await list.delete(["--retries", "8", "--retry-pause", "0"], fake.environment)
      let gone = call.report.summary.deleted + call.report.summary.absent
      #expect(gone == 50, "\(call.report.files.map(\.word))")
      #expect(call.report.summary.deleted >= 40)
      #expect(call.result.code == 0)
    }

    @Test(arguments: tools) func `what a tool did without a word is found out`(_ tool: Case) async throws {
      let list = try List("mute-\(tool.tool)", tool.endpoint, files: 40, missing: 10)
      // Twice: swab asks once more for a name alone before it believes that the tool is of no use.
      let fake = try FakeTool(
        tool.tool,
        """
        with open(here + "/calls", "a") as file: file.write("x")
        if os.path.getsize(here + "/calls") > 4: os.execv(real, [real] + a)

        """ + Self.condition(tool)
          // gfal-rm says what it did name by name: it can only be silent about the one at which it dies.
          + Self.partly(
            tool, tool.tool == "xrdfs" ? "" : "[:1]", "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL")
          + "\nos.kill(os.getpid(), signal.SIGKILL)")
      let call = try await list.delete(["--retries", "2", "--retry-pause", "0"], fake.environment)
      #expect(call.report.summary.deleted >= 40, "\(call.report.files.map(\.word))")
      #expect(call.result.code == 0)
      // xrdfs looks before it removes.
      if tool.tool == "xrdfs" { #expect(call.report.summary.absent == 10) }
      if tool.tool == "gfal-rm" { #expect(call.report.files.contains { $0.confirmedBy == "absent" }) }
    }

    @Test(arguments: tools) func `what a connection did before it broke is found out`(_ tool: Case)
      async throws
    {
      let list = try List("broken-\(tool.tool)", tool.endpoint, files: 20, missing: 5)
      // As the real ones were seen to do when the server dies between the deletion and its answer.
      let answer =
        tool.tool == "xrdfs"
        ? "for name in a[2:]: print('rm ' + name + ' : [FATAL] Connection error')"
        : """
        print(every[0] + "\\tFAILED")
        sys.stderr.write("gfal-rm error: 112 (Host is down) - DavPosix::unlink Could not connect to server\\n")
        sys.exit(112)
        """
      let fake = try FakeTool(
        tool.tool,
        Self.condition(tool) + "if os.path.exists(here + '/done'): os.execv(real, [real] + a)\n"
          + "open(here + '/done', 'w').close()\n"
          + Self.partly(tool, tool.tool == "xrdfs" ? "" : "[:1]", "stdout=subprocess.DEVNULL") + "\n" + answer
      )
      let call = try await list.delete(["--retries", "2", "--retry-pause", "0"], fake.environment)
      #expect(call.report.summary.deleted >= 20, "\(call.report.files.map(\.word))")
      #expect(call.report.files.contains { $0.confirmedBy == "absent" })
      #expect(call.result.code == 0)
    }
  }

  /// A short list at a door.
  struct List {
    let endpoint: StorageEndpoint
    let data: String
    let owner: uid_t?
    let lfns: [String]

    init(_ name: String, _ endpoint: StorageEndpoint, files: Int, missing: Int) throws {
      self.endpoint = endpoint
      (data, owner) = try endpoint.storage()
      var lfns: [String] = []
      for index in 0..<files {
        lfns.append("/store/unmerged/\(name)/f\(index)")
        Disk.makeFile(data + lfns[index], owner: owner)
        Disk.makeFile(data + lfns[index] + "x", owner: owner)
      }
      // Between the others, so that none is the first or the last that a tool sees.
      for index in 0..<missing { lfns.insert("/store/unmerged/\(name)/none\(index)", at: 2 * index + 1) }
      self.lfns = lfns
    }

    /// Deletes it and holds the outcomes against the disk.
    func delete(
      _ arguments: [String], _ environment: [String: String] = [:], through launcher: [String] = []
    ) async throws -> DeleteCall {
      let directory = try TemporaryDirectory()
      Disk.write(directory.path + "/list", lfns.map { $0 + "\n" }.joined())
      let before = Snapshot(of: data)
      let call = try await DeleteCall(
        lfns.count, from: [directory.path + "/list"], site: try endpoint.site(),
        endpoint.arguments + arguments,
        environment: environment, through: launcher)
      call.expectDisk(before, Snapshot(of: data))
      return call
    }
  }
}
