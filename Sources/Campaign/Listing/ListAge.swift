import ByteStreams
import FoundationEssentials

/// When a list that is a file was made. A copy of a list is written later than the list, so what the list itself tells
/// counts where it tells of an earlier time.
enum ListAge {
  /// The earliest of: when the file was written, the time in its gzip header (RFC 1952, 2.3.1, MTIME), and the name of a
  /// scan in the file's name (`…2026_11_20_00_00…`, UTC: what the consistency monitor's files have).
  ///
  /// - Throws: `FileError`.
  static func made(_ file: OpenFile, path: String) throws -> Date {
    var source = FileSource(file, at: 0)
    let head = try source.next() ?? []
    let name = path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? ""
    let times = [Date(timeIntervalSince1970: try file.modified()), gzipTime(head), scanTime(name)]
    return times.compactMap { $0 }.min() ?? .distantPast
  }

  /// The time in a gzip header; nil where it has none.
  static func gzipTime(_ head: [UInt8]) -> Date? {
    guard head.count >= 10, head[0] == 0x1F, head[1] == 0x8B else { return nil }
    let seconds = (4..<8).reversed().reduce(0) { $0 << 8 | Int(head[$1]) }
    return seconds == 0 ? nil : Date(timeIntervalSince1970: Double(seconds))
  }

  /// The time that a scan's name says: `2026_11_20_00_00`.
  static func scanTime(_ name: String) -> Date? {
    let bytes = Array(name.utf8)
    let form = Array("dddd_dd_dd_dd_dd".utf8)
    guard bytes.count >= form.count else { return nil }
    for start in 0...(bytes.count - form.count) {
      let piece = bytes[start..<(start + form.count)]
      let fits = zip(piece, form).allSatisfy { byte, sign in
        sign == UInt8(ascii: "_") ? byte == sign : (0x30...0x39).contains(byte)
      }
      // Not the middle of a longer number.
      guard fits, start == 0 || !(0x30...0x39).contains(bytes[start - 1]) else { continue }
      let fields = String(decoding: piece, as: UTF8.self).split(separator: "_")
      let text = "\(fields[0])-\(fields[1])-\(fields[2])T\(fields[3]):\(fields[4]):00Z"
      if let date = try? Date(text, strategy: .iso8601) { return date }
    }
    return nil
  }
}
