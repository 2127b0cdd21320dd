import CLinux

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How a tool is started so that the kernel stops it when this process dies, even by SIGKILL.
///
/// Between fork and exec nothing of ours can run, so this very executable is started, asks for the signal
/// (PR_SET_PDEATHSIG) before its `main`, and becomes the tool. The kernel ties that to the *thread* that forked and
/// sends the signal when that one ends: swift-subprocess 1.0.2 forks on one thread of its own that lives until
/// this process exits. The signal reaches the tool itself and not what it started; the work of both tools is done
/// in one process.
enum OrphanGuard {
  /// What is started.
  static let executable = "/proc/self/exe"
  private static var name: String { String(cString: swab_guard_name) }

  /// Its arguments, with the name that it is to have, for a tool.
  static func arguments(for path: String, _ arguments: [String]) -> (name: String, rest: [String]) {
    (name, ["\(getpid())", path] + arguments)
  }

  /// Why the tool itself was not started.
  static func failure(_ ending: ToolRun.Ending, _ errorOutput: [UInt8]) -> String? {
    guard ending == .exited(127), errorOutput.starts(with: "\(name): ".utf8) else { return nil }
    return MessageWords.trimmed(String(decoding: errorOutput.prefix(200), as: UTF8.self))
  }
}
