import Deletion

/// The request fields, made once for each kind of request.
final class WebDAVHeaders {
  private struct Kind: Hashable {
    let depth: Int
    let hasBody: Bool
    let hasToken: Bool
  }

  private var lists: [Kind: HeaderList] = [:]

  /// - Parameters:
  ///   - depth: RFC 4918 section 10.2. A DELETE with `Depth: 0` is refused for a collection by nginx and Apache, and
  ///     is the same as one without for a file.
  ///   - hasBody: whether XML is sent.
  ///   - token: for `Authorization` (RFC 6750 section 2.1).
  func list(depth: Int, hasBody: Bool = false, token: Secret?) -> HeaderList {
    let key = Kind(depth: depth, hasBody: hasBody, hasToken: token != nil)
    if let list = lists[key] { return list }
    var lines = ["Depth: \(depth)"]
    if hasBody { lines.append("Content-Type: application/xml; charset=utf-8") }
    if let token { lines.append("Authorization: Bearer \(token.reveal())") }
    let list = HeaderList(lines)
    lists[key] = list
    return list
  }

  /// Forgets them all, as the token is another one.
  func removeAll() { lists = [:] }
}
