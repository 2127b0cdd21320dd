import ByteStreams

/// Runs tools. A protocol, so that everything above it is tested without starting a process.
package protocol ProcessRunner: Sendable {
  /// Runs a tool to its end, or to `limit`, or until the task is cancelled; in the last two cases its whole
  /// process group is stopped. What it printed until then is in the result.
  /// - Throws: when nothing was started.
  func run(_ invocation: ToolInvocation, limit: Duration?) async throws(ToolFailure) -> ToolRun
}

/// What is run, and how.
package struct ToolInvocation: Sendable, Equatable {
  /// An absolute path, or a name that is looked for on the search path.
  package var tool: String
  /// Each argument reaches the tool as it is; no shell is involved.
  package var arguments: [String]
  /// All that the tool sees of the environment.
  package var environment: ChildEnvironment
  /// What the tool reads from its standard input.
  package var input: [UInt8]
  /// What the tool has as its standard input instead of ``input``, which is empty then: the file's lock lasts until
  /// the tool has ended, and every process that has inherited its standard input.
  package var heldFile: LockedFile?
  /// Where the tool runs; nil: where this process does.
  package var workingDirectory: String?

  package init(
    _ tool: String, _ arguments: [String], environment: ChildEnvironment, input: [UInt8] = [],
    workingDirectory: String? = nil
  ) {
    self.tool = tool
    self.arguments = arguments
    self.environment = environment
    self.input = input
    self.workingDirectory = workingDirectory
  }
}

/// How a tool ended and what it printed.
package struct ToolRun: Sendable, Equatable {
  /// How a process can end.
  package enum Ending: Sendable, Equatable {
    /// By itself, with this code.
    case exited(Int32)
    /// By this signal.
    case signaled(Int32)
    /// It was stopped and nothing more is known.
    case unknown
  }

  /// How it ended.
  package var ending: Ending
  /// The first bytes of its standard output, up to the runner's limit.
  package var output: [UInt8]
  /// The first bytes of its standard error, up to the runner's limit.
  package var errorOutput: [UInt8]
  /// Whether the tool printed more than is kept.
  package var isCut: Bool
  /// Whether it was stopped because its time was over.
  package var timedOut: Bool
  /// Whether it was stopped because the task was cancelled.
  package var wasCancelled: Bool
  /// How long it ran.
  package var duration: Duration

  package init(
    ending: Ending, output: [UInt8] = [], errorOutput: [UInt8] = [], isCut: Bool = false,
    timedOut: Bool = false, wasCancelled: Bool = false, duration: Duration = .zero
  ) {
    self.ending = ending
    self.output = output
    self.errorOutput = errorOutput
    self.isCut = isCut
    self.timedOut = timedOut
    self.wasCancelled = wasCancelled
    self.duration = duration
  }

  /// `exit 54`, `signal 9`: how it would be looked up.
  package var endingCode: String {
    switch ending {
    case .exited(let code): "exit \(code)"
    case .signaled(let number): "signal \(number)"
    case .unknown: "stopped"
    }
  }
}

/// Why a tool was not even started.
package enum ToolFailure: Error, Sendable, Equatable {
  /// No such tool on the search path, or not at that place.
  case notFound(String)
  /// There, but it does not start: not executable, wrong architecture, arguments too long.
  case notStarted(String, reason: String)
  /// This process is short of descriptors, memory or processes.
  case noResources(String)
  /// The task was cancelled before.
  case cancelled
}
