import Logging
import SiteConf
import Synchronization
import TestSupport
import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

/// A clock that jumps ahead instead of sleeping. Who sleeps for an hour only waits to be woken.
final class JumpingTime: TimeSource {
  private let moment = Mutex(Duration.zero)

  func now() -> Moment { Moment(sinceStart: moment.withLock { $0 }) }

  func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    guard duration < .seconds(3600) else { return try await Task.sleep(for: .seconds(600)) }
    moment.withLock { $0 += duration }
    await Task.yield()
  }
}

/// A backend that says what a closure says, and remembers what it was asked.
final class ScriptedBackend: BatchAnswering {
  let name: String
  let traits: BackendTraits
  private let calls = Mutex<(batches: [[String]], times: [String: Int])>(([], [:]))
  private let answer: @Sendable (_ pfn: String, _ time: Int) -> Answer.Kind

  /// - Parameter answer: gets the PFN and how many times it has been asked before.
  init(
    _ name: String = "scripted", batchLimit: Int = 10,
    answer: @escaping @Sendable (_ pfn: String, _ time: Int) -> Answer.Kind
  ) {
    self.name = name
    self.traits = BackendTraits(batchLimit: batchLimit)
    self.answer = answer
  }

  /// What was asked, call by call.
  var asked: [[String]] { calls.withLock { $0.batches } }

  /// What was asked, file by file.
  var askedFiles: [String] { Array(asked.joined()) }

  func answer(_ batch: Batch) async -> [Answer] {
    let targets = batch.targets
    let times = calls.withLock { calls in
      calls.batches.append(targets.map(\.pfn.text))
      return targets.map { target in
        defer { calls.times[target.pfn.text, default: 0] += 1 }
        return calls.times[target.pfn.text, default: 0]
      }
    }
    return zip(targets, times).map { Answer(answer($0.pfn.text, $1), seconds: 0.25) }
  }
}

/// Keeps every record.
actor Records: RunRecorder {
  private(set) var all: [FileRecord] = []

  func record(_ records: [FileRecord]) { all += records }

  subscript(_ lfn: String) -> [FileRecord] { all.filter { $0.lfn == lfn } }
}

/// Keeps when each record came, in seconds.
actor TimedRecords: RunRecorder {
  private(set) var times: [String: Double] = [:]
  private let time: any TimeSource

  init(_ time: any TimeSource) { self.time = time }

  func record(_ records: [FileRecord]) {
    for record in records { times[record.lfn] = time.now().sinceStart.inSeconds }
  }
}

@Suite("The engine") struct EngineTests {
  static func failure(_ errorClass: ErrorClass, ambiguous: Bool = false) -> Answer.Kind {
    .failed(DeletionError(errorClass, code: "X", message: "as scripted", isAmbiguous: ambiguous))
  }

  static func route(_ prefix: String, _ backend: any Backend) -> DeletionRoute {
    DeletionRoute(
      description: .init(
        rse: "RSE\(prefix)", storageSite: nil, volume: nil, protocolName: nil, command: "cp"),
      protectedLFNs: [],
      map: { $0.contains("unmapped") ? .noPFN(.noMatch) : .pfn(prefix + $0) },
      backend: { _ in .success(backend) })
  }

  /// Runs a list over routes and gives the records, which always cover the list exactly.
  func run(
    _ lfns: [String], _ routes: [DeletionRoute], protected: [String] = [],
    options: Engine.Options = .init(retry: RetryPolicy(retries: 2)), stop: StopSignal = StopSignal(),
    time: any TimeSource = JumpingTime()
  ) async throws -> Records {
    let records = Records()
    try await run(
      lfns, routes, protected: protected, options: options, stop: stop, time: time, into: records)
    let names = await records.all.map(\.lfn)
    #expect(names.sorted() == lfns.sorted())
    return records
  }

  /// Runs a list over routes into a recorder.
  func run(
    _ lfns: [String], _ routes: [DeletionRoute], protected: [String] = [], options: Engine.Options,
    stop: StopSignal = StopSignal(), time: any TimeSource, into recorder: any RunRecorder
  ) async throws {
    var tree = PathTree()
    for entry in protected { tree.insert(entry) }
    let rules = SafetyRules(allowed: try #require(AllowedRoots([])), protected: tree)
    let engine = Engine(
      resolver: Resolver(routes: routes, rules: rules), options: options, time: time, stop: stop,
      log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await engine.run(LFNLists([.arguments(lfns)], spoolDirectory: "/tmp"), into: recorder)
  }

  @Test("every file has one outcome, and its batch is of the backend's size")
  func fates() async throws {
    let backend = ScriptedBackend { pfn, _ in
      pfn.contains("missing") ? .absent : pfn.contains("bad") ? Self.failure(.permanent) : .deleted
    }
    let lfns = (0..<95).map {
      "/store/unmerged/d/\($0 % 3 == 0 ? "missing" : $0 % 5 == 0 ? "bad" : "f")\($0)"
    }
    let records = try await run(
      lfns + ["/store/user/x", "/store/unmerged/../x"], [Self.route("/data", backend)])
    for record in await records.all {
      let expected: Outcome =
        record.lfn.contains("missing")
        ? .absent : record.lfn.contains("bad") ? .failed : record.lfn.hasSuffix("x") ? .refused : .deleted
      #expect(record.outcome == expected)
    }
    #expect(backend.asked.allSatisfy { $0.count <= 10 })
    #expect(backend.askedFiles.count == 95)
    #expect(backend.askedFiles.allSatisfy { $0.hasPrefix("/data/store/unmerged/d/") })
  }

  @Test(
    "a file that is asked to wait holds up none of the 999 others",
    arguments: [ErrorClass.overload, .transient])
  func neighbours(_ errorClass: ErrorClass) async throws {
    let time = VirtualTime()
    let wait = Answer.Kind.failed(
      DeletionError(errorClass, code: "HTTP 503", message: "later", retryAfter: .seconds(30)))
    let backend = ScriptedBackend(batchLimit: 1000) { pfn, asked in
      pfn.hasSuffix("/f500") && asked == 0 ? wait : .deleted
    }
    let records = TimedRecords(time)
    try await run(
      (0..<1000).map { "/store/unmerged/d/f\($0)" }, [Self.route("root://h/", backend)],
      options: .init(retry: RetryPolicy()), time: time, into: records)
    let times = await records.times
    #expect(times.count == 1000)
    #expect(times.filter { $0.key != "/store/unmerged/d/f500" }.allSatisfy { $0.value < 1 })
    #expect((30..<40).contains(try #require(times["/store/unmerged/d/f500"])))
  }

  @Test("a pause beyond the deadline ends that file, and the others have all of their attempts")
  func beyondTheDeadline() async throws {
    let time = VirtualTime()
    let wait = Answer.Kind.failed(
      DeletionError(.overload, code: "HTTP 503", message: "later", retryAfter: .seconds(300)))
    let backend = ScriptedBackend { pfn, asked in
      pfn.hasSuffix("slow") ? wait : asked == 0 ? Self.failure(.transient) : .deleted
    }
    let stop = StopSignal()
    let records = Records()
    try await run(
      ["/store/unmerged/slow", "/store/unmerged/once"], [Self.route("root://h/", backend)],
      options: .init(retry: RetryPolicy(), deadline: Deadline.none.within(.seconds(60), of: time)),
      stop: stop,
      time: time, into: records)
    #expect(await records["/store/unmerged/once"].first?.outcome == .deleted)
    #expect(await records["/store/unmerged/slow"].first?.failure?.kind == "overload")
    #expect(stop.endReason == .deadline)
  }

  @Test("a retry asks only for what is not final")
  func retries() async throws {
    let backend = ScriptedBackend { pfn, time in
      pfn.hasSuffix("flaky") && time < 2 ? Self.failure(.transient) : .deleted
    }
    let records = try await run(
      ["/store/unmerged/a", "/store/unmerged/flaky"], [Self.route("/d", backend)])
    #expect(backend.asked.map(\.count) == [2, 1, 1])
    #expect(await records["/store/unmerged/flaky"].first?.attempts == 3)
    #expect(await records["/store/unmerged/flaky"].first?.outcome == .deleted)
  }

  @Test("absence after an unclear answer counts as deleted and says so")
  func confirmedBy() async throws {
    let backend = ScriptedBackend { _, time in
      time == 0 ? Self.failure(.transient, ambiguous: true) : .absent
    }
    let record = try #require(
      await run(["/store/unmerged/a"], [Self.route("/d", backend)])["/store/unmerged/a"].first)
    #expect(record.outcome == .deleted)
    #expect(record.confirmedBy == "absent")
  }

  @Test("the places are walked in order until one really deletes")
  func walk() async throws {
    let first = ScriptedBackend("first") { pfn, _ in
      pfn.contains("inFirst") ? .deleted : pfn.contains("broken") ? Self.failure(.permanent) : .absent
    }
    let second = ScriptedBackend("second") { pfn, _ in pfn.contains("inSecond") ? .deleted : .absent }
    let records = try await run(
      [
        "/store/unmerged/inFirst", "/store/unmerged/inSecond", "/store/unmerged/nowhere",
        "/store/unmerged/broken", "/store/unmerged/broken_inSecond",
      ], [Self.route("/1", first), Self.route("/2", second)])
    #expect(await records["/store/unmerged/inFirst"].first?.route == 0)
    #expect(await records["/store/unmerged/inSecond"].first?.route == 1)
    #expect(await records["/store/unmerged/inSecond"].first?.outcome == .deleted)
    #expect(await records["/store/unmerged/nowhere"].first?.outcome == .absent)
    #expect(await records["/store/unmerged/broken"].first?.outcome == .failed)
    #expect(await records["/store/unmerged/broken_inSecond"].first?.outcome == .deleted)
    #expect(!second.askedFiles.contains { $0.contains("inFirst") })
  }

  @Test("a name listed twice is asked for once and answered twice")
  func duplicates() async throws {
    let backend = ScriptedBackend { _, _ in .deleted }
    let records = try await run(
      ["/store/unmerged/a", "/store/unmerged/a"], [Self.route("/d", backend)])
    #expect(backend.asked == [["/d/store/unmerged/a"]])
    #expect(await records["/store/unmerged/a"].map(\.outcome) == [.deleted, .deleted])
  }

  @Test("a backend that answers for too few files has failed for the rest")
  func tooFewAnswers() async throws {
    struct Silent: BatchAnswering {
      let name = "silent"
      let traits = BackendTraits(batchLimit: 10)
      func answer(_ batch: Batch) async -> [Answer] { [] }
    }
    let records = try await run(["/store/unmerged/a"], [Self.route("/d", Silent())])
    #expect(await records.all.first?.outcome == .failed)
    #expect(await records.all.first?.failure?.kind == "unknown")
  }

  @Test("a dry run asks nobody and says what it would do")
  func dryRun() async throws {
    let backend = ScriptedBackend { _, _ in .deleted }
    let records = try await run(
      ["/store/unmerged/a", "/store/user/b"], [Self.route("/d", backend)], options: .init(dryRun: true))
    #expect(backend.asked.isEmpty)
    #expect(await records["/store/unmerged/a"].first?.outcome == .notAttempted)
    #expect(await records["/store/unmerged/a"].first?.pfn == "/d/store/unmerged/a")
    #expect(await records["/store/user/b"].first?.outcome == .refused)
  }

  @Test("nothing new is begun after a stop, and every name still has its outcome")
  func stopped() async throws {
    let stop = StopSignal()
    let backend = ScriptedBackend(batchLimit: 1) { _, _ in
      stop.stop(.signal("SIGTERM"))
      return .deleted
    }
    let lfns = (0..<3000).map { "/store/unmerged/f\($0)" }
    let records = try await run(
      lfns, [Self.route("/d", backend)], options: .init(concurrency: 1), stop: stop)
    let all = await records.all
    #expect(backend.asked.count < 10)
    #expect(all.count { $0.outcome == .deleted } == backend.asked.count)
    #expect(all.count { $0.outcome == .notAttempted } == 3000 - backend.asked.count)
    #expect(all.allSatisfy { $0.outcome == .deleted || $0.failure?.kind == "stopped" })
  }

  @Test("the deadline ends retries; what was tried has failed, what was not is not attempted")
  func deadline() async throws {
    // The pause would end behind the deadline, so nobody waits for either, however busy the machine is.
    let time = SystemTime()
    let backend = ScriptedBackend { _, _ in Self.failure(.transient) }
    let options = Engine.Options(
      retry: RetryPolicy(retries: 1000, pause: .seconds(10_000), longestPause: .seconds(10_000)),
      deadline: Deadline.none.within(.seconds(3000), of: time))
    let records = try await run(
      ["/store/unmerged/a"], [Self.route("/d", backend)], options: options, time: time)
    #expect(await records.all.first?.outcome == .failed)
    #expect(backend.asked.count == 1)
  }

  @Test("a deadline that has passed already tries nothing")
  func passedDeadline() async throws {
    let backend = ScriptedBackend { _, _ in .deleted }
    let time = JumpingTime()
    let options = Engine.Options(deadline: Deadline(at: time.now()))
    let records = try await run(
      ["/store/unmerged/a"], [Self.route("/d", backend)], options: options, time: time)
    #expect(await records.all.first?.outcome == .notAttempted)
    #expect(backend.asked.isEmpty)
  }

  @Test("an entry without a rule is passed over; no rule anywhere is a refusal")
  func unmapped() async throws {
    let backend = ScriptedBackend { _, _ in .deleted }
    var everywhere = Self.route("/2", backend)
    everywhere = DeletionRoute(
      description: everywhere.description, protectedLFNs: [], map: { .pfn("/2" + $0) },
      backend: everywhere.backend)
    var records = try await run(
      ["/store/unmerged/unmapped"], [Self.route("/1", backend), everywhere])
    #expect(await records.all.first?.route == 1)
    records = try await run(["/store/unmerged/unmapped"], [Self.route("/1", backend)])
    #expect(await records.all.first?.failure?.code == "noPFN")
  }

  @Test("a catalog that maps to something unsafe, or onto what is protected, refuses")
  func unsafeCatalog() async throws {
    let backend = ScriptedBackend { _, _ in .deleted }
    let constant = DeletionRoute(
      description: .init(rse: nil, storageSite: nil, volume: nil, protocolName: nil, command: "cp"),
      protectedLFNs: ["/store/unmerged/keep"],
      map: { $0 == "/store/unmerged/keep" ? .pfn("/d/all") : .pfn("/d/all/" + String($0.dropFirst(16))) },
      backend: { _ in .success(backend) })
    let records = try await run(["/store/unmerged/a"], [constant], protected: ["/store/unmerged/keep"])
    #expect(await records.all.first?.failure?.code == "protected")
    #expect(backend.asked.isEmpty)
  }
}
