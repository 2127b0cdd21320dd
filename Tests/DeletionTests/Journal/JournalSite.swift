import Logging
import Synchronization
import TestSupport
import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

/// A made-up storage, a list, and a journal that runs of the engine share.
struct JournalSite {
  let directory: TemporaryDirectory
  let lfns: [String]

  init(_ lfns: [String]) throws {
    directory = try TemporaryDirectory()
    self.lfns = lfns
  }

  var path: String { directory.path + "/journal" }

  func open(
    _ lfns: [String]? = nil, routes: [DeletionRoute.Description]? = nil
  ) throws -> Journal {
    let lists = try LFNLists([.arguments(lfns ?? self.lfns)], spoolDirectory: directory.path)
    let routes = routes ?? [EngineTests.route("/d", ScriptedBackend { _, _ in .deleted }).description]
    return try Journal(
      path, JournalIdentity(lists.survey(digesting: true), routes: routes), time: SystemTime(),
      began: Moment(sinceStart: .zero)
    ) { _ in }
  }

  /// One run; its records in the order of the list.
  func run(
    _ backend: any Backend, prefix: String = "/d", protected: [String] = [], stop: StopSignal = StopSignal(),
    retries: Int = 0
  ) async throws -> [FileRecord] {
    let journal = try open()
    defer { journal.synchronize() }
    let lists = try LFNLists([.arguments(lfns)], spoolDirectory: directory.path)
    var route = EngineTests.route("/d", backend)
    route = DeletionRoute(
      description: route.description, protectedLFNs: [], map: { .pfn(prefix + $0) }, backend: route.backend)
    var tree = PathTree()
    for entry in protected { tree.insert(entry) }
    let engine = Engine(
      resolver: Resolver(
        routes: [route], rules: SafetyRules(allowed: try #require(AllowedRoots([])), protected: tree)),
      options: .init(retry: RetryPolicy(retries: retries)), time: JumpingTime(), stop: stop,
      log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, journal: journal)
    let records = Records()
    try await engine.run(lists, into: records)
    let all = await records.all
    #expect(all.map(\.lfn).sorted() == lfns.sorted())
    return all.sorted { $0.lfn < $1.lfn }
  }

  static func names(_ count: Int) -> [String] {
    (0..<count).map { "/store/unmerged/d/f\(String(1000 + $0).dropFirst())" }
  }
}

/// A storage that forgets what it deleted, and counts what it is asked.
final class MadeUpStorage: Sendable {
  private struct State {
    var files: Set<String>
    var asked: [String: Int] = [:]
  }

  private let state: Mutex<State>

  init(_ files: [String]) { state = Mutex(State(files: Set(files))) }

  var files: Set<String> { state.withLock { $0.files } }
  var asked: [String: Int] { state.withLock { $0.asked } }

  func delete(_ pfn: String) -> Answer.Kind {
    state.withLock { state in
      state.asked[pfn, default: 0] += 1
      return state.files.remove(pfn) != nil ? .deleted : .absent
    }
  }

  func backend(batchLimit: Int = 10) -> ScriptedBackend {
    ScriptedBackend(batchLimit: batchLimit) { pfn, _ in self.delete(pfn) }
  }
}
