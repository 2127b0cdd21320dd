import DeletionModel
import XRootDProtocol

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
  struct Diagnostic: Equatable, Sendable {
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
    for (line, mayName) in MessageLines.names(output) {
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
    let text = MessageLines.trimmed(text)
    if MessageLines.same(text, "[SUCCESS]") { return .success }
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
    for (line, mayName) in MessageLines.names(output) {
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

  /// The diagnostics on standard error, in order. Log lines and empty ones are not among them.
  static func diagnostics(_ errorOutput: [UInt8]) -> [Diagnostic] {
    var result: [Diagnostic] = []
    for raw in MessageLines.lines(errorOutput) {
      guard case .failure(let text)? = status(raw) else { continue }
      result.append(diagnostic(text))
    }
    return result
  }

  private static func diagnostic(_ text: String) -> Diagnostic {
    let head = "Server responded with an error: ["
    guard text.utf8.starts(with: head.utf8) else { return Diagnostic(code: nil, text: text) }
    let rest = text.utf8.dropFirst(head.utf8.count)
    guard let end = rest.firstIndex(of: UInt8(ascii: "]")), let code = Int(Substring(rest[..<end])) else {
      return Diagnostic(code: nil, text: text)
    }
    return Diagnostic(code: code, text: MessageLines.trimmed(Substring(rest[rest.index(after: end)...])))
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

/// A PFN as `xrdfs` takes it: the server, and the path exactly as it goes to the server.
///
/// Seen with xrdfs 5.5.3 and read in the sources of 4.12 to 6.1: outside its interactive mode each argument
/// is one path; nothing in it is split, unquoted, decoded or collapsed.
struct XrdfsAddress: Hashable, Sendable, ToolName {
  /// `root://host:port`.
  let server: ExactName
  /// `/store/f`, with `?parameters` where the PFN has some.
  let path: ExactName

  var key: ExactName { ExactName(server.text + path.text) }

  /// Takes a PFN apart, or says why its name cannot be passed exactly.
  init(_ target: DeletionTarget) throws(InexactName) {
    let address = try XRootAddress(target)
    server = ExactName("\(address.isSecure ? "roots" : "root")://\(target.pfn.authority)")
    let text = address.path
    guard let first = text.utf8.first, first != UInt8(ascii: "-") else {
      throw InexactName(reason: "xrdfs would take the path for an option")
    }
    // The tool prints "rm PATH : [STATUS] …".
    if text.utf8.count >= 4, XrdfsOutput.contains(" : [", in: text) {
      throw InexactName(reason: "the name cannot be told from the answer in the output of xrdfs")
    }
    path = ExactName(address.text)
  }
}
