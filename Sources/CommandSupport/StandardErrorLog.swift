import ByteStreams
import DeletionModel
import FoundationEssentials
import Logging
import Synchronization
import SystemPackage
import Glibc

/// Writes log lines to standard error, each in one piece.
///
/// A JSON line has the field names of the glideinWMS log (`timestamp`, `severity`, `type`, `content`), so that
/// one parser reads both.
package struct StandardErrorLog: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  private let asJSON: Bool

  package init(level: Logger.Level, asJSON: Bool) {
    self.logLevel = level
    self.asJSON = asJSON
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
    let time = Date().formatted(.iso8601)
    let line =
      asJSON
      ? jsonLine(time, event.level, "\(event.message)", fields)
      : textLine(time, event.level, "\(event.message)", fields)
    _ = try? FileDescriptor.standardError.writeAll(line)
  }

  private typealias Fields = [(key: String, value: Logger.MetadataValue)]

  private func textLine(_ time: String, _ level: Logger.Level, _ message: String, _ fields: Fields) -> [UInt8]
  {
    let pairs = fields.map { " \($0.key)=\(Self.word("\($0.value)"))" }.joined()
    return Array("\(time) \(level) \(message)\(pairs)\n".utf8)
  }

  /// A value as one word: in quotation marks, as JSON has it, where it would not be one.
  private static func word(_ value: String) -> String {
    guard
      value.isEmpty || value.utf8.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: "\"") || $0 == 0x7f })
    else {
      return value
    }
    var json = JSONText()
    json.string(value)
    return String(decoding: json.bytes, as: UTF8.self)
  }

  private func jsonLine(_ time: String, _ level: Logger.Level, _ message: String, _ fields: Fields) -> [UInt8]
  {
    var json = JSONText()
    json.beginObject()
    json.member("timestamp", time)
    json.member("severity", "\(level)")
    json.member("type", "text")
    json.member("invoker", "swab")
    json.member("content", message)
    for (key, value) in fields {
      json.member(key, "\(value)")
    }
    json.endObject()
    json.endLine()
    return json.bytes
  }
}

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
