import Deletion

/// Where a redirected request goes on. Pure.
///
/// The method stays what it is (RFC 9110 section 15.4 has that for 307 and 308; storage means it for 301 and 302
/// too), and so does the file: a door that sends us to a file of another name, to a directory or from https to
/// http is not followed.
enum Redirects {
  /// How many are followed for one file.
  static let limit = 5

  /// The statuses that are followed. 303 means another method, 300 and 304 mean nothing here.
  static let statuses: Set<Int> = [301, 302, 307, 308]

  /// The next place.
  static func next(
    _ location: String?, from url: String, status: Int, followed: Int
  ) throws(DeletionError) -> WebLocation {
    func refusal(_ text: String) -> DeletionError {
      DeletionError(.permanent, code: "HTTP \(status)", message: "redirect not followed: \(text)")
    }
    guard followed < limit else { throw refusal("more than \(limit) of them") }
    guard let location, let old = WebLocation(url), let new = WebLocation(location, relativeTo: url) else {
      throw refusal("it names no place")
    }
    guard new.scheme == "https" || new.scheme == "http" else { throw refusal("it leaves HTTP") }
    if old.scheme == "https", new.scheme != "https" { throw refusal("it leaves https") }
    if new.path.utf8.last == UInt8(ascii: "/") { throw refusal("it leads to a directory") }
    if new.name != old.name { throw refusal("it leads to another name") }
    return new
  }
}
