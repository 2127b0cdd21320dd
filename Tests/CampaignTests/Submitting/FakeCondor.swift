import Synchronization
import DeletionModel
import ProcessRunning

/// Stands in for HTCondor's tools: answers as told, and remembers what was asked.
final class FakeCondor: ProcessRunner {
  typealias Answer = @Sendable (ToolInvocation) throws(ToolFailure) -> ToolRun

  private let answer: Answer
  /// Which schedd says that it is there; nil: the answer is asked for that as well.
  private let schedd: String?
  private let seen = Mutex<[ToolInvocation]>([])

  init(schedd: String? = "schedd@test", _ answer: @escaping Answer) {
    self.schedd = schedd
    self.answer = answer
  }

  /// Every tool ends like this.
  convenience init(
    exit code: Int32 = 0, output: String = "", errorOutput: String = "", timedOut: Bool = false,
    schedd: String? = nil
  ) {
    self.init(schedd: schedd) { _ in
      ToolRun(
        ending: .exited(code), output: Array(output.utf8), errorOutput: Array(errorOutput.utf8),
        timedOut: timedOut)
    }
  }

  var invocations: [ToolInvocation] { seen.withLock { $0 } }

  func run(_ invocation: ToolInvocation, limit: Duration?) async throws(ToolFailure) -> ToolRun {
    // Without the lock, which would live on in here.
    var kept = invocation
    kept.heldFile = nil
    seen.withLock { $0.append(kept) }
    if let schedd, invocation.tool == "condor_q", invocation.arguments.contains("-totals") {
      return .ended(
        0, output: "\n\n-- Schedd: \(schedd) : <127.0.0.1:9618?... @ 11/27/26 14:13:58\nTotal for query: 0\n")
    }
    return try answer(invocation)
  }
}

extension ToolRun {
  /// A tool that ends with this.
  static func ended(_ code: Int32, output: String = "", errorOutput: String = "") -> ToolRun {
    ToolRun(ending: .exited(code), output: Array(output.utf8), errorOutput: Array(errorOutput.utf8))
  }
}
