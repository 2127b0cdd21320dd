import Deletion

/// What `xrdfs` prints, taken apart. Pure.
enum XrdfsOutput {
  /// One result: `[SUCCESS] `, `[ERROR] Error response: …`, `[FATAL] Connection error`.
  enum Status: Equatable, Sendable {
    case success
    case failure(String)
  }

  /// What a `stat` said of one path.
  enum Entry: Equatable, Sendable {
    case directory
    case other
  }

  /// An error line of standard error: `[ERROR] Server responded with an error: [3011] text`.
  struct Complaint: Equatable, Sendable {
    /// The server's code, where there is one.
    var code: Int?
    /// `Connection error`, `Error response`, or the server's words.
    var text: String
  }

  /// The result lines of `rm`, by path. A line belongs to a path only if the whole path stands in it, and a
  /// path with two lines that differ has none.
  static func removals(_ output: [UInt8], of paths: [ExactName]) -> [ExactName: Status] {
    let known = Set(paths)
    var result: [ExactName: Status] = [:]
    var contradicted: Set<ExactName> = []
    for (line, mayName) in MessageWords.names(output) {
      guard line.utf8.starts(with: "rm ".utf8), let split = range(of: " : [", in: line) else { continue }
      let path = ExactName(Substring(line.utf8[..<split.lowerBound].dropFirst(3)))
      guard known.contains(path), mayName(path) else { continue }
      let rest = Substring(line.utf8[line.utf8.index(split.upperBound, offsetBy: -1)...])
      guard let status = status(String(rest)) else { continue }
      if let before = result[path], before != status { contradicted.insert(path) }
      result[path] = status
    }
    for path in contradicted { result[path] = nil }
    return result
  }

  /// `[SUCCESS]`, `[ERROR] text`, `[FATAL] text`; nil for anything else.
  static func status(_ text: String) -> Status? {
    let text = MessageWords.trimmed(text)
    if MessageWords.same(text, "[SUCCESS]") { return .success }
    for head in ["[ERROR] ", "[FATAL] "] where text.utf8.starts(with: head.utf8) {
      return .failure(String(Substring(text.utf8.dropFirst(head.utf8.count))))
    }
    return nil
  }

  /// The blocks of `stat`, by path. A block counts only with its `Flags:` line.
  static func entries(_ output: [UInt8], of paths: [ExactName]) -> [ExactName: Entry] {
    let known = Set(paths)
    var result: [ExactName: Entry] = [:]
    var current: ExactName?
    for (line, mayName) in MessageWords.names(output) {
      if line.utf8.starts(with: "Path:   ".utf8) {
        let path = ExactName(Substring(line.utf8.dropFirst(8)))
        current = known.contains(path) && mayName(path) ? path : nil
      } else if line.utf8.starts(with: "Flags:".utf8), let path = current {
        if let entry = entry(flags: line) { result[path] = entry }
        current = nil
      }
    }
    return result
  }

  /// `Flags:  19 (XBitSet|IsDir|IsReadable)`. The number decides: 2 is a directory (kXR_isDir in XProtocol).
  private static func entry(flags line: String) -> Entry? {
    let digits = line.utf8.dropFirst(6).drop { $0 == UInt8(ascii: " ") }.prefix {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
    }
    guard let number = Int(Substring(digits)) else { return nil }
    return number & 2 != 0 || contains("IsDir", in: line) ? .directory : .other
  }

  /// The complaints on standard error, in order. Log lines and empty ones are not among them.
  static func complaints(_ errorOutput: [UInt8]) -> [Complaint] {
    var result: [Complaint] = []
    for raw in MessageWords.lines(errorOutput) {
      guard case .failure(let text)? = status(raw) else { continue }
      result.append(complaint(text))
    }
    return result
  }

  private static func complaint(_ text: String) -> Complaint {
    let head = "Server responded with an error: ["
    guard text.utf8.starts(with: head.utf8) else { return Complaint(code: nil, text: text) }
    let rest = text.utf8.dropFirst(head.utf8.count)
    guard let end = rest.firstIndex(of: UInt8(ascii: "]")), let code = Int(Substring(rest[..<end])) else {
      return Complaint(code: nil, text: text)
    }
    return Complaint(code: code, text: MessageWords.trimmed(Substring(rest[rest.index(after: end)...])))
  }

  /// Where a text stands in another, by bytes.
  static func range(of needle: String, in text: String) -> Range<String.Index>? {
    guard let first = needle.utf8.first else { return nil }
    var rest = text.utf8[...]
    while let start = rest.firstIndex(of: first) {
      if rest[start...].starts(with: needle.utf8) {
        return start..<rest.index(start, offsetBy: needle.utf8.count)
      }
      rest = rest[rest.index(after: start)...]
    }
    return nil
  }

  static func contains(_ needle: String, in text: String) -> Bool { range(of: needle, in: text) != nil }
}
