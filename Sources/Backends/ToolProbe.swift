import DeletionModel
import Credentials
import ProcessRunning
import BackendTools

/// Finds out which tools are here and whether they start.
package struct ToolProbe: Sendable {
  /// What was found.
  package struct Finding: Sendable, Equatable {
    /// The tool's name.
    package let name: String
    /// Where it is; nil if it is not here.
    package let path: String?
    /// What it says of its version; nil if it does not say.
    package let version: String?
    /// Why it cannot be used; nil if it can.
    package let problem: String?

    package init(name: String, path: String?, version: String?, problem: String?) {
      self.name = name
      self.path = path
      self.version = version
      self.problem = problem
    }
  }

  /// The tools that a backend may need.
  package static let tools = ["xrdfs", "gfal-rm"]

  private let search: ExecutableSearch
  private let runner: any ProcessRunner
  private let environment: ChildEnvironment

  package init(search: ExecutableSearch, runner: any ProcessRunner, environment: ChildEnvironment) {
    self.search = search
    self.runner = runner
    self.environment = GfalBackend.withPython(environment)
  }

  /// Looks at one tool.
  /// - Parameter limit: how long it may take to say its version.
  package func probe(_ tool: String, limit: Duration = .seconds(10)) async -> Finding {
    guard let path = search.find(tool) else {
      return Finding(name: tool, path: nil, version: nil, problem: "not installed here")
    }
    // xrdfs has no --version; with --help it starts, loads its libraries and connects to nothing. Its
    // version is that of the xrdcp beside it.
    let isXrdfs = tool == "xrdfs"
    let run = await ask(path, [isXrdfs ? "--help" : "--version"], limit: limit)
    if let problem = Self.problem(run) {
      return Finding(name: tool, path: path, version: nil, problem: problem)
    }
    var answer = run
    if isXrdfs {
      let sibling = String(Substring(path.utf8.dropLast(tool.utf8.count))) + "xrdcp"
      guard search.find(sibling) != nil else {
        return Finding(name: tool, path: path, version: nil, problem: nil)
      }
      answer = await ask(sibling, ["--version"], limit: limit)
    }
    guard case .success(let answer) = answer else {
      return Finding(name: tool, path: path, version: nil, problem: nil)
    }
    return Finding(name: tool, path: path, version: Self.version(answer), problem: nil)
  }

  private func ask(
    _ path: String, _ arguments: [String], limit: Duration
  ) async -> Result<ToolRun, ToolFailure> {
    do throws(ToolFailure) {
      return .success(
        try await runner.run(ToolInvocation(path, arguments, environment: environment), limit: limit))
    } catch {
      return .failure(error)
    }
  }

  private static func problem(_ result: Result<ToolRun, ToolFailure>) -> String? {
    switch result {
    case .failure(let failure):
      return DeletionError.tool(failure).message
    case .success(let run):
      if run.timedOut { return "does not answer" }
      if run.ending == .exited(0) { return nil }
      let answer = MessageLines.trimmed(Redaction.clean(String(decoding: run.errorOutput, as: UTF8.self)))
      return MessageText.oneLine("\(run.endingCode): \(answer)", limit: DeletionError.messageLimit)
    }
  }

  /// The first line that was printed: `v5.5.3`, `gfal2-util version 1.8.0 (gfal2 2.21.3)`.
  static func version(_ run: ToolRun) -> String? {
    for bytes in [run.output, run.errorOutput] {
      if let line = MessageLines.lines(bytes).map({ MessageLines.trimmed($0) }).first(where: { !$0.isEmpty })
      {
        return MessageText.oneLine(Redaction.clean(line), limit: 100)
      }
    }
    return nil
  }
}
