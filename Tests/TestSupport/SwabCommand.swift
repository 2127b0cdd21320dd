import FoundationEssentials
import Subprocess
import SystemPackage

/// Runs the `swab` executable that was built together with the tests.
package enum SwabCommand {
  /// What a run came to.
  package struct Result: Sendable {
    /// The exit code; nil when a signal ended it.
    package let code: Int32?
    /// Standard output.
    package let output: String
    /// Standard error.
    package let messages: String
  }

  /// Beside the program that runs the tests.
  package static var executable: String {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return FilePath(own).removingLastComponent().appending("swab").string
  }

  /// Runs it to its end, with nothing of this process's environment.
  ///
  /// - Parameters:
  ///   - environment: variables beside `PATH`, or instead of it.
  ///   - launcher: a program and its arguments that runs what follows them.
  package static func run(
    _ arguments: [String], environment: [String: String] = [:], through launcher: [String] = []
  ) async throws -> Result {
    try await run(command: launcher + [executable] + arguments, environment: environment)
  }

  /// Runs any program, by its path, in the same way.
  package static func run(command: [String], environment: [String: String] = [:]) async throws -> Result {
    var variables: [Environment.Key: String] = ["PATH": "/usr/local/bin:/usr/bin:/bin"]
    for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
    let done = try await Subprocess.run(
      .path(FilePath(command[0])), arguments: Arguments(Array(command.dropFirst())),
      environment: .custom(variables), output: .string(limit: 16 << 20), error: .string(limit: 16 << 20))
    let code: Int32? = if case .exited(let code) = done.terminationStatus { code } else { nil }
    return Result(code: code, output: done.standardOutput, messages: done.standardError)
  }
}
