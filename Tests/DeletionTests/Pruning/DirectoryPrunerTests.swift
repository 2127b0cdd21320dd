import Logging
import Synchronization
import TestSupport
import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

@Suite struct DirectoryPrunerTests {
  /// Directories that are there, with what is in them; removes the empty ones.
  private final class Tree: BatchAnswering {
    let name: String
    let traits: BackendTraits
    private let state: Mutex<(asked: [String], underWay: Int, most: Int)> = Mutex(([], 0, 0))
    private let answer: @Sendable (String) -> Answer.Kind

    init(
      _ name: String = "tree", paces: Bool = false, removes: Bool = true,
      answer: @escaping @Sendable (String) -> Answer.Kind = { _ in .deleted }
    ) {
      self.name = name
      self.answer = answer
      traits = BackendTraits(batchLimit: 100, pacesItself: paces, removesDirectories: removes)
    }

    var asked: [String] { state.withLock { $0.asked } }
    var most: Int { state.withLock { $0.most } }

    func answer(_ batch: Batch) async -> [Answer] {
      #expect(batch.kind == .emptyDirectories)
      let targets = batch.targets
      state.withLock {
        $0.asked += targets.map(\.lfn)
        $0.underWay += 1
        $0.most = max($0.most, $0.underWay)
      }
      await Task.yield()
      defer { state.withLock { $0.underWay -= 1 } }
      return targets.map { Answer(answer($0.lfn)) }
    }
  }

  private struct Run {
    let resolver: Resolver
    let recorder: PruneRecorder
    let records = Records()
    let stop = StopSignal()
    let circuits = CircuitBoard(CircuitPolicy(patience: .zero), time: JumpingTime())

    init(_ backend: any Backend, protected: [String] = []) throws {
      var tree = PathTree()
      for lfn in protected { tree.insert(lfn) }
      let route = DeletionRoute(
        description: .init(rse: nil, storageSite: nil, volume: nil, protocolName: nil, command: "x"),
        protectedLFNs: protected, map: { .pfn("root://h/" + $0) }, backend: { _ in .success(backend) })
      resolver = Resolver(
        routes: [route], rules: SafetyRules(allowed: try #require(AllowedRoots([])), protected: tree))
      recorder = PruneRecorder(around: records, resolver: resolver)
    }

    func record(_ names: [String], host: String = "h", _ outcome: Outcome = .deleted) async {
      await recorder.record(
        names.map { name in
          var record = FileRecord(lfn: "/store/unmerged/\(name)", outcome: outcome)
          (record.pfn, record.route) = ("root://\(host)//store/unmerged/\(name)", 0)
          (record.backend, record.endpoint) = ("tree", "root://\(host)")
          return record
        })
    }

    func prune(dryRun: Bool = false, deadline: Deadline = .none) async -> DirectoryPruner.Result {
      await DirectoryPruner(
        resolver: resolver, options: .init(dryRun: dryRun, deadline: deadline, concurrency: 3),
        time: SystemTime(),
        stop: stop, circuits: circuits, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      ).run(recorder)
    }
  }

  private static func counts(_ removed: Int, _ kept: Int, _ failed: Int) -> PruneCounts {
    var counts = PruneCounts()
    (counts.removed, counts.kept, counts.failed) = (removed, kept, failed)
    return counts
  }

  private static func failure(_ errorClass: ErrorClass) -> Answer.Kind {
    .failed(DeletionError(errorClass, code: "X", message: "why not"))
  }

  @Test("records are handed on, and the directories of what is gone go, deepest first") func order()
    async throws
  {
    let tree = Tree {
      $0.hasSuffix("/full") ? Self.failure(.permanent) : $0.hasSuffix("/gone") ? .absent : .deleted
    }
    let run = try Run(tree, protected: ["/store/unmerged/p/q/f"])
    await run.record(["a/b/1", "a/b/2", "a/full/1", "c/gone/1", "p/q/1", "p/r/1"])
    await run.record(["d/1"], .failed)
    #expect(await run.records.all.count == 7)
    let result = await run.prune()
    #expect(result == .init(counts: Self.counts(3, 1, 0), warnings: []))
    let names = tree.asked.map { String($0.dropFirst("/store/unmerged/".count)) }
    #expect(Set(names) == ["a/b", "a/full", "c/gone", "c", "p/r"] && names.count == 5)
    #expect(names.last == "c")
    // Once only.
    #expect(await run.prune().counts == PruneCounts())
  }

  @Test("as many calls at a time as are allowed", arguments: [(false, 3), (true, 2)])
  func bounds(paces: Bool, limit: Int) async throws {
    let tree = Tree(paces: paces)
    let run = try Run(tree)
    await run.record((0..<500).map { "\($0)/f" })
    #expect(await run.prune().counts == Self.counts(500, 0, 0))
    #expect(tree.most <= limit)
  }

  @Test("nothing is asked in a dry run, after a stop, after the deadline, or of an endpoint that is ill")
  func untouched() async throws {
    for reason in ["dry run", "stop", "deadline", "ill"] {
      let tree = Tree()
      let run = try Run(tree)
      await run.record(["a/f", "b/f"])
      if reason == "stop" { run.stop.stop(.signal("SIGTERM")) }
      if reason == "ill" {
        let error = DeletionError(.transient, code: "X", message: "no", isUnavailable: true)
        let circuit = run.circuits.circuit(of: "root://h")
        for _ in 0..<100 { circuit.note(Answer(.failed(error))) }
      }
      let deadline = reason == "deadline" ? Deadline(at: Moment(sinceStart: .zero)) : .none
      let result = await run.prune(dryRun: reason == "dry run", deadline: deadline)
      #expect(result.counts == Self.counts(0, reason == "dry run" ? 0 : 2, 0), "\(reason)")
      #expect(tree.asked.isEmpty, "\(reason)")
    }
  }

  @Test("a stop between two levels") func stopBetween() async throws {
    let stop = Mutex<StopSignal?>(nil)
    let tree = Tree { _ in
      stop.withLock { $0?.stop(.signal("SIGTERM")) }
      return .deleted
    }
    let run = try Run(tree)
    stop.withLock { $0 = run.stop }
    await run.record(["a/b/f"])
    #expect(await run.prune().counts == Self.counts(1, 1, 0))
    #expect(tree.asked == ["/store/unmerged/a/b"])
  }

  @Test("an endpoint that fails all the time is left alone soon") func dying() async throws {
    let tree = Tree { _ in
      .failed(DeletionError(.transient, code: "X", message: "no answer", isUnavailable: true))
    }
    let run = try Run(tree)
    await run.record((0..<1000).map { "\($0)/f" })
    let counts = await run.prune().counts
    #expect(counts.failed + counts.kept == 1000 && counts.failed <= 200)
  }

  @Test("failures are one warning with an example; what stays for good is none") func failures() async throws
  {
    let run = try Run(Tree { Self.failure($0.hasSuffix("/a") ? .auth : .permanent) })
    await run.record(["a/f", "b/f"])
    let result = await run.prune()
    #expect(result.counts == Self.counts(0, 1, 1))
    #expect(result.warnings.count == 1)
    #expect(result.warnings.first?.contains("1 directories") == true)
    #expect(result.warnings.first?.contains("/store/unmerged/a: why not") == true)
  }

  @Test("an endpoint whose directories all stay is asked once and is one warning", arguments: [true, false])
  func staying(removes: Bool) async throws {
    let tree = Tree(removes: removes) { _ in .failed(.directoriesStay("not here")) }
    let run = try Run(tree)
    await run.record(["a/b/f", "c/f"])
    await run.record(["a/b/f"], host: "other")
    let result = await run.prune()
    #expect(result.counts == Self.counts(0, 3, 0))
    #expect(result.warnings.count == 2 && result.warnings.allSatisfy { $0.contains("all directories stay") })
    #expect(tree.asked.count == (removes ? 2 : 0))
  }

  @Test("an endpoint that was handed over is the other's for directories too") func handedOver() async throws
  {
    let unspoken = Answer.Kind.failed(
      DeletionError(.fatal, code: "X", message: "it wants gsi", isUnsupported: true))
    let other = Tree("other")
    let run = try Run(HandingOver(Tree("first") { _ in unspoken }, to: other) { _ in })
    await run.record(["a/f", "b/f"])
    #expect(await run.prune().counts == Self.counts(2, 0, 0))
    #expect(other.asked.count == 2)
  }
}
