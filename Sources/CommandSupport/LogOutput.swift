import ArgumentParser
import ByteStreams
import DeletionModel
import FoundationEssentials
import Logging
import Synchronization
import SystemPackage
import Glibc

/// The form of what goes to standard error.
package struct MessageOptions: ParsableArguments {
  /// The forms.
  package enum Format: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// For a person.
    case text
    /// One JSON object a line.
    case json
  }

  @Option(
    name: .long,
    help:
      "The form of everything on standard error: text, or json for one JSON object a line, errors and progress too."
  )
  package var logFormat: Format = .text

  package init() {}

  /// Whether the command line of this process asks for JSON. It is read before it is parsed, because an error in it has this
  /// form as well.
  static func asksForJSON(_ arguments: [String]) -> Bool {
    let options = arguments.prefix { $0 != "--" }
    return options.contains("--log-format=json")
      || zip(options, options.dropFirst()).contains { $0 == "--log-format" && $1 == "json" }
  }
}

/// One line for standard error: an event with its time, severity, message and fields.
///
/// As JSON it has the field names of the glideinWMS log (`timestamp`, `severity`, `type`, `content`), so that one parser
/// reads both.
package struct LogLine: Sendable {
  /// The value of a field.
  package enum Value: Sendable, Equatable {
    /// A string.
    case text(String)
    /// A whole number.
    case count(Int)
    /// Seconds, or any other number that is no whole one.
    case number(Double)
  }

  private let time: String
  private let severity: Logger.Level
  private let message: String
  private let fields: [(key: String, value: Value)]

  /// Makes a line.
  ///
  /// - Parameters:
  ///   - fields: without `timestamp`, `severity`, `type`, `invoker` and `content`.
  ///   - delay: so many seconds from now it is written.
  package init(
    _ severity: Logger.Level, _ message: String, _ fields: [(key: String, value: Value)] = [],
    in delay: Double = 0
  ) {
    time = (Date() + delay).formatted(.iso8601)
    self.severity = severity
    self.message = message
    self.fields = fields
  }

  /// The line as JSON, with its end.
  package var json: [UInt8] { json([]) }

  /// The same with further fields.
  package func json(_ further: [(key: String, value: Value)]) -> [UInt8] {
    var json = JSONText()
    json.beginObject()
    json.member("timestamp", time)
    json.member("severity", "\(severity)")
    json.member("type", "text")
    json.member("invoker", Terminal.programName)
    json.member("content", message)
    for (key, value) in fields + further {
      switch value {
      case .text(let text): json.member(key, text)
      case .count(let count): json.member(key, count)
      case .number(let number): json.member(key, seconds: number)
      }
    }
    json.endObject()
    json.endLine()
    return json.bytes
  }

  /// The line for a person: a value that is no single word is in quotation marks.
  ///
  /// - Parameter hasFields: whether the fields are shown; the message says it all where they are not.
  func text(hasFields: Bool) -> [UInt8] {
    let pairs = hasFields ? fields.map { " \($0.key)=\(Self.word($0.value))" }.joined() : ""
    return Array("\(time) \(severity) \(message)\(pairs)\n".utf8)
  }

  private static func word(_ value: Value) -> String {
    guard case .text(let text) = value else {
      return switch value {
      case .count(let count): "\(count)"
      case .number(let number): "\(number)"
      case .text(let text): text
      }
    }
    let isOne = !text.isEmpty && !text.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: "\"") || $0 == 0x7f }
    if isOne { return text }
    var json = JSONText()
    json.string(text)
    return String(decoding: json.bytes, as: UTF8.self)
  }
}

/// What takes log lines beside standard error.
package protocol LogSink: Sendable {
  /// Takes a line. Returns at once.
  func add(_ line: LogLine)
  /// Why it could not get rid of lines the last time that it tried; nil where it could.
  var problem: String? { get }
  /// Gets rid of what is left. Returns in limited time.
  func finish()
}

/// Standard error, which log lines, messages, errors and the progress share.
package enum LogOutput {
  /// Whether every line is JSON.
  package static let isJSON = MessageOptions.asksForJSON(CommandLine.arguments)

  /// Whether a line can be replaced by another one: there is a person at a terminal that can do so.
  package static let isInteractive =
    !isJSON && isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  /// Whether the last line of the terminal is one that ``replaceLine(_:)`` has written.
  private static let hasReplaceableLine = Mutex(false)

  private static let sink = Mutex<(any LogSink)?>(nil)

  /// From now on every line goes there as well.
  package static func send(to sink: any LogSink) { self.sink.withLock { $0 = sink } }

  /// A line for the sink alone.
  package static func hand(over line: LogLine) { sink.withLock { $0 }?.add(line) }

  /// Why the sink could not get rid of lines the last time that it tried; nil where it could, and without a sink.
  package static var sinkProblem: String? { sink.withLock { $0 }?.problem }

  /// The process is about to end.
  package static func finish() { sink.withLock { $0.take() }?.finish() }

  /// Writes a line in the form that was asked for.
  ///
  /// - Parameter text: what a person reads; nil for the line as it stands in a log.
  package static func write(_ line: LogLine, asText text: String? = nil) {
    hand(over: line)
    write(isJSON ? line.json : text.map { Array("\($0)\n".utf8) } ?? line.text(hasFields: true))
  }

  /// Writes a line whose message says what its fields say.
  package static func writeSentence(_ line: LogLine) {
    hand(over: line)
    write(isJSON ? line.json : line.text(hasFields: false))
  }

  /// Shows a line in the place of the one that was shown so before. Only where ``isInteractive``.
  package static func replaceLine(_ text: String) {
    let columns = width
    hasReplaceableLine.withLock { isShown in
      isShown = true
      // To the beginning of the line, which is cleared first.
      send(Array("\r\u{1b}[K\(text.prefix(columns - 1))".utf8))
    }
  }

  private static func write(_ bytes: [UInt8]) {
    hasReplaceableLine.withLock { isShown in
      send(isShown ? Array("\r\u{1b}[K".utf8) + bytes : bytes)
      isShown = false
    }
  }

  private static func send(_ bytes: [UInt8]) {
    _ = try? FileDescriptor.standardError.writeAll(bytes)
  }

  private static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
    return Int(size.ws_col)
  }
}

/// Writes log lines to standard error, each in one piece.
package struct StandardErrorLog: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]

  package init(level: Logger.Level) { logLevel = level }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
    LogOutput.write(
      LogLine(
        event.level, "\(event.message)", fields.map { (key: $0.key, value: .text("\($0.value)")) }))
  }
}
