import CLibCurl
import DeletionModel

/// An `http` or `https` URL, taken apart by libcurl's own parser.
package struct HTTPURL: Sendable, Equatable, CustomStringConvertible {
  /// Why a text is no URL that can be used, in one line.
  package struct ParseError: Error, Equatable {
    package let text: String
  }

  /// As it is asked for. Can hold a secret in its query.
  package let url: String
  /// The path, encoded, without slashes at its end.
  package let path: String
  /// The parameters of the query, in order, as they are written.
  package let query: [(name: String, value: String)]
  /// Scheme, host and port.
  private let server: String

  /// Whether somebody means a URL, and not a file.
  package static func isMeant(by text: String) -> Bool {
    // By bytes: an accent behind the slashes would make another Character of the last one.
    let lower = String(decoding: text.utf8.prefix(8), as: UTF8.self).lowercased()
    return lower.hasPrefix("http://") || lower.hasPrefix("https://")
  }

  /// Whether a URL is one with TLS.
  package static func isSecure(_ text: String) -> Bool {
    String(decoding: text.utf8.prefix(8), as: UTF8.self).lowercased() == "https://"
  }

  /// Takes a URL apart. A user name in it is refused: it would be seen in the list of processes.
  package init(_ text: String) throws(ParseError) {
    guard Self.isMeant(by: text), let url = curl_url() else {
      throw ParseError(text: "no http or https URL")
    }
    defer { curl_url_cleanup(url) }
    guard curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK,
      let scheme = Self.part(url, CURLUPART_SCHEME),
      let host = Self.part(url, CURLUPART_HOST), let path = Self.part(url, CURLUPART_PATH)
    else { throw ParseError(text: "a URL that can't be understood: \(Self.withoutQuery(text))") }
    guard Self.part(url, CURLUPART_USER) == nil, Self.part(url, CURLUPART_PASSWORD) == nil else {
      throw ParseError(
        text: "a URL with a user name or password at \(host): use a certificate or a token file instead")
    }
    server = "\(scheme.lowercased())://\(host)" + (Self.part(url, CURLUPART_PORT).map { ":\($0)" } ?? "")
    var bare = path
    while bare.hasSuffix("/") { bare.removeLast() }
    self.path = bare
    query = (Self.part(url, CURLUPART_QUERY) ?? "").utf8.split(separator: UInt8(ascii: "&")).map {
      let name = $0.prefix { $0 != UInt8(ascii: "=") }
      return (String(Substring(name)), String(Substring($0.dropFirst(name.count + 1))))
    }.filter { !$0.name.isEmpty || !$0.value.isEmpty }
    self.url = server + path + Self.text(query)
  }

  /// The URL of a collector of log lines. A query is refused: it could be a secret, and everybody can see the arguments of
  /// a process.
  ///
  /// - Parameter hasToken: whether a token is shown to it, which is done with TLS only.
  package init(collector text: String, hasToken: Bool) throws(ParseError) {
    try self.init(text)
    guard query.isEmpty else {
      throw ParseError(text: "a collector's URL with a query: give it a token with --log-token-file instead")
    }
    guard !hasToken || Self.isSecure(url) else {
      throw ParseError(text: "\(self) is no https URL, and a token is shown with TLS only")
    }
  }

  private init(server: String, path: String, query: [(name: String, value: String)]) {
    self.server = server
    self.path = path
    self.query = query
    url = server + path + Self.text(query)
  }

  /// Another URL of the same server.
  package func at(_ path: String, query: [(name: String, value: String)]) -> HTTPURL {
    HTTPURL(server: server, path: path, query: query)
  }

  /// The value of a parameter as it is written; nil where it is not there.
  package func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// Parameters that can be shown; any other may be a token.
  private static let shown: Set<String> = ["rse", "format", "run", "include", "exclude"]

  /// The URL without what may be a secret.
  package var description: String {
    MessageText.oneLine(server + path + Self.text(query.filter { Self.shown.contains($0.name) }), limit: 500)
  }

  /// By the whole URL.
  package static func == (left: HTTPURL, right: HTTPURL) -> Bool { left.url == right.url }

  private static func text(_ query: [(name: String, value: String)]) -> String {
    query.isEmpty
      ? "" : "?" + query.map { $0.value.isEmpty ? $0.name : "\($0.name)=\($0.value)" }.joined(separator: "&")
  }

  private static func withoutQuery(_ text: String) -> String {
    // By bytes, as libcurl does it: with an accent on it a "?" is another Character.
    let bare = text.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
    guard let at = bare.lastIndex(of: UInt8(ascii: "@")) else { return String(Substring(bare)) }
    return "…" + String(Substring(bare[at...]))
  }

  private static func part(_ url: OpaquePointer, _ part: CURLUPart) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(url, part, &text, 0) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }
}
