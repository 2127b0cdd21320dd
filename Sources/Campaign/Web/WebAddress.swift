import CLibCurl
import Deletion

/// An `http` or `https` URL, taken apart by libcurl's own parser.
public struct WebAddress: Sendable, Equatable, CustomStringConvertible {
  /// As it is asked for. Can hold a secret in its query.
  let url: String
  /// The path, encoded, without slashes at its end.
  let path: String
  /// The parameters of the query, in order, as they are written.
  let query: [(name: String, value: String)]
  private let door: String

  /// Whether somebody means a URL, and not a file.
  public static func isMeant(by text: String) -> Bool {
    let lower = text.prefix(8).lowercased()
    return lower.hasPrefix("http://") || lower.hasPrefix("https://")
  }

  /// Takes a URL apart. Throws ``CampaignError`` for what is none, and for a user name in it: it would be seen in the
  /// list of processes.
  public init(_ text: String) throws(CampaignError) {
    guard Self.isMeant(by: text), let url = curl_url() else {
      throw CampaignError(.usage, "no http or https URL")
    }
    defer { curl_url_cleanup(url) }
    guard curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK,
      let scheme = Self.part(url, CURLUPART_SCHEME),
      let host = Self.part(url, CURLUPART_HOST), let path = Self.part(url, CURLUPART_PATH)
    else { throw CampaignError(.usage, "a URL that can't be understood: \(Self.withoutQuery(text))") }
    guard Self.part(url, CURLUPART_USER) == nil, Self.part(url, CURLUPART_PASSWORD) == nil else {
      throw CampaignError(
        .usage, "a URL with a user name or password at \(host): use a certificate or a token file instead")
    }
    door = "\(scheme.lowercased())://\(host)" + (Self.part(url, CURLUPART_PORT).map { ":\($0)" } ?? "")
    var bare = path
    while bare.hasSuffix("/") { bare.removeLast() }
    self.path = bare
    query = (Self.part(url, CURLUPART_QUERY) ?? "").utf8.split(separator: UInt8(ascii: "&")).map {
      let name = $0.prefix { $0 != UInt8(ascii: "=") }
      return (String(Substring(name)), String(Substring($0.dropFirst(name.count + 1))))
    }.filter { !$0.name.isEmpty || !$0.value.isEmpty }
    self.url = door + path + Self.text(query)
  }

  private init(door: String, path: String, query: [(name: String, value: String)]) {
    self.door = door
    self.path = path
    self.query = query
    url = door + path + Self.text(query)
  }

  /// Another place at the same server.
  func at(_ path: String, query: [(name: String, value: String)]) -> WebAddress {
    WebAddress(door: door, path: path, query: query)
  }

  /// The value of a parameter as it is written; nil where it is not there.
  func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// Parameters that can be shown; any other may be a token.
  private static let shown: Set<String> = ["rse", "format", "run", "include", "exclude"]

  /// The URL without what may be a secret.
  public var description: String {
    MessageText.oneLine(door + path + Self.text(query.filter { Self.shown.contains($0.name) }), limit: 500)
  }

  /// By the whole URL.
  public static func == (left: WebAddress, right: WebAddress) -> Bool { left.url == right.url }

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
