import Glibc

/// A process that is told what to clear up and does so as soon as nobody can tell it any more: a signal that ends the
/// tests, be it KILL, closes our end of its input. A handler of ours could do hardly anything.
struct Survivor: Sendable {
  enum Left: Sendable, Hashable, CustomStringConvertible {
    /// One that leads its group.
    case process(pid_t)
    /// With all that is in it.
    case directory(String)

    var description: String {
      switch self {
      case .process(let number): "\(number)"
      case .directory(let path): path
      }
    }
  }

  /// Our end.
  let line: Int32

  /// In lines: `+` or `-`, and the number of a process group or the path of a directory.
  private static let program = """
    import os, shutil, signal, sys
    left = set()
    for line in sys.stdin:
        (left.add if line[0] == "+" else left.discard)(line[1:-1])
    for group in [what for what in left if what.isdigit()]:
        try:
            os.killpg(int(group), signal.SIGKILL)
        except OSError:
            pass
    for directory in left:
        if directory.startswith("/"):
            shutil.rmtree(directory, ignore_errors=True)
    """

  /// Starts it; nil where that can't be.
  init?() {
    guard let line = try? Conversation.start("/usr/bin/python3", ["-IS", "-c", Self.program]) else {
      return nil
    }
    self.line = line
  }

  func add(_ what: Left) { say("+\(what)") }
  func remove(_ what: Left) { say("-\(what)") }

  private func say(_ text: String) { try? Conversation.write("\(text)\n".utf8, to: line) }
}
