import ByteStreams
import Synchronization
import TestSupport
import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

/// What a second run makes of the first one's journal.
@Suite("Resuming with a journal") struct JournalResumeTests {
  @Test("a run that is over is not repeated, and gives the same records")
  func twice() async throws {
    let site = try JournalSite(JournalSite.names(50))
    let storage = MadeUpStorage(site.lfns.prefix(40).map { "/d" + $0 })
    let first = try await site.run(storage.backend())
    let asked = storage.asked
    let second = try await site.run(storage.backend())
    #expect(storage.asked == asked)
    #expect(first.map(\.outcome) == second.map(\.outcome))
    #expect(first.map(\.pfn) == second.map(\.pfn) && first.map(\.route) == second.map(\.route))
    #expect(first.map(\.attempts) == second.map(\.attempts))
    #expect(first.map(\.seconds) == second.map(\.seconds))
    #expect(first.map(\.endpoint) == second.map(\.endpoint))
  }

  static let classes: [(ErrorClass, isCompleted: Bool)] = [
    (.permanent, true), (.transient, false), (.auth, false), (.overload, false), (.fatal, false),
    (.unknown, false),
  ]

  @Test("what another run would not change is final, everything else is tried again", arguments: classes)
  func failures(errorClass: ErrorClass, isCompleted: Bool) async throws {
    let site = try JournalSite(JournalSite.names(3))
    let broken = ScriptedBackend { _, _ in EngineTests.failure(errorClass) }
    let first = try await site.run(broken)
    #expect(first.allSatisfy { $0.outcome == .failed && $0.attempts == 1 })
    let good = ScriptedBackend { _, _ in .deleted }
    let second = try await site.run(good)
    #expect(good.askedFiles.count == (isCompleted ? 0 : 3))
    #expect(second.allSatisfy { $0.outcome == (isCompleted ? .failed : .deleted) })
    #expect(second.allSatisfy { $0.attempts == (isCompleted ? 1 : 2) })
    #expect(second.map(\.failure?.kind) == second.map { _ in isCompleted ? "permanent" : nil })
  }

  @Test("what a backend has written down is there after a kill, until it is taken away")
  func notes() throws {
    let site = try JournalSite(JournalSite.names(3))
    for round in 0..<3 {
      let journal = try site.open()
      let notes = RunNotes()
      notes.attach(earlier: journal.earlierNotes, write: journal.note)
      #expect(notes.earlier == (round == 0 ? [:] : ["a": "text \(round - 1)"]))
      #expect(notes.keep("text \(round)", as: "a") && notes.keep("more", as: "b"))
      notes.drop("b")
    }
  }

  @Test("a backend that knows what became of an earlier request is believed, one that does not is not")
  func certainty() async throws {
    for (certain, outcome) in [(nil, Outcome.deleted), (true, .deleted), (false, .absent)]
      as [(Bool?, Outcome)]
    {
      let site = try JournalSite(JournalSite.names(1))
      _ = try site.open().begin([0], on: 0)
      let record = try #require(try await site.run(Knowing(mayHaveBeenDeleted: certain)).first)
      #expect(record.outcome == outcome && (record.confirmedBy != nil) == (outcome == .deleted))
    }
  }

  /// Says of every file that it is not there, and what it knows of earlier requests.
  private struct Knowing: BatchAnswering {
    let mayHaveBeenDeleted: Bool?
    let name = "knowing"
    let traits = BackendTraits(batchLimit: 10)

    func answer(_ batch: Batch) async -> [Answer] {
      batch.targets.map { _ in
        var answer = Answer(.absent)
        answer.mayHaveBeenDeleted = mayHaveBeenDeleted
        return answer
      }
    }
  }

  @Test("what a journal has as deleted, also where it was cut short")
  func account() async throws {
    let site = try JournalSite(JournalSite.names(50))
    let storage = MadeUpStorage(site.lfns.prefix(40).map { "/d" + $0 })
    let records = try await site.run(storage.backend())
    let bytes = try FileSource.contents(of: site.path)
    let deleted = try JournalAccount(MemorySource(bytes)).deleted
    #expect(deleted.map(\.lfn) == Array(site.lfns.prefix(40)))
    #expect(deleted.map(\.pfn) == records.prefix(40).map(\.pfn))
    for length in stride(from: 0, to: bytes.count, by: 97) {
      let part = try JournalAccount(MemorySource(Array(bytes.prefix(length)))).deleted
      #expect(Set(part.map(\.lfn)).isSubset(of: site.lfns.prefix(40)))
    }
    #expect(try JournalAccount(MemorySource(Array("no journal".utf8))).deleted.isEmpty)
  }

  @Test(
    "what was absent in a run that found nothing is asked for again; in one that found others it is final")
  func blindRun() async throws {
    for present in [0, 1, 30] {
      let site = try JournalSite(JournalSite.names(40))
      let storage = MadeUpStorage(site.lfns.prefix(present).map { "/d" + $0 })
      _ = try await site.run(storage.backend())
      let mounted = ScriptedBackend { _, _ in .deleted }
      let second = try await site.run(mounted)
      #expect(mounted.askedFiles.count == (present == 30 ? 0 : 40 - present))
      #expect(second.count { $0.outcome == .deleted } == (present == 30 ? 30 : 40))
    }
  }

  @Test("absence after an unclear answer of an earlier run is a deletion; after a clear one it is not")
  func unclear() async throws {
    for isAmbiguous in [true, false] {
      let site = try JournalSite(JournalSite.names(2))
      _ = try await site.run(
        ScriptedBackend { _, _ in EngineTests.failure(.transient, ambiguous: isAmbiguous) })
      let second = try await site.run(ScriptedBackend { _, _ in .absent })
      #expect(second.allSatisfy { $0.outcome == (isAmbiguous ? .deleted : .absent) })
      #expect(second.allSatisfy { $0.confirmedBy == (isAmbiguous ? "absent" : nil) })
    }
  }

  @Test("what a kill left between the request and the answer")
  func killedInBetween() async throws {
    let site = try JournalSite(JournalSite.names(100))
    do {
      let journal = try site.open()
      #expect(journal.begin(Array(10..<20), on: 0))
    }
    let records = try await site.run(ScriptedBackend { _, _ in .absent })
    #expect(records.indices.filter { records[$0].outcome == .deleted } == Array(10..<20))
    #expect(records[10].confirmedBy == "absent" && records[20].outcome == .absent)
  }

  @Test("what was begun and not sent is not called deleted later")
  func stopped() async throws {
    let site = try JournalSite(JournalSite.names(64))
    let stop = StopSignal()
    // All of a call are announced; only the first is tried, then the run ends.
    let backend = ScriptedBackend(batchLimit: 32) { pfn, _ in
      defer { stop.stop(.signal("SIGTERM")) }
      return pfn.hasSuffix("f000")
        ? .deleted : .failed(DeletionError(.transient, code: "X", message: "late", isUntried: true))
    }
    let first = try await site.run(backend, stop: stop)
    #expect(first.count { $0.outcome == .notAttempted } == 63)
    let second = try await site.run(ScriptedBackend { _, _ in .absent })
    #expect(second.count { $0.outcome == .absent } == 63)
    #expect(second[0].outcome == .deleted && second[0].confirmedBy == nil)
  }

  @Test("a failure that could not be tried again is still the last that is known")
  func stoppedAgain() async throws {
    let site = try JournalSite(JournalSite.names(2))
    _ = try await site.run(ScriptedBackend { _, _ in EngineTests.failure(.auth) })
    let stop = StopSignal()
    stop.stop(.deadline)
    let second = try await site.run(ScriptedBackend { _, _ in .deleted }, stop: stop)
    #expect(second.allSatisfy { $0.outcome == .failed && $0.failure?.kind == "auth" && $0.attempts == 1 })
  }

  @Test("a site that has its files elsewhere now: deletions stay, everything else is looked for there")
  func movedReplicas() async throws {
    let site = try JournalSite(JournalSite.names(30))
    let storage = MadeUpStorage(
      site.lfns.prefix(20).map { "/d" + $0 } + site.lfns.suffix(20).map { "/e" + $0 })
    _ = try await site.run(storage.backend())
    let second = try await site.run(storage.backend(), prefix: "/e")
    #expect(second.allSatisfy { $0.outcome == .deleted })
    #expect(second[0].pfn == "/d" + site.lfns[0] && second[29].pfn == "/e" + site.lfns[29])
    #expect(storage.files.isEmpty)
  }

  @Test("the rules of today hold, whatever an earlier run was allowed")
  func protected() async throws {
    let site = try JournalSite(JournalSite.names(4))
    _ = try await site.run(
      ScriptedBackend { pfn, _ in pfn.hasSuffix("f000") ? .deleted : EngineTests.failure(.transient) })
    let backend = ScriptedBackend { _, _ in .deleted }
    let second = try await site.run(backend, protected: Array(site.lfns.prefix(2)))
    #expect(second.map(\.outcome) == [.deleted, .refused, .deleted, .deleted])
    #expect(backend.askedFiles.count == 2)
  }

  @Test("a name that is listed twice has two lines")
  func listedTwice() async throws {
    let site = try JournalSite(JournalSite.names(3) + JournalSite.names(2))
    let storage = MadeUpStorage(JournalSite.names(3).map { "/d" + $0 })
    for _ in 0..<2 {
      #expect(try await site.run(storage.backend()).count { $0.outcome == .deleted } == 5)
    }
    #expect(storage.asked.values.allSatisfy { $0 == 1 })
  }

  /// The journal is cut at random bytes, as if the run had been killed there, while the storage is as it is.
  @Test("cut anywhere, every file has its truth in the end", arguments: 0..<40)
  func cutAnywhere(seed: Int) async throws {
    var random = Seeded(seed)
    let site = try JournalSite(JournalSite.names(200))
    let storage = MadeUpStorage(site.lfns.filter { _ in Bool.random(using: &random) }.map { "/d" + $0 })
    let there = storage.files
    for _ in 0..<4 {
      let stop = StopSignal()
      var left = Int.random(in: 1...150, using: &random)
      let counted = Counter(left)
      let backend = ScriptedBackend(batchLimit: 7) { pfn, _ in
        if counted.next() == 0 { stop.stop(.signal("SIGTERM")) }
        return storage.delete(pfn)
      }
      _ = try await site.run(backend, stop: stop)
      let bytes = Disk.bytes(site.path)
      left = Int.random(in: 0...min(bytes.count, 3000), using: &random)
      Disk.write(site.path, bytes: Array(bytes.dropLast(left)))
    }
    let records = try await site.run(storage.backend())
    #expect(storage.files.isEmpty)
    for record in records {
      let wasThere = there.contains("/d" + record.lfn)
      // A kill never takes back what was written, as the cuts here do: then the name of the request is lost too.
      if record.outcome == .deleted, record.confirmedBy == nil { #expect(wasThere, "\(record.lfn)") }
      #expect([.deleted, .absent].contains(record.outcome))
    }
  }
}

private final class Counter: Sendable {
  private let left: Mutex<Int>
  init(_ count: Int) { left = Mutex(count) }
  func next() -> Int {
    left.withLock { left in
      left -= 1
      return left
    }
  }
}

/// SplitMix64.
private struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: Int) { state = UInt64(seed) }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
