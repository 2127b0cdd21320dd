import DeletionEngine
import DeletionModel
import ProcessRunning

/// Waiting for all answers at once, as tests want it.
extension Backend {
  /// Deletes files; the answers are aligned with the targets.
  package func delete(batch targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    await answers(to: Batch(targets, deadline: deadline))
  }

  /// Deletes one file.
  package func delete(_ target: DeletionTarget, deadline: Deadline) async -> Answer {
    await delete(batch: [target], deadline: deadline)[0]
  }

  /// Removes empty directories; the answers are aligned with the targets.
  package func remove(emptyDirectories targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    await answers(to: Batch(targets, kind: .emptyDirectories, deadline: deadline))
  }
}

/// A made-up backend that has all answers of a batch at once.
package protocol BatchAnswering: Backend {
  /// The answers, aligned with the targets; too few are no answer for the rest.
  func answer(_ batch: Batch) async -> [Answer]
}

extension BatchAnswering {
  /// Tells the observer of each answer.
  package func delete(_ batch: Batch, observer: any BatchObserver) async {
    for (index, answer) in await answer(batch).enumerated() { observer.answered(index, answer) }
  }
}

/// The clock of a test; deadlines and backends share it.
package let testTime = SystemTime()

/// A runner as the program has it.
package func testRunner(grace: Duration = .milliseconds(300)) -> SubprocessRunner {
  SubprocessRunner(search: ExecutableSearch(path: nil), grace: grace)
}

/// What tools see in tests.
package func testEnvironment(_ further: [String: String] = [:]) -> ChildEnvironment {
  ChildEnvironment(inheriting: ["HOME": "/root", "TMPDIR": "/tmp"].merging(further) { _, new in new })
}

/// A file behind what stands before its LFN.
package func target(_ prefix: String, _ lfn: String) throws -> DeletionTarget {
  guard let pfn = PFN(prefix + lfn) else { throw TestFailure("no PFN: \(prefix + lfn)") }
  return DeletionTarget(lfn: lfn, pfn: pfn)
}

extension Deadline {
  /// So many seconds from now.
  package static func seconds(_ seconds: Double) -> Deadline {
    Deadline.none.within(.milliseconds(Int(seconds * 1000)), of: testTime)
  }
}

extension Answer {
  /// `deleted`, `absent` or the class of the error.
  package var word: String {
    switch kind {
    case .deleted: "deleted"
    case .absent: "absent"
    case .failed(let error): error.errorClass.rawValue
    }
  }
}
