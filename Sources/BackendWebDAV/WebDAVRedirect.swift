import DeletionModel
import Networking

/// Where a request goes after a redirect.
struct WebLocation: Equatable, Sendable {
  let origin: WebOrigin
  /// What the redirect has put behind the path, to the letter; nil where there is nothing.
  let query: String?
  /// Whether every hop, from our own endpoint on, was https.
  let isSecure: Bool

  /// Whether the URL has a right of its own in it, so that nothing of ours has to be shown: a token, or the hash that
  /// an XRootD manager makes for its servers (XrdHttpReq::Redir).
  var hasOwnRight: Bool {
    keys.contains { $0 == "authz" || $0 == "access_token" || $0 == "xrdhttptk" || $0.hasPrefix("xrd.") }
  }

  /// Whether that right is for one method and one path only: XRootD's hash is made of both (calcHashes in XRootD's
  /// XrdHttpUtils.cc), so that what was given for a PROPFIND is refused with a DELETE.
  var isForOneRequest: Bool { keys.contains("xrdhttptk") }

  private var keys: [String] {
    (query ?? "").split(separator: "&").map { String($0.prefix { $0 != "=" }).lowercased() }
  }
}

/// Where a redirected request leads. Pure.
///
/// The method stays what it is (RFC 9110 section 15.4 has that for 307 and 308; storage means it for 301 and 302 too), and
/// so does the name: what is asked of the next server is our own path, encoded by us. A redirect is followed only where
/// its path, as it stands or decoded once, is that path. XRootD writes a `%`, and before 5.8 every other byte too, as it
/// stands, so that `d%41r` would be another directory for the next server.
enum WebDAVRedirect {
  /// How many are followed for one request.
  static let limit = 5

  /// The statuses that are followed. 303 means another method, 300 and 304 mean nothing here.
  static let statuses: Set<Int> = [301, 302, 307, 308]

  /// The next place.
  /// - Parameters:
  ///   - path: what was asked for, decoded: an absolute path.
  ///   - origin: who redirects.
  ///   - isSecure: whether every hop so far was https.
  ///   - followed: how many were followed before.
  /// - Throws: an error of the class `endpoint`: why it is not followed.
  static func next(
    _ location: String?, for path: some Collection<UInt8>, from origin: WebOrigin, isSecure: Bool,
    status: Int,
    followed: Int
  ) throws(DeletionError) -> WebLocation {
    func refusal(_ text: String) -> DeletionError {
      DeletionError(.endpoint, code: "HTTP \(status)", message: "redirect not followed: \(text)")
    }
    guard statuses.contains(status) else { throw refusal("it is of a kind that is none for this request") }
    guard followed < limit else { throw refusal("more than \(limit) of them") }
    guard let location, let parts = Parts(location, from: origin, path: Array(path)) else {
      throw refusal("it has no target")
    }
    guard let next = WebOrigin(scheme: parts.scheme, authority: parts.authority) else {
      throw refusal("it leaves HTTP or names no host")
    }
    let own = RequestedName.collapsed(path)
    let bare = RequestedName.collapsed(parts.path)
    // A `#` is not encoded by XRootD before 5.8; in a URL it begins what is not sent.
    let decoded = RequestedName.collapsed(
      PercentEncoding.decoded(parts.path.prefix { $0 != UInt8(ascii: "#") }))
    guard bare == own || decoded == own else {
      let slash = UInt8(ascii: "/")
      throw refusal(
        own.last != slash && (bare == own + [slash] || decoded == own + [slash])
          ? "it leads to a directory" : "it leads to another name")
    }
    if let query = parts.query, !query.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) {
      throw refusal("what is behind its ? cannot be sent")
    }
    let result = WebLocation(origin: next, query: parts.query, isSecure: isSecure && next.isSecure)
    if origin.isSecure, !next.isSecure, !result.hasOwnRight {
      throw refusal("it leaves https, and its URL has no right of its own")
    }
    return result
  }

  /// A `Location` (RFC 9110 section 10.2.2) taken apart as it stands: libcurl's parser, like all others, refuses what
  /// XRootD before 5.8 writes for a name with a blank.
  private struct Parts {
    let scheme: String
    let authority: String
    let path: [UInt8]
    let query: String?

    init?(_ location: String, from origin: WebOrigin, path: [UInt8]) {
      var rest = Array(location.utf8)[...]
      if let end = Self.endOfScheme(rest) {
        scheme = String(decoding: rest[..<end], as: UTF8.self)
        rest = rest[(end + 3)...]
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        authority = String(decoding: rest[..<slash], as: UTF8.self)
        rest = rest[slash...]
      } else {
        // `//host/path` (RFC 3986 section 4.2) and a path with two slashes look alike.
        if rest.starts(with: "//".utf8) || rest.isEmpty { return nil }
        scheme = origin.scheme
        authority = String(origin.text.dropFirst(origin.scheme.utf8.count + 3))
        if rest.first != UInt8(ascii: "/") {
          let directory = path.lastIndex(of: UInt8(ascii: "/")).map { path[...$0] } ?? []
          rest = (directory + rest)[...]
        }
      }
      // No name of ours has a `?`.
      let question = rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
      self.path = Array(rest[..<question])
      let query = String(decoding: rest[question...].dropFirst(), as: UTF8.self)
      self.query = query.isEmpty ? nil : query
    }

    /// Where `://` begins.
    private static func endOfScheme(_ text: ArraySlice<UInt8>) -> Int? {
      guard let colon = text.firstIndex(of: UInt8(ascii: ":")), text[(colon + 1)...].starts(with: "//".utf8),
        !text[..<colon].contains(UInt8(ascii: "/")), colon > text.startIndex
      else { return nil }
      return colon
    }
  }
}
