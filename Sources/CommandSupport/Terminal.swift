import Deletion
import Synchronization
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

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
  private static let programName =
    CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "swab"

  /// Writes one line of complaint.
  package static func complain(_ line: String) {
    note("\(programName): \(MessageText.oneLine(line, limit: 4096))")
  }

  /// Writes something for a person that is no result.
  package static func note(_ text: String) {
    _ = try? FileDescriptor.standardError.writeAll((text + "\n").utf8)
  }

  /// Whether a person is at both ends of a question.
  package static var canAsk: Bool { isatty(0) == 1 && isatty(2) == 1 }

  /// Asks a person; the answer without blanks around it, nil where the input ends.
  package static func ask(_ question: String) -> String? {
    _ = try? FileDescriptor.standardError.writeAll(question.utf8)
    guard let line = readLine() else { return nil }
    return line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
