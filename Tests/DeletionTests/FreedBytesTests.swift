import DeletionEngine
import DeletionModel
import JobReports
import Synchronization
import TestSupport
import Testing

/// Says what scripts say, file by file: the answers of the first time, of the second and so on.
final class SizedBackend: BatchAnswering {
  let name: String
  let traits = BackendTraits(batchLimit: 10)
  private let scripts: [String: [Answer]]
  private let times = Mutex<[String: Int]>([:])

  init(_ name: String, _ scripts: [String: [Answer]]) {
    self.name = name
    self.scripts = scripts
  }

  func answer(_ batch: Batch) async -> [Answer] {
    batch.targets.map { target in
      let script = scripts[target.lfn] ?? []
      let time = times.withLock { times in
        defer { times[target.lfn, default: 0] += 1 }
        return times[target.lfn, default: 0]
      }
      return script.isEmpty ? Answer(.absent) : script[min(time, script.count - 1)]
    }
  }
}

@Suite("What deletions free") struct FreedBytesTests {
  private static func answer(_ kind: Answer.Kind, _ size: Int? = nil) -> Answer {
    Answer(kind, facts: FileFacts(size: size))
  }

  @Test func `a file that is listed twice is freed once`() async throws {
    let names = (0..<4).map { "/store/unmerged/f\($0)" }
    let script = Dictionary(uniqueKeysWithValues: names.map { ($0, [Self.answer(.deleted, 7)]) })
    let records = try await EngineTests().run(
      names + names, [EngineTests.route("/a", SizedBackend("first", script))])
    var totals = RunTotals()
    for record in await records.all { totals.add(record) }
    #expect(totals.freed.bytes == 28 && !totals.freed.isPartial)
  }

  @Test func `the size is that of the replica that was deleted`() async throws {
    let unclear = EngineTests.failure(.transient, ambiguous: true)
    let first: [String: [Answer]] = [
      "/store/unmerged/here": [Self.answer(.deleted, 7)], "/store/unmerged/silent": [Self.answer(.deleted)],
      "/store/unmerged/retried": [Self.answer(EngineTests.failure(.transient), 3), Self.answer(.deleted)],
      "/store/unmerged/unclear": [Self.answer(unclear, 5), Self.answer(.absent)],
      "/store/unmerged/second": [Self.answer(EngineTests.failure(.permanent), 1000)],
      "/store/unmerged/kept": [Self.answer(EngineTests.failure(.permanent), 9)],
    ]
    let second = [
      "/store/unmerged/second": [Self.answer(.deleted, 11)],
      "/store/unmerged/kept": [Self.answer(EngineTests.failure(.permanent), 9)],
    ]
    let records = try await EngineTests().run(
      Array(first.keys) + ["/store/unmerged/none"],
      [
        EngineTests.route("/a", SizedBackend("first", first)),
        EngineTests.route("/b", SizedBackend("second", second)),
      ])
    let sizes: [String: Int?] = [
      "here": 7, "silent": nil, "retried": 3, "unclear": 5, "second": 11, "kept": nil, "none": nil,
    ]
    var totals = RunTotals()
    for (name, size) in sizes {
      let record = try #require(await records["/store/unmerged/\(name)"].first)
      #expect(record.facts.size == size, "\(name)")
      totals.add(record)
    }
    #expect(totals.freed == FreedBytes(bytes: 26, isPartial: true))
  }

  @Test func `sums are of what was deleted`() {
    func totals(_ sizes: [(Outcome, Int?)]) -> FreedBytes {
      var totals = RunTotals()
      for (outcome, size) in sizes {
        var record = FileRecord(lfn: "/store/unmerged/f", outcome: outcome)
        record.facts.size = size
        totals.add(record)
      }
      return totals.freed
    }
    #expect(totals([]) == FreedBytes())
    #expect(totals([(.deleted, 0), (.deleted, 5), (.absent, nil)]) == FreedBytes(bytes: 5))
    #expect(totals([(.deleted, 5), (.deleted, nil), (.failed, 7)]) == FreedBytes(bytes: 5, isPartial: true))
    #expect(
      totals([(.deleted, Int.max), (.deleted, 1)]) == FreedBytes(bytes: Int.max, isPartial: true))
  }

  @Test(
    arguments: [
      (0, false, "0 B"), (999, false, "999 B"), (1000, false, "1 kB"), (1234, false, "1.2 kB"),
      (999_949, false, "999.9 kB"), (999_950, false, "1 MB"), (2_400_000_000_000, true, "at least 2.4 TB"),
      (Int.max, false, "9.2 EB"), (-5, true, "at least 0 B"),
    ] as [(Int, Bool, String)])
  func `a sum for a person`(bytes: Int, isPartial: Bool, text: String) {
    #expect(FreedBytes(bytes: bytes, isPartial: isPartial).text == text)
  }
}
