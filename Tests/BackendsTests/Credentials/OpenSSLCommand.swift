import FoundationEssentials
import Subprocess
import SystemPackage

/// Runs the `openssl` command; a test that needs it fails where it is missing.
struct OpenSSLCommand {
  /// The command ended badly.
  struct Failure: Error {
    let arguments: [String]
    let message: String
  }

  /// Runs it in a directory and returns its standard output.
  @discardableResult
  static func run(_ arguments: [String], in directory: FilePath, input: String = "") async throws -> String {
    let result = try await Subprocess.run(
      .name("openssl"), arguments: Arguments(arguments), workingDirectory: directory, input: .string(input),
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    guard result.terminationStatus.isSuccess else {
      throw Failure(arguments: arguments, message: result.standardError)
    }
    return result.standardOutput
  }
}

/// A directory that is gone afterwards.
func withTemporaryDirectory<Value>(_ body: (FilePath) async throws -> Value) async throws -> Value {
  let path = FileManager.default.temporaryDirectory.path + "/swab-test-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  do {
    let value = try await body(FilePath(path))
    try FileManager.default.removeItem(atPath: path)
    return value
  } catch {
    try? FileManager.default.removeItem(atPath: path)
    throw error
  }
}
