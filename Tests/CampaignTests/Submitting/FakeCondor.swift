import Backends
import Synchronization

/// Stands in for HTCondor's tools: answers as told, and remembers what was asked.
final class FakeCondor: ProcessRunner {
  typealias Answer = @Sendable (ToolInvocation) throws(ToolFailure) -> ToolRun

  private let answer: Answer
  private let seen = Mutex<[ToolInvocation]>([])

  init(_ answer: @escaping Answer) { self.answer = answer }

  /// Every tool ends like this.
  convenience init(
    exit code: Int32 = 0, output: String = "", errorOutput: String = "", timedOut: Bool = false
  ) {
    self.init { _ in
      ToolRun(
        ending: .exited(code), output: Array(output.utf8), errorOutput: Array(errorOutput.utf8),
        timedOut: timedOut)
    }
  }

  var invocations: [ToolInvocation] { seen.withLock { $0 } }

  func run(_ invocation: ToolInvocation, limit: Duration?) async throws(ToolFailure) -> ToolRun {
    seen.withLock { $0.append(invocation) }
    return try answer(invocation)
  }
}

extension ToolRun {
  /// A tool that ends with this.
  static func ended(_ code: Int32, output: String = "", errorOutput: String = "") -> ToolRun {
    ToolRun(ending: .exited(code), output: Array(output.utf8), errorOutput: Array(errorOutput.utf8))
  }
}
