import DeletionModel
import Synchronization
import SystemPackage
import Glibc

/// The three streams that a process is started with, or not: `swab … >&-` has no standard output.
package enum StandardStreams {
  /// Gives the numbers of missing streams to something that can be neither read nor written. Otherwise the next
  /// file that is opened gets such a number, and a log line ends up in the middle of a report.
  package static func occupy() {
    for number in Int32(0)...2 where fcntl(number, F_GETFD) == -1 {
      // The lowest free number is given out, which is this one. Unlike /dev/null, `/` is always there.
      _ = open("/", pathOnly)
    }
  }

  /// Glibc's O_PATH is hidden from Swift; this value is the same on all our architectures.
  private static let pathOnly: Int32 = 0o10_000_000
}

/// The two streams of a command: results on standard output, everything else on standard error.
package enum Terminal {
  /// Writes a line of result.
  package static func say(_ line: String) { write(Array((line + "\n").utf8)) }

  /// Writes results that are lines already.
  package static func write(_ bytes: [UInt8]) {
    do {
      try FileDescriptor.standardOutput.writeAll(bytes)
    } catch {
      lost.withLock { $0 = $0 ?? error }
    }
  }

  /// Why results were lost: the disk is full, or there is no standard output. `swab delete` doesn't mind: what
  /// it prints is not its result, and a terminal that has gone away is no reason to stop deleting.
  package static var lostResult: (any Error)? { lost.withLock { $0 } }

  private static let lost = Mutex<(any Error)?>(nil)

  /// What this program was started as, for messages.
  static let programName =
    CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "swab"

  /// Writes one line of message.
  package static func complain(_ line: String) {
    let text = MessageText.oneLine(line, limit: 4096)
    LogOutput.write(LogLine(.error, text), asText: "\(programName): \(text)")
  }

  /// Writes one line of warning.
  package static func warn(_ line: String) {
    let text = MessageText.oneLine(line, limit: 4096)
    LogOutput.write(LogLine(.warning, text), asText: "\(programName): warning: \(text)")
  }

  /// Writes why the process ends with a code that is no success.
  package static func complain(_ failure: CommandFailure) {
    LogOutput.write(line(failure), asText: text(failure))
  }

  /// The same for later, with its end.
  ///
  /// - Parameter delay: so many seconds from now it is written.
  static func bytes(_ failure: CommandFailure, in delay: Double) -> [UInt8] {
    LogOutput.isJSON ? line(failure, in: delay).json : Array("\(text(failure))\n".utf8)
  }

  private static func line(_ failure: CommandFailure, in delay: Double = 0) -> LogLine {
    LogLine(
      .critical, MessageText.oneLine(failure.description, limit: 4096),
      [("exitCode", .count(Int(failure.status.rawValue)))], in: delay)
  }

  private static func text(_ failure: CommandFailure) -> String {
    "\(programName): \(MessageText.oneLine(failure.description, limit: 4096))"
  }

  /// Writes something for a person that is no result.
  package static func note(_ text: String) { LogOutput.write(LogLine(.info, text), asText: text) }

  /// Whether a person is at both ends of a question.
  package static var canAsk: Bool { isatty(0) == 1 && isatty(2) == 1 }

  private static let asks = Atomic(false)

  /// Whether a question waits for its answer.
  package static var isAsking: Bool { asks.load(ordering: .relaxed) }

  /// Asks a person; the answer without blanks around it, nil where the input ends.
  package static func ask(_ question: String) -> String? {
    _ = try? FileDescriptor.standardError.writeAll(question.utf8)
    asks.store(true, ordering: .relaxed)
    defer { asks.store(false, ordering: .relaxed) }
    guard let line = readLine() else { return nil }
    return line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
