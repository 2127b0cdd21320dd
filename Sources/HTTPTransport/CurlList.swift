import CLibCurl

/// Owns a list of texts as libcurl takes it. It may have a token in it, so it is never printed.
package final class CurlList {
  /// What a handle is given.
  package let first: UnsafeMutablePointer<curl_slist>?

  /// Makes a list of whole lines, as `Depth: 0`.
  package init(_ lines: [String]) {
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines { list = curl_slist_append(list, line) ?? list }
    first = list
  }

  deinit { curl_slist_free_all(first) }
}
