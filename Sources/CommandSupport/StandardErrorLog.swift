import ByteStreams
import FoundationEssentials
import Logging
import SystemPackage

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
    let pairs = fields.map { " \($0.key)=\($0.value)" }.joined()
    return Array("\(time) \(level) \(message)\(pairs)\n".utf8)
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
