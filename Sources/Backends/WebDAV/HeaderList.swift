import CLibCurl

/// Owns libcurl's list of request fields. It may have a token in it, so it is never printed.
final class HeaderList {
  /// What a handle is given.
  let first: UnsafeMutablePointer<curl_slist>?

  /// Makes a list of whole lines, as `Depth: 0`.
  init(_ lines: [String]) {
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines { list = curl_slist_append(list, line) ?? list }
    first = list
  }

  deinit { curl_slist_free_all(first) }
}
