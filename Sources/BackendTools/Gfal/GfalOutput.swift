import DeletionModel

/// What `gfal-rm` prints, taken apart. Pure.
enum GfalOutput {
  /// `URL<TAB>DELETED`.
  enum Word: String, Sendable {
    case deleted = "DELETED"
    case missing = "MISSING"
    case failed = "FAILED"
    case skip = "SKIP"
  }

  /// `gfal-rm error: 111 (Connection refused) - Failed to stat file (Connection refused)`.
  struct Diagnostic: Equatable, Sendable {
    /// An errno.
    var number: Int32
    /// The text behind it.
    var text: String
  }

  /// The result lines, by URL. A URL with two lines that differ has none.
  static func results(_ output: [UInt8], of urls: [ExactName]) -> [ExactName: Word] {
    let known = Set(urls)
    var result: [ExactName: Word] = [:]
    var contradicted: Set<ExactName> = []
    for (line, mayName) in MessageLines.names(output) {
      // The URL may hold anything but a tab, the word nothing odd.
      guard let tab = line.utf8.lastIndex(of: UInt8(ascii: "\t")) else { continue }
      let url = ExactName(Substring(line.utf8[..<tab]))
      let tail = String(Substring(line.utf8[line.utf8.index(after: tab)...]))
      guard known.contains(url), mayName(url), let word = word(tail) else { continue }
      if let before = result[url], before != word { contradicted.insert(url) }
      result[url] = word
    }
    for url in contradicted { result[url] = nil }
    return result
  }

  private static func word(_ text: String) -> Word? {
    if let word = Word(rawValue: text) { return word }
    return text.utf8.starts(with: "FAILED:".utf8) ? .failed : nil
  }

  /// The error on standard error that stopped the run.
  static func diagnostic(_ errorOutput: [UInt8]) -> Diagnostic? {
    for line in MessageLines.lines(errorOutput) {
      guard let head = XrdfsOutput.range(of: " error: ", in: line),
        line.utf8.starts(with: "gfal".utf8)
      else { continue }
      let rest = line.utf8[head.upperBound...]
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let number = Int32(Substring(digits)) else { continue }
      let text = Substring(rest.dropFirst(digits.count))
      return Diagnostic(number: number, text: MessageLines.trimmed(text))
    }
    return nil
  }
}
