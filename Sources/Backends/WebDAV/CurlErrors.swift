import CLibCurl
import Deletion

/// What libcurl's own errors say about a file. Pure.
public enum CurlErrors {
  /// An error that came instead of an answer.
  /// - Parameters:
  ///   - code: libcurl's number.
  ///   - text: its words.
  ///   - wasSent: whether the request had been begun to be sent. Only then may the file be gone.
  public static func error(_ code: CURLcode, text: String, wasSent: Bool) -> DeletionError {
    let words = text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
    func error(
      _ errorClass: ErrorClass, isAmbiguous: Bool = wasSent, isUnavailable: Bool = false,
      _ before: String = ""
    ) -> DeletionError {
      DeletionError(
        errorClass, code: "curl \(code.rawValue)", message: before + Redaction.clean(words),
        isAmbiguous: isAmbiguous, isUnavailable: isUnavailable)
    }
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
      return error(.transient, isAmbiguous: false, isUnavailable: true)
    case CURLE_OPERATION_TIMEDOUT:
      return error(.transient, isUnavailable: true)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
      CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_CRL_BADFILE:
      return error(.auth, isAmbiguous: false, "the server's certificate is not trusted: ")
    case CURLE_SSL_CERTPROBLEM:
      return error(.auth, isAmbiguous: false, "our certificate or its key cannot be used: ")
    case CURLE_SSL_CACERT_BADFILE:
      return error(.auth, isAmbiguous: false, "the folder of certificate authorities cannot be used: ")
    case _ where isCertificateAlert(words):
      // With TLS 1.3 this comes after the request was sent, and instead of reading it (RFC 8446 section 4.4.2).
      return error(.auth, isAmbiguous: false, "the server does not accept our certificate: ")
    case CURLE_SSL_CONNECT_ERROR:
      return error(.transient, isAmbiguous: false)
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
      return error(.permanent, isAmbiguous: false)
    case CURLE_ABORTED_BY_CALLBACK:
      return DeletionError(
        .transient, code: "curl \(CURLE_GOT_NOTHING.rawValue)",
        message: "the connection was closed before the answer came", isAmbiguous: true)
    case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_SEND_FAIL_REWIND,
      CURLE_AGAIN:
      return error(.transient)
    case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT, CURLE_NOT_BUILT_IN, CURLE_UNKNOWN_OPTION:
      return error(.fatal)
    default:
      return error(.unknown)
    }
  }

  /// The alerts about certificates of RFC 8446 section 6.2, in OpenSSL's words.
  private static func isCertificateAlert(_ words: String) -> Bool {
    let words = words.lowercased()
    return words.contains("alert")
      && ["certificate", "unknown ca", "access denied"].contains(where: words.contains)
  }
}
