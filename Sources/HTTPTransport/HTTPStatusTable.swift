import DeletionModel
import Networking
import Credentials

/// What an HTTP status says: the one place where a status becomes an answer or a class of error. Pure.
///
/// `permanent` is said only of what the server says of the file itself. What belongs to the server, to a proxy before it
/// or to its configuration is `endpoint`; a name that one of these refuses is good at the next.
package enum HTTPStatusTable {
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
    let row = row(reply.status, text: text.lowercased())
    let code = "HTTP \(reply.status)"
    // A page's title mostly begins with the status.
    let isNumbered = text.hasPrefix("\(reply.status) ")
    return DeletionError(
      row.errorClass, code: code,
      message: isNumbered ? "HTTP \(text)" : "\(code): \(text.isEmpty ? row.text : text)",
      isAmbiguous: row.isAmbiguous, rejectsCredential: reply.status == 401,
      retryAfter: row.errorClass == .overload ? reply.retryAfter : nil)
  }

  private struct Row {
    let errorClass: ErrorClass
    /// What is said where the server has no words.
    let text: String
    var isAmbiguous = false

    init(_ errorClass: ErrorClass, _ text: String, isAmbiguous: Bool = false) {
      self.errorClass = errorClass
      self.text = text
      self.isAmbiguous = isAmbiguous
    }
  }

  // swift-format-ignore: one row a line
  private static func row(_ status: Int, text: String) -> Row {
    switch status {
    case 404, 410: Row(.absent, "not there")
    case 401: Row(.auth, "the credential was not accepted")
    // XRootD before 5.8 says so with 500, later with 403; it is no matter of the credential.
    case _ where status >= 400 && ClusterMessages.readOnlyServer.contains(where: text.contains):
      Row(.endpoint, "read-only")
    case 402, 403, 407, 451, 511: Row(.auth, "forbidden")
    // nginx's own: no certificate, one that it can't verify (ngx_http_request.h); with `error_page` they come out as
    // such, else as a 400 with the same words. 498 and 499 are of proxies that want a token.
    case 495, 496, 498, 499: Row(.auth, "the certificate or token was not accepted")
    case 400 where certificateMessages.contains(where: text.contains):
      Row(.auth, "the certificate was not accepted")
    case 408, 425, 429, 503: Row(.overload, "the server is overloaded")
    // A lock is given back or runs out (RFC 4918 section 6.6); a failed dependency hangs on one.
    case 423, 424: Row(.transient, "locked")
    case _ where status >= 400 && finalMessages.contains(where: text.contains): Row(.permanent, "refused")
    // EOS says so for EAGAIN (common/http/HttpServer.cc).
    case 409: Row(.transient, "in conflict with something else")
    // Of the request, the method, the size of the header: of the endpoint, not of the file. 405 is what rclone says of
    // everything that fails, and XRootD from 5.8 on of a full directory.
    case 400...499: Row(.endpoint, "the server does not accept the request")
    case 501, 505, 506, 508, 510: Row(.endpoint, "the server does not know the request")
    // EOS: the recycle bin is full (mgm/ofs/cmds/Rm.inc).
    case 507 where text.contains("recycle"): Row(.endpoint, "the recycle bin is full")
    case 507: Row(.transient, "no space")
    case 500...599 where endpointMessages.contains(where: text.contains):
      Row(.endpoint, "server error")
    case 500...599: Row(.transient, "server error", isAmbiguous: true)
    case 300...399: Row(.endpoint, "a redirect without a target")
    default: Row(.unknown, "no answer to the request", isAmbiguous: true)
    }
  }

  /// What is true of the file and stays so: XRootD's words for a directory (XrdOfs), the operating system's for a name
  /// that is too long.
  private static let finalMessages = [
    "directory not empty", "is a directory", "not a directory", "file name too long",
  ]

  /// What is true of a whole file system: it may be writable again.
  private static let endpointMessages = ["read-only file system", "read only file system"]

  /// nginx's pages 400 for client certificates (ngx_http_special_response.c).
  private static let certificateMessages = [
    "no required ssl certificate", "the ssl certificate error", "ssl certificate verify",
  ]
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
    said.elementsEqual(text) || trimmed(said.drop { isDigit($0) }).elementsEqual(text)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
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
