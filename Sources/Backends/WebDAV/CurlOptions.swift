import CLibCurl
import Deletion

/// What libcurl is told once, for all requests of a handle.
enum CurlOptions {
  static func set(_ settings: CurlTransfer.Settings, on handle: UnsafeMutableRawPointer) {
    swab_easy_set_long(handle, CURLOPT_NOSIGNAL, 1)
    swab_easy_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
    // Redirects are looked at first, paths are sent as they are, and no proxy of the environment is used: on
    // worker nodes that is a cache for software.
    swab_easy_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
    swab_easy_set_long(handle, CURLOPT_PATH_AS_IS, 1)
    swab_easy_set_text(handle, CURLOPT_PROXY, "")
    swab_easy_set_text(handle, CURLOPT_NOPROXY, "*")
    // Measured on nginx: HTTP/2 over one connection makes half as many requests a second as HTTP/1.1 over ten.
    // XRootD and Apache's mod_dav speak 1.1 only.
    swab_easy_set_long(handle, CURLOPT_HTTP_VERSION, CLong(CURL_HTTP_VERSION_1_1))
    swab_easy_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
    swab_easy_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
    swab_easy_set_long(handle, CURLOPT_SSLVERSION, CLong(CURL_SSLVERSION_TLSv1_2))
    swab_easy_set_text(handle, CURLOPT_CAINFO, nil)
    swab_easy_set_text(handle, CURLOPT_CAPATH, settings.caFolder)
    swab_easy_set_text(handle, CURLOPT_USERAGENT, settings.userAgent)
    swab_easy_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, settings.connectLimit.inMilliseconds)
    swab_easy_set_long(handle, CURLOPT_TIMEOUT_MS, settings.requestLimit.inMilliseconds)
  }
}

extension Duration {
  /// For libcurl: at least one, as 0 means no limit.
  fileprivate var inMilliseconds: CLong {
    CLong(max(1, min(inSeconds * 1000, 86_400_000)))
  }
}
