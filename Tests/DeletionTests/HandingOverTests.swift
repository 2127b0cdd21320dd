import Logging
import Synchronization
import TestSupport
import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

@Suite("An endpoint that is handed over") struct HandingOverTests {
  /// What was told of.
  private final class Notices: Sendable {
    private let list = Mutex<[HandingOver.Notice]>([])
    var all: [HandingOver.Notice] { list.withLock { $0 } }
    @Sendable func add(_ notice: HandingOver.Notice) { list.withLock { $0.append(notice) } }
  }

  private static let unsupported = Answer.Kind.failed(
    DeletionError(.fatal, code: "X", message: "it wants gsi", isUnsupported: true))

  private func targets(_ names: [String], at host: String = "h") throws -> [DeletionTarget] {
    try names.map { DeletionTarget(lfn: "/" + $0, pfn: try #require(PFN("root://\(host)//\($0)"))) }
  }

  @Test("only what was turned away goes to the other, from then on all of the endpoint, told once")
  func once() async throws {
    let first = ScriptedBackend("first") { pfn, _ in pfn.hasSuffix("in") ? .deleted : Self.unsupported }
    let other = ScriptedBackend("other") { pfn, _ in pfn.hasSuffix("none") ? .absent : .deleted }
    let notices = Notices()
    let both = HandingOver(first, to: other, onHandOver: notices.add)
    #expect(both.name == "first" && both.traits == first.traits)
    var answers = await both.delete(batch: try targets(["in", "a", "none"]), deadline: .none)
    #expect(answers.map(\.kind) == [.deleted, .deleted, .absent])
    #expect(answers.map(\.backend) == [nil, "other", "other"])
    answers = await both.delete(batch: try targets(["in", "b"]), deadline: .none)
    #expect(answers.map(\.backend) == ["other", "other"])
    #expect(first.asked.count == 1)
    // Another endpoint is another matter.
    answers = await both.delete(batch: try targets(["in"], at: "h2"), deadline: .none)
    #expect(answers.map(\.backend) == [nil])
    #expect(notices.all == [.init(endpoint: "root://h", fallback: "other", reason: "it wants gsi")])
  }

  @Test("other failures are nobody else's")
  func failures() async throws {
    let first = ScriptedBackend("first") { _, _ in .failed(.init(.auth, code: "403", message: "no")) }
    let other = ScriptedBackend("other") { _, _ in .deleted }
    let notices = Notices()
    let both = HandingOver(first, to: other, onHandOver: notices.add)
    #expect(await both.delete(try targets(["a"])[0], deadline: .none).error?.errorClass == .auth)
    #expect(other.asked.isEmpty && notices.all.isEmpty)
  }

  @Test("a file that is for another goes alone, and what may have been deleted before stays in doubt")
  func forAnother() async throws {
    let first = ScriptedBackend("first") { pfn, _ in
      guard !pfn.hasSuffix("in") else { return .deleted }
      let isAmbiguous = pfn.hasSuffix("doubt")
      return .failed(DeletionError(.endpoint, code: "X", message: "no", isAmbiguous: isAmbiguous).forAnother)
    }
    let other = ScriptedBackend("other") { _, _ in .absent }
    let notices = Notices()
    let both = HandingOver(first, to: other, onHandOver: notices.add)
    for _ in 0..<2 {
      let answers = await both.delete(batch: try targets(["in", "a", "doubt"]), deadline: .none)
      #expect(answers.map(\.kind) == [.deleted, .absent, .absent])
      #expect(answers.map(\.mayHaveBeenDeleted) == [nil, nil, true])
    }
    #expect(first.asked.count == 2 && notices.all.isEmpty)
    let alone = HandingOver(first, to: nil, onHandOver: notices.add)
    #expect(await alone.delete(try targets(["a"])[0], deadline: .none).word == "endpoint")
  }

  @Test("where there is no other, what the first said stands, and it is told once")
  func alone() async throws {
    let first = ScriptedBackend("first") { _, _ in Self.unsupported }
    let notices = Notices()
    let both = HandingOver(first, to: nil, onHandOver: notices.add)
    for _ in 0..<2 {
      let answers = await both.delete(batch: try targets(["a", "b"]), deadline: .none)
      #expect(answers.map(\.kind) == [Self.unsupported, Self.unsupported])
      #expect(answers.allSatisfy { $0.backend == nil })
    }
    #expect(notices.all == [.init(endpoint: "root://h", fallback: nil, reason: "it wants gsi")])
  }

  @Test("the other gets batches of its own size, and every answer belongs to its file")
  func sizes() async throws {
    let first = ScriptedBackend("first", batchLimit: 100) { pfn, _ in
      pfn.hasSuffix("7") ? .absent : Self.unsupported
    }
    let other = ScriptedBackend("other", batchLimit: 10) { pfn, _ in pfn.hasSuffix("5") ? .absent : .deleted }
    let both = HandingOver(first, to: other) { _ in }
    let answers = await both.delete(batch: try targets((0..<100).map { "f\($0)" }), deadline: .none)
    #expect(
      answers.indices.filter { answers[$0].kind == .absent }
        == (0..<100).filter { $0 % 10 == 5 || $0 % 10 == 7 })
    #expect(answers.indices.allSatisfy { (answers[$0].backend == nil) == ($0 % 10 == 7) })
    #expect(other.asked.count == 9 && other.asked.allSatisfy { $0.count == 10 })
  }

  @Test("a backend that answers for too few files has not answered for the rest")
  func tooFew() async throws {
    let both = HandingOver(Mute(), to: Mute()) { _ in }
    let answers = await both.delete(batch: try targets(["a", "b"]), deadline: .none)
    #expect(answers.map { $0.error?.code } == ["X", "noAnswer"])
    #expect(answers.map { $0.error?.isAmbiguous } == [false, true])
  }

  /// Answers for the first file only, and does not speak what it wants.
  private struct Mute: BatchAnswering {
    let name = "mute"
    let traits = BackendTraits(batchLimit: 10)
    func answer(_ batch: Batch) async -> [Answer] { [Answer(unsupported)] }
  }

  @Test("a fallback that does not pace itself keeps to the calls and the rate of an endpoint")
  func bounds() async throws {
    let time = JumpingTime()
    let first = Pacing { _ in Self.unsupported }
    let other = ScriptedBackend("other", batchLimit: 100) { _, _ in .deleted }
    let layered = Layers.around(
      HandingOver(first, to: other) { _ in }, attemptLimit: .seconds(60), concurrency: 1,
      pacer: AdaptivePacer(maxRate: 10, time: time), circuits: CircuitBoard(CircuitPolicy(), time: time),
      time: time, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let answers = await layered.delete(batch: try targets((0..<35).map { "f\($0)" }), deadline: .none)
    #expect(answers.allSatisfy { $0.kind == .deleted && $0.backend == "other" })
    #expect(other.asked.allSatisfy { $0.count <= 10 })
    #expect(time.now().sinceStart >= .seconds(3.3))
  }

  /// A backend that paces itself.
  private struct Pacing: BatchAnswering {
    let name = "pacing"
    let traits = BackendTraits(batchLimit: 100, pacesItself: true)
    let answer: @Sendable (DeletionTarget) -> Answer.Kind
    func answer(_ batch: Batch) async -> [Answer] { batch.targets.map { Answer(answer($0)) } }
  }

  @Test("the records say who did it, replica by replica")
  func records() async throws {
    let first = ScriptedBackend("first") { pfn, _ in
      pfn.hasPrefix("root://gsi") ? Self.unsupported : pfn.hasSuffix("both") ? .deleted : .absent
    }
    let other = ScriptedBackend("other") { pfn, _ in
      pfn.hasSuffix("bad")
        ? .failed(.init(.permanent, code: "X", message: "no")) : pfn.hasSuffix("d") ? .deleted : .absent
    }
    let both = HandingOver(first, to: other) { _ in }
    let routes = ["root://gsi/", "root://open/"].map { EngineTests.route($0, both) }
    let names = ["bad", "d", "both", "none"]
    let records = try await EngineTests().run(names.map { "/store/unmerged/" + $0 }, routes)
    var told: [String] = []
    for name in names {
      let record = try #require(await records["/store/unmerged/" + name].first)
      told.append("\(record.outcome) \(record.backend ?? "") \(record.endpoint ?? "")")
    }
    #expect(
      told == [
        "failed other root://gsi", "deleted other root://gsi", "deleted first root://open",
        "absent first root://open",
      ])
  }
}
