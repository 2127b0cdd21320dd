import FoundationEssentials
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// A root directory that holds nothing but the static executable, `/proc`, `/etc/hosts`, a hostile
/// `/etc/nsswitch.conf`, and its inputs: no library, no shell, no `/dev/null`.
struct EmptyRoot {
  /// Where it is.
  let path: String

  /// Gives one to `body` and removes it afterwards.
  static func with<Value>(_ body: (EmptyRoot) async throws -> Value) async throws -> Value {
    let root = EmptyRoot(
      path: FileManager.default.temporaryDirectory.path() + "/swab-root-\(UUID().uuidString)")
    try root.makeDirectory("proc")
    defer { try? FileManager.default.removeItem(atPath: root.path) }
    // Not by ourselves: a process that another test starts meanwhile would have the copy open for writing, and then it
    // can't be executed (ETXTBSY).
    let copy = try await Subprocess.run(
      .name("cp"), arguments: [Repository.staticSwab, root.path + "/swab"], output: .discarded)
    #expect(copy.terminationStatus.isSuccess)
    return try await body(root)
  }

  /// Writes a file, by its path in the root directory.
  func write(_ text: String, to file: String) throws {
    let parts = file.split(separator: "/")
    try makeDirectory(parts.dropLast().joined(separator: "/"))
    try Data(text.utf8).write(to: URL(filePath: "\(path)/\(parts.joined(separator: "/"))"))
  }

  private func makeDirectory(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
  }

  /// What a program came to.
  struct Result {
    let status: TerminationStatus
    let output: String
    let messages: String
  }

  /// Runs `/swab` with this directory as its root. Everything happens in a mount namespace of its own, so that
  /// the bind mount is gone afterwards; who is not root gets a user namespace as well.
  func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Result {
    let isRoot = try await Subprocess.run(.name("id"), arguments: ["-u"], output: .string(limit: 100))
      .standardOutput.hasPrefix("0\n")
    // The tools of the machine are found before the root changes; nothing of them is left after it.
    let script = """
      set -e
      mount --rbind /proc "$1/proc"
      root=$1
      shift
      exec chroot "$root" /swab "$@"
      """
    let namespaces = isRoot ? ["--mount"] : ["--map-root-user", "--mount"]
    var variables: [Environment.Key: String] = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
    for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
    let done = try await Subprocess.run(
      .name("unshare"),
      arguments: Arguments(namespaces + ["/bin/sh", "-c", script, "sh", path] + arguments),
      environment: .custom(variables), output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    return Result(status: done.terminationStatus, output: done.standardOutput, messages: done.standardError)
  }
}
