import TestSupport
import Testing

@testable import DeletionEngine
@testable import DeletionModel

/// A connection that breaks over one file takes the answers of others along.
@Suite("Files that share a connection") struct SharedConnectionTests {
  /// Puts each batch on a connection of its own, which breaks over some files: nothing is known of any file of the batch then.
  private struct BreakingBackend: BatchAnswering {
    let name = "breaking"
    let traits = BackendTraits(batchLimit: 100)
    let breaks: @Sendable (_ pfn: String) -> Bool
    let isAmbiguous: Bool

    func answer(_ batch: Batch) async -> [Answer] {
      var error = DeletionError(.transient, code: "closed", message: "closed", isAmbiguous: isAmbiguous)
      error.isOfConnection = true
      let isBroken = batch.targets.contains { breaks($0.pfn.text) }
      return batch.targets.map { _ in Answer(isBroken ? .failed(error) : .deleted) }
    }
  }

  @Test("each is tried again by itself, so that one does not fail another", arguments: [false, true])
  func ownBatches(isAmbiguous: Bool) async throws {
    let names = (0..<300).map { "/store/unmerged/f\($0)" }
    let bad: Set = [names[7], names[150]]
    let backend = BreakingBackend(
      breaks: { pfn in bad.contains { pfn.hasSuffix($0) } }, isAmbiguous: isAmbiguous)
    let records = try await EngineTests().run(
      names, [EngineTests.route("/d", backend)], options: .init(retry: RetryPolicy(retries: 1)))
    for record in await records.all {
      #expect(record.outcome == (bad.contains(record.lfn) ? .failed : .deleted), "\(record)")
      #expect(record.attempts <= 2)
    }
  }

  @Test("after a stop they are not attempted, like all others")
  func stopped() async throws {
    let stop = StopSignal()
    let backend = BreakingBackend(
      breaks: { _ in
        stop.stop(.deadline)
        return true
      }, isAmbiguous: false)
    let names = (0..<20).map { "/store/unmerged/f\($0)" }
    let records = try await EngineTests().run(names, [EngineTests.route("/d", backend)], stop: stop)
    #expect(await records.all.count == 20)
    #expect(await records.all.allSatisfy { $0.outcome == .failed && $0.attempts == 1 })
  }
}
