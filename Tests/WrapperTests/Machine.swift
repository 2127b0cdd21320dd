import Subprocess
import Testing

/// The machine that the tests run on.
enum Machine {
  /// What `uname -m` prints.
  static func name() async throws -> String {
    let done = try await Subprocess.run(.name("uname"), arguments: ["-m"], output: .string(limit: 100))
    try #require(done.terminationStatus.isSuccess)
    return String(done.standardOutput.prefix { $0 != "\n" })
  }
}
