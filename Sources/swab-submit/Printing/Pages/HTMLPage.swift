import ArgumentParser
import ByteStreams
import DeletionModel
import FoundationEssentials

/// A page for a browser that needs nothing else, neither a server nor a library. Everything that comes from elsewhere is
/// escaped, and no script runs but the page's own.
enum HTMLPage {
  /// Writes a page, whole or not at all. Throws `FileError`, also where something else than a regular file is in its place.
  static func write(_ page: String, to path: String) throws {
    try AtomicFile.replace(path, .own) { try $0.write(Array(page.utf8)) }
  }

  /// Checks, before anything is done, that a page named by a person overwrites nothing but a page.
  ///
  /// - Throws: `ValidationError`.
  static func check(_ path: String) throws {
    if path == "-" {
      throw ValidationError("the page goes to a file, as standard output has the summary: name one")
    }
    let start = Array(beginning.utf8)
    // What can't be read, and what is no file, shows when the page is written.
    guard var file = try? FileSource(regularFile: path), let chunk = try? file.next(), !chunk.isEmpty,
      !chunk.starts(with: start)
    else { return }
    throw ValidationError("\(path) is there and is no page: name another file, or remove it")
  }

  private static let beginning = "<!DOCTYPE html>"

  /// The whole page.
  ///
  /// - Parameter body: as HTML.
  static func text(_ title: String, _ body: String) -> String {
    """
    \(beginning)
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="\(policy)"><title>\(escaped(title))</title>
    <style>
    \(style)
    </style></head><body><main>
    \(body)</main>
    <script>\(script)</script></body></html>

    """
  }

  /// Nothing is fetched from anywhere, and of scripts only the one with this digest runs.
  private static let policy: String = {
    guard let digest = SHA256() else { return "default-src 'none'; style-src 'unsafe-inline'" }
    digest.add(Array(script.utf8))
    let hexadecimal = Array(digest.finish())
    let bytes = stride(from: 0, to: hexadecimal.count - 1, by: 2).compactMap {
      UInt8(String(hexadecimal[$0...$0 + 1]), radix: 16)
    }
    return
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-\(Data(bytes).base64EncodedString())'"
  }()

  /// A text that can stand between tags and inside of quotes.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in MessageText.oneLine(text, limit: 4096).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A number with its digits in groups of three.
  static func number(_ value: Int) -> String {
    let digits = Array("\(value.magnitude)")
    var text = value < 0 ? "−" : ""
    for (index, digit) in digits.enumerated() {
      // A narrow space that no line is broken at.
      if index > 0, (digits.count - index) % 3 == 0 { text += "\u{202F}" }
      text.append(digit)
    }
    return text
  }
}

/// A table that can be sorted, and filtered where it is long.
struct HTMLTable {
  /// What is in a cell.
  enum Cell {
    /// Text.
    case text(String)
    /// A name of a file, a directory or an endpoint, which may be broken anywhere.
    case name(String)
    /// A number.
    case number(Int)
    /// A number with a note below it; an empty one is left out.
    case noted(Int, String)
    /// Anything else that stands to the right, and the number that it is sorted by.
    case quantity(String, Double)
    /// HTML, which is escaped already.
    case html(String)

    var isNumber: Bool {
      switch self {
      case .number, .noted, .quantity: true
      case .text, .name, .html: false
      }
    }

    /// - Parameter name: of the column, escaped; a narrow screen shows it beside the value.
    fileprivate func html(_ name: String) -> String {
      let label = name.isEmpty ? "" : " data-name=\"\(name)\""
      return switch self {
      case .text(let text): "<td\(label)>\(HTMLPage.escaped(text))</td>"
      case .name(let text): "<td\(label)><code>\(HTMLPage.escaped(text))</code></td>"
      case .number(let value):
        "<td\(label) class=\"number\" data-value=\"\(value)\">\(HTMLPage.number(value))</td>"
      case .noted(let value, let note):
        "<td\(label) class=\"number\" data-value=\"\(value)\">\(HTMLPage.number(value))\(note.isEmpty ? "" : "<small>\(HTMLPage.escaped(note))</small>")</td>"
      case .quantity(let text, let value):
        "<td\(label) class=\"number\" data-value=\"\(value)\">\(HTMLPage.escaped(text))</td>"
      case .html(let html): "<td\(label)>\(html)</td>"
      }
    }
  }

  /// The names of the columns.
  var heading: [String]
  /// Its rows.
  var rows: [[Cell]]
  /// The class of each row; shorter than the rows: none.
  var classes: [String] = []

  /// Nothing without rows.
  ///
  /// - Parameter title: as text.
  func section(_ title: String, note: String? = nil) -> String {
    guard !rows.isEmpty else { return "" }
    let text = note.map { "<p class=\"note\">\(HTMLPage.escaped($0))</p>\n" } ?? ""
    return "<h2>\(HTMLPage.escaped(title))</h2>\n\(text)\(html)"
  }

  /// The table alone.
  var html: String {
    let head = heading.enumerated().map { column, name in
      let isNumber = rows.first.map { column < $0.count && $0[column].isNumber } ?? false
      return "<th\(isNumber ? " class=\"number\"" : "")>\(HTMLPage.escaped(name))</th>"
    }
    let names = heading.map(HTMLPage.escaped)
    let lines = rows.enumerated().map { index, row in
      let kind = index < classes.count ? " class=\"\(classes[index])\"" : ""
      return "<tr\(kind)>\(zip(row, names).map { $0.html($1) }.joined())</tr>\n"
    }
    return
      "<div class=\"wide\"><table><thead><tr>\(head.joined())</tr></thead>\n<tbody>\(lines.joined())</tbody></table></div>\n"
  }
}
