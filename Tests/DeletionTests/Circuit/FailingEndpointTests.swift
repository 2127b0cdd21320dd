import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

/// What an ill endpoint costs, and what its files end as.
@Suite("A failing endpoint") struct FailingEndpointTests {
  private static let silence: Answer.Kind = .failed(
    DeletionError(.transient, code: "refused", message: "nobody listens", isUnavailable: true))
  private let engine = EngineTests()

  @Test("it is given up within a minute, whatever the number of files") func givenUp() async throws {
    let backend = ScriptedBackend(batchLimit: 100) { _, _ in Self.silence }
    let time = VirtualTime()
    let lfns = (0..<15_000).map { "/store/unmerged/d/f\($0)" }
    let records = try await engine.run(
      lfns, [EngineTests.route("root://h/", backend)], options: .init(retry: RetryPolicy()), time: time)
    #expect(time.now().sinceStart < .seconds(60))
    let all = await records.all
    #expect(all.allSatisfy { $0.outcome == .failed || $0.outcome == .notAttempted })
    #expect(all.allSatisfy { $0.failure?.isUnavailable == true && $0.failure?.kind == "transient" })
    #expect(backend.askedFiles.count < 13_000)
    #expect(all.contains { $0.outcome == .notAttempted && $0.attempts == 0 })
  }

  @Test("what a file waits for is known before requests are held back") func retry() async throws {
    let time = VirtualTime()
    let board = CircuitBoard(CircuitPolicy(), time: time)
    let queue = EndpointQueue(
      ScriptedBackend { _, _ in .deleted }, through: board.circuit(of: "root://h"), concurrency: 1)
    let error = DeletionError(.overload, code: "HTTP 503", message: "busy")
    #expect(board.waiting.isEmpty)
    queue.circuit.note(Answer(.failed(error), seconds: 0))
    #expect(board.waiting.isEmpty)
    let file = QueuedFile(Resolution(lfn: "/store/unmerged/a"), position: 0)
    queue.retry(file, after: .seconds(12), from: time.now())
    queue.retry(file, after: .seconds(20), from: time.now())
    #expect(board.waiting == [.init(endpoint: "root://h", remaining: .seconds(12), error: error)])
    queue.circuit.note(Answer(.deleted, seconds: 0))
    #expect(board.waiting.isEmpty)
  }

  @Test("the files of another one do not wait for it") func other() async throws {
    let ill = ScriptedBackend("ill", batchLimit: 100) { _, _ in Self.silence }
    let well = ScriptedBackend("well", batchLimit: 100) { _, _ in .deleted }
    let time = VirtualTime()
    let route = DeletionRoute(
      description: .init(rse: nil, storageSite: nil, volume: nil, protocolName: nil, command: "cp"),
      protectedLFNs: [], map: { .pfn(($0.contains("/a/") ? "root://a/" : "root://b/") + $0) },
      backend: { $0.authority == "a" ? .success(ill) : .success(well) })
    let lfns = (0..<60_000).map { "/store/unmerged/\($0.isMultiple(of: 2) ? "a" : "b")/f\($0)" }
    let records = try await engine.run(lfns, [route], options: .init(retry: RetryPolicy()), time: time)
    for record in await records.all {
      #expect((record.outcome == .deleted) == record.lfn.contains("/b/"))
    }
    #expect(time.now().sinceStart < .seconds(60))
  }

  @Test("one that gets well again loses no file") func recovery() async throws {
    let time = VirtualTime()
    let backend = ScriptedBackend(batchLimit: 100) { _, _ in
      time.now().sinceStart < .seconds(12) ? Self.silence : .deleted
    }
    let lfns = (0..<15_000).map { "/store/unmerged/d/f\($0)" }
    let records = try await engine.run(
      lfns, [EngineTests.route("root://h/", backend)], options: .init(retry: RetryPolicy()), time: time)
    #expect(await records.all.allSatisfy { $0.outcome == .deleted })
  }

  @Test("while its circuit is open, each trial is of another directory") func trials() async throws {
    let time = VirtualTime()
    let board = CircuitBoard(CircuitPolicy(), time: time)
    let backend = ScriptedBackend { _, _ in .deleted }
    let queue = EndpointQueue(backend, through: board.circuit(of: "root://h"), concurrency: 1)
    let names = ["a/1", "a/2", "a/3", "b/1", "b/2", "c/1"]
    let files = try names.enumerated().map { position, name in
      let lfn = "/store/unmerged/" + name
      let target = DeletionTarget(lfn: lfn, pfn: try #require(PFN("root://h/" + lfn)))
      let replica = Resolution.Replica(route: 0, target: target, backend: backend)
      return QueuedFile(Resolution(lfn: lfn, replicas: [replica]), position: position)
    }
    queue.add(files)
    for _ in 0..<20 { queue.circuit.note(Answer(Self.silence)) }
    var tried: [String] = []
    for _ in 0..<3 {
      try await time.sleep(for: .seconds(10))
      guard
        case .send(let batch) = queue.next(
          at: time.now(), .init(isStopping: false, sendsPartialBatches: true))
      else { break }
      tried += batch.compactMap { $0.target?.lfn }
      queue.circuit.note(Answer(Self.silence))
      for file in batch { queue.retrySoon(file) }
      queue.answered()
      queue.batchEnded(pause: nil, isOfOne: false)
    }
    #expect(tried == ["a/1", "b/1", "c/1"].map { "/store/unmerged/" + $0 })
  }

  @Test("a file is tried at its next replica") func nextReplica() async throws {
    let ill = ScriptedBackend("ill") { _, _ in Self.silence }
    let well = ScriptedBackend("well") { pfn, _ in pfn.contains("here") ? .deleted : .absent }
    let lfns = (0..<100).map { "/store/unmerged/\($0.isMultiple(of: 2) ? "here" : "none")/f\($0)" }
    let records = try await engine.run(
      lfns, [EngineTests.route("root://a/", ill), EngineTests.route("root://b/", well)],
      options: .init(retry: RetryPolicy(retries: 1)), time: VirtualTime())
    for record in await records.all {
      // Absent at the second place says nothing of the first.
      #expect((record.outcome == .deleted) == record.lfn.contains("/here/"))
      #expect(record.outcome != .absent)
    }
  }

  @Test("absent after an unclear answer is no reason to leave the next replica out")
  func unclear() async throws {
    let first = ScriptedBackend("first") { _, time in
      time == 0 ? EngineTests.failure(.transient, ambiguous: true) : .absent
    }
    let second = ScriptedBackend("second") { pfn, _ in
      pfn.contains("here") ? .deleted : pfn.contains("broken") ? EngineTests.failure(.permanent) : .absent
    }
    let records = try await engine.run(
      ["/store/unmerged/here", "/store/unmerged/gone", "/store/unmerged/broken"],
      [EngineTests.route("/a", first), EngineTests.route("/b", second)])
    let here = await records["/store/unmerged/here"][0]
    #expect(here.outcome == .deleted && here.backend == "second" && here.confirmedBy == nil)
    let gone = await records["/store/unmerged/gone"][0]
    #expect(gone.outcome == .deleted && gone.backend == "first" && gone.confirmedBy == "absent")
    #expect(await records["/store/unmerged/broken"][0].outcome == .failed)
  }
}
