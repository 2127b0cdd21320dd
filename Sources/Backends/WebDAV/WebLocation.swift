import CLibCurl

/// A URL taken apart by libcurl's own parser, so that what is checked is what is used.
struct WebLocation: Sendable, Equatable {
  /// The whole URL.
  let text: String
  /// In lower case.
  let scheme: String
  /// In lower case.
  let host: String
  /// The scheme's own one where none is written.
  let port: String
  /// As written, encoded.
  let path: String

  /// Takes a URL apart, or one that is written relative to another (RFC 3986 section 5); nil for what is none.
  init?(_ text: String, relativeTo base: String? = nil) {
    guard let url = curl_url() else { return nil }
    defer { curl_url_cleanup(url) }
    let flags = UInt32(CURLU_PATH_AS_IS) | UInt32(CURLU_NON_SUPPORT_SCHEME)
    if let base, curl_url_set(url, CURLUPART_URL, base, flags) != CURLUE_OK { return nil }
    guard curl_url_set(url, CURLUPART_URL, text, flags) == CURLUE_OK,
      let whole = Self.part(url, CURLUPART_URL, flags: 0), let scheme = Self.part(url, CURLUPART_SCHEME),
      let host = Self.part(url, CURLUPART_HOST), let port = Self.part(url, CURLUPART_PORT),
      let path = Self.part(url, CURLUPART_PATH), Self.part(url, CURLUPART_USER) == nil
    else { return nil }
    self.text = whole
    self.scheme = scheme.lowercased()
    self.host = host.lowercased()
    self.port = port
    self.path = path
  }

  private static func part(
    _ url: OpaquePointer, _ part: CURLUPart, flags: UInt32 = UInt32(CURLU_DEFAULT_PORT)
  ) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(url, part, &text, flags) == CURLUE_OK, let text else {
      return nil
    }
    defer { curl_free(text) }
    return String(cString: text)
  }

  /// The last part of the path, decoded.
  var name: [UInt8] {
    let path = Array(path.utf8)
    let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    return PercentEncoding.decoded(path[start...])
  }

  /// Whether both are the same server, so that what is shown to one may be shown to the other.
  func isSameDoor(as other: WebLocation) -> Bool {
    scheme == other.scheme && host == other.host && port == other.port
  }
}
