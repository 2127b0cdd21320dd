import TestSupport
import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

@Suite("The rate of a backend that knows no pacer") struct RateLayerTests {
  private let time = JumpingTime()

  private func targets(_ count: Int) throws -> [DeletionTarget] {
    try (0..<count).map {
      DeletionTarget(lfn: "/store/unmerged/f\($0)", pfn: try #require(PFN("/d/store/unmerged/f\($0)")))
    }
  }

  @Test("a batch is cut so that the rate is kept, and every answer belongs to its file")
  func kept() async throws {
    let backend = ScriptedBackend(batchLimit: 1000) { pfn, _ in pfn.hasSuffix("7") ? .absent : .deleted }
    let layer = RateLayer(around: backend, pacer: AdaptivePacer(maxRate: 10, time: time), time: time)
    let answers = await layer.delete(batch: try targets(35), deadline: .none)
    #expect(answers.indices.filter { answers[$0].kind == .absent } == [7, 17, 27])
    #expect(answers.count == 35)
    #expect(backend.asked.allSatisfy { $0.count <= 10 })
    #expect(time.now().sinceStart >= .seconds(3.3))
  }

  @Test("without a rate a call goes through whole")
  func free() async throws {
    let backend = ScriptedBackend(batchLimit: 1000) { _, _ in .deleted }
    let layer = RateLayer(around: backend, pacer: AdaptivePacer(time: time), time: time)
    #expect(await layer.delete(batch: try targets(35), deadline: .none).count == 35)
    #expect(backend.asked.map(\.count) == [35])
  }

  @Test("what the deadline leaves no time for is untried, not failed")
  func deadline() async throws {
    let backend = ScriptedBackend(batchLimit: 1000) { _, _ in .deleted }
    let layer = RateLayer(around: backend, pacer: AdaptivePacer(maxRate: 1, time: time), time: time)
    let answers = await layer.delete(
      batch: try targets(5), deadline: Deadline.none.within(.seconds(2.5), of: time))
    let untried = answers.filter { answer in
      if case .failed(let error) = answer.kind { error.isUntried } else { false }
    }
    #expect(answers.count == 5)
    #expect(backend.askedFiles.count == 3)
    #expect(untried.count == 2)
  }
}
