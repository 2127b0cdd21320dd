import Synchronization
import TestServers
import TestSupport
import Testing

import Networking
import Glibc
import Threads

extension WholeExecutable {
  /// `--prune-empty-directories`, at every endpoint.
  @Suite(.serialized) struct PruneTests {
    static let endpoints: [StorageEndpoint] = [
      .rm, .rmThroughGfal2, .xroot, .xrdfs, .webdavXRootD, .webdavNginx, .gfalHTTP,
    ]

    /// Where no directory is removed.
    private static func keeps(_ endpoint: StorageEndpoint) -> Bool {
      endpoint.backend == "gfal" || endpoint.protocolName == "WebDAV"
    }

    /// A part of a storage, and the lists.
    private struct Storage {
      let top: String
      let data: String
      let owner: uid_t?
      let directory: TemporaryDirectory
      var list: String { directory.path + "/list" }
      var journal: String { directory.path + "/journal" }

      init(_ endpoint: StorageEndpoint, _ name: String, listed: [String], unlisted: [String] = []) throws {
        (data, owner) = try endpoint.storage()
        top = "/store/unmerged/\(name)-\(endpoint.backend)-\(endpoint.protocolName)-\(endpoint.command)"
        directory = try TemporaryDirectory()
        for file in listed + unlisted { Disk.makeFile("\(data)\(top)/\(file)", owner: owner) }
        Disk.write(list, listed.map { "\(top)/\($0)\n" }.joined())
      }

      var tree: [String] { Disk.tree(data + top) }
    }

    @Test(arguments: endpoints) func `empty directories go, and nothing else`(_ endpoint: StorageEndpoint)
      async throws
    {
      let listed = ["a/b/c/1", "a/b/c/2", "a/b/d/1", "a/e/1", "full/x/1", "p/q/1", "p/r/1", "sp ace/ü/1"]
      let unlisted = ["full/x/stays", "p/q/kept/f", "p/r/s/f"]
      let storage = try Storage(endpoint, "prune", listed: listed, unlisted: unlisted)
      Disk.makeDirectory("\(storage.data)\(storage.top)/unlisted/empty", owner: storage.owner)
      Disk.makeDirectory("\(storage.data)\(storage.top)/a/e/unlisted", owner: storage.owner)
      let protected = storage.directory.path + "/protected"
      Disk.write(protected, "\(storage.top)/p/q/kept\n\(storage.top)/p/r/none/f\n")
      let arguments =
        endpoint.arguments + [
          "--allow", storage.top + "/", "--protected", protected, "--prune-empty-directories",
        ]
      let before = storage.tree

      let dry = try await DeleteCall(
        listed.count, from: [storage.list], site: endpoint.site(), arguments + ["--dry-run"])
      #expect(storage.tree == before)
      #expect(dry.report.summary.directories == .init(removed: 0, kept: 0, failed: 0))

      let call = try await DeleteCall(listed.count, from: [storage.list], site: endpoint.site(), arguments)
      let about = Comment(rawValue: call.result.output + call.result.messages)
      #expect(call.result.code == 0, about)
      let directories = try #require(call.report.summary.directories)
      #expect(directories.failed == 0, about)
      if Self.keeps(endpoint) {
        #expect(directories.removed == 0 && directories.kept > 0, about)
        #expect(call.report.warnings.count { $0.contains("all directories stay") } == 1, about)
        #expect(Set(storage.tree) == Set(before).subtracting(listed))
      } else {
        // a/b/c, a/b/d, a/b, sp ace/ü, sp ace go; a/e and full/x stay. p/q and p/r are above what is protected.
        #expect(directories == .init(removed: 5, kept: 2, failed: 0), about)
        #expect(!call.report.warnings.contains { $0.contains("director") }, about)
        let gone = listed + ["a/b/c/", "a/b/d/", "a/b/", "sp ace/", "sp ace/ü/"]
        #expect(Set(storage.tree) == Set(before).subtracting(gone))
      }
      #expect(
        call.result.output.contains("pruned    \(directories.removed) empty directories removed"), about)
    }

    @Test func `the allowed root stands when everything below it is gone`() async throws {
      let storage = try Storage(.rm, "root", listed: ["a/b/1", "c/1"])
      let call = try await DeleteCall(
        2, from: [storage.list], site: try StorageEndpoint.rm.site(),
        ["--allow", storage.top, "--prune-empty-directories"])
      #expect(call.report.summary.directories == .init(removed: 3, kept: 0, failed: 0))
      #expect(storage.tree.isEmpty && Disk.exists(storage.data + storage.top))
    }

    @Test func `without the option no directory goes and the report has no word of any`() async throws {
      let storage = try Storage(.rm, "without", listed: ["a/1"])
      let call = try await DeleteCall(1, from: [storage.list], site: try StorageEndpoint.rm.site())
      #expect(call.report.summary.directories == nil)
      #expect(!call.result.output.contains("pruned"))
      #expect(storage.tree == ["a/"])
    }

    @Test func `a job file asks for it, files of an earlier run count, and reports are merged`() async throws
    {
      let storage = try Storage(.rm, "later", listed: ["a/b/1", "c/1"])
      let site = try StorageEndpoint.rm.site()
      let journal = ["--journal", storage.journal, "--allow", storage.top]
      _ = try await DeleteCall(2, from: [storage.list], site: site, journal)
      #expect(storage.tree == ["a/", "a/b/", "c/"])
      let job = storage.directory.path + "/job.json"
      Disk.write(job, #"{"schema": "swab.job/1", "options": {"pruneEmptyDirectories": true}}"#)
      let call = try await DeleteCall(2, from: [storage.list], site: site, journal + ["--job", job])
      #expect(call.report.summary.directories == .init(removed: 3, kept: 0, failed: 0))
      #expect(storage.tree.isEmpty)

      let reports = ["1", "2"].map { storage.directory.path + "/\($0).json" }
      for report in reports {
        Disk.makeFile("\(storage.data)\(storage.top)/a/b/1", owner: storage.owner)
        let run = try await SwabCommand.run(
          ["delete", "\(storage.top)/a/b/1", "--prune-empty-directories", "--site-config", site.config]
            + ["--report", report, "--allow", storage.top])
        #expect(run.code == 0, "\(run.messages)")
      }
      let merged = storage.directory.path + "/merged.json"
      let merge = try await SwabCommand.run(["report", "merge"] + reports + ["-o", merged])
      #expect(merge.code == 0, "\(merge.messages)")
      #expect(try await ReportSchema.job.problems(merged) == [])
      let summary = try await SwabCommand.run(["report", "summary", merged])
      #expect(
        summary.output.contains("pruned    4 empty directories removed, 0 kept, 0 failed"),
        "\(summary.output)")
    }

    @Test func `what is forbidden is a warning and does not change the exit code`() async throws {
      let storage = try Storage(.xroot, "forbidden", listed: ["top/a/1", "top/b/1"])
      let top = "\(storage.data)\(storage.top)/top"
      chmod(top, 0o555)
      if storage.owner != nil { chown(top, 0, gid_t.max) }
      let call = try await DeleteCall(
        2, from: [storage.list], site: try StorageEndpoint.xroot.site(), ["--prune-empty-directories"])
      #expect(call.result.code == 0)
      #expect(call.report.summary.directories == .init(removed: 0, kept: 0, failed: 2))
      let text = call.report.warnings.filter { $0.contains("2 directories may be empty") }
      // Which of them is named is left to chance: two calls are in flight.
      let named = ["a", "b"].count { text.first?.contains("\(storage.top)/top/\($0): ") == true }
      #expect(text.count == 1 && named == 1, "\(text)")
      chmod(top, 0o755)
    }

    @Test(arguments: [StorageEndpoint.rm, .xroot, .xrdfs])
    func `a writer loses nothing`(_ endpoint: StorageEndpoint) async throws {
      var (removed, written) = (0, 0)
      for round in 0..<3 {
        let names = (0..<(endpoint.backend == "xrdfs" ? 40 : 400)).map { "\($0 % 20)/\($0 % 7)/\($0)" }
        let storage = try Storage(endpoint, "race\(round)", listed: names.map { $0 + "/f" })
        let writer = Writer(storage.data + storage.top, names, owner: storage.owner)
        try writer.start()
        try await Waiting.wait(until: "something is written") { writer.written > 0 }
        let call = try await DeleteCall(
          names.count, from: [storage.list], site: try endpoint.site(),
          endpoint.arguments + ["--prune-empty-directories"])
        writer.end()
        #expect(call.result.code == 0, "\(call.result.output)")
        #expect(call.report.summary.deleted == names.count)
        #expect(writer.lost.isEmpty, "\(writer.lost.prefix(3))")
        removed += call.report.summary.directories?.removed ?? 0
        written += writer.written
      }
      #expect(removed > 0 && written > 0)
    }
  }
}

/// Makes files in directories, and now and then one in the place of an empty directory, until it is told to end.
/// Most it removes again, so that the directories are empty between times. Each file that it does not find again was
/// lost.
private final class Writer: Sendable {
  private struct State {
    var isEnding = false
    var hasEnded = false
    var written = 0
    var kept: [String] = []
    var lost: [String] = []
  }

  private let state = Mutex(State())
  private let top: String
  private let names: [String]
  private let owner: uid_t?

  init(_ top: String, _ names: [String], owner: uid_t?) {
    (self.top, self.names, self.owner) = (top, names, owner)
  }

  var written: Int { state.withLock { $0.written } }

  /// What is gone that this writer did not remove.
  var lost: [String] { state.withLock { state in state.lost + state.kept.filter { !Disk.exists($0) } } }

  func start() throws {
    try DetachedThread.start { self.work() }
  }

  /// Returns when it has ended.
  func end() {
    state.withLock { $0.isEnding = true }
    while !state.withLock({ $0.hasEnded }) { usleep(1000) }
  }

  private func work() {
    var random = SystemRandomNumberGenerator()
    var number = 0
    while !state.withLock({ $0.isEnding }) {
      number += 1
      let parent = "\(top)/\(names.randomElement(using: &random) ?? "")"
      let isSame = number % 4 == 0
      let path = isSame ? parent : "\(parent)/w\(number)"
      if isSame { rmdir(parent) } else { Disk.makeDirectory(parent, owner: owner) }
      let file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0o644)
      guard file >= 0 else { continue }
      close(file)
      let isKept = !isSame && number % 500 == 1
      if !isKept {
        usleep(UInt32.random(in: 0..<300))
        if unlink(path) != 0 { state.withLock { $0.lost.append(path) } }
      }
      state.withLock { state in
        state.written += 1
        if isKept { state.kept.append(path) }
      }
    }
    state.withLock { $0.hasEnded = true }
  }
}
