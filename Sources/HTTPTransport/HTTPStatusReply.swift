import DeletionModel
import Networking
import Credentials

extension HTTPStatusTable {
  /// The parts of a response that count.
  package struct Reply: Sendable {
    package var status: Int
    package var body: [UInt8] = []
    package var retryAfter: Duration?

    package init(status: Int, body: [UInt8] = [], retryAfter: Duration? = nil) {
      self.status = status
      self.body = body
      self.retryAfter = retryAfter
    }
  }

  /// The answer to a DELETE, but for 207, which has to be read, and for a 401 and redirects that are followed up.
  ///
  /// RFC 9110 section 9.3.5: 200, 202 and 204 say that the file is deleted, or will be. A 201 or a 206 is no
  /// answer to a DELETE.
  package static func answer(toDelete reply: Reply) -> Answer.Kind {
    switch reply.status {
    case 200, 202, 204: .deleted
    case 404, 410: .absent
    default: .failed(error(reply))
    }
  }

  /// The error that a status stands for, with the server's own words.
  ///
  /// Whatever a server does before it says 5xx, the file may be gone; with 4xx it has not begun.
  package static func error(_ reply: Reply) -> DeletionError {
    let text = HTTPErrorPage.text(reply.body)
    let row = row(reply.status, text: text)
    let code = "HTTP \(reply.status)"
    // A page's title mostly begins with the status.
    let isNumbered = text.hasPrefix("\(reply.status) ")
    return DeletionError(
      row.errorClass, code: code,
      message: isNumbered ? "HTTP \(text)" : "\(code): \(text.isEmpty ? row.text : text)",
      isAmbiguous: row.isAmbiguous, rejectsCredential: reply.status == 401,
      retryAfter: row.errorClass == .overload ? reply.retryAfter : nil)
  }
}

/// The words of an error page.
package enum HTTPErrorPage {
  /// How much of a body is kept for it.
  package static let limit = 4096

  /// Without tags, with XML's own entities put back, without secrets, and without what it says twice, as in title and
  /// heading. Cut and put on one line later, with every message.
  package static func text(_ body: [UInt8]) -> String {
    var parts: [ArraySlice<UInt8>] = []
    var rest = body.prefix(limit)
    while !rest.isEmpty {
      let text = rest.prefix { $0 != UInt8(ascii: "<") }
      let bare = trimmed(text)
      if !bare.isEmpty, !parts.contains(where: { says($0, bare) }) { parts.append(bare) }
      rest = rest[text.endIndex...].drop { $0 != UInt8(ascii: ">") }.dropFirst()
    }
    let text = String(decoding: Array(parts.joined(separator: " ".utf8)), as: UTF8.self)
    return MessageLines.trimmed(Redaction.clean(unescaped(text)))
  }

  /// Whether a text has been said by another: it is the same, but for a number before it.
  private static func says(_ said: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
    said.elementsEqual(text) || trimmed(said.drop(while: \.isDigit)).elementsEqual(text)
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text.drop { $0 <= 0x20 }
    while let last = text.last, last <= 0x20 { text.removeLast() }
    return text
  }

  private static func unescaped(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
    var result = ""
    var rest = text[...]
    while let ampersand = rest.firstIndex(of: "&") {
      result += rest[..<ampersand]
      rest = rest[ampersand...]
      guard let (name, character) = entities.first(where: { rest.hasPrefix($0.name) }) else {
        result.append(rest.removeFirst())
        continue
      }
      result += character
      rest = rest.dropFirst(name.count)
    }
    return result + rest
  }

  private static let entities: [(name: String, character: String)] = [
    ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&"),
  ]
}
