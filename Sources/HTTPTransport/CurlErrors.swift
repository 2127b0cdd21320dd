import CLibCurl
import DeletionModel
import Networking
import Credentials

/// What libcurl's own errors say about a file. Pure.
package enum CurlErrors {
  /// An error that came instead of an answer.
  /// - Parameters:
  ///   - code: libcurl's number.
  ///   - text: its words.
  ///   - authorities: the directory of the authorities that are trusted.
  ///   - wasSent: whether the request had been begun to be sent. Only then may the file be gone.
  package static func error(_ code: CURLcode, text: String, authorities: String, wasSent: Bool)
    -> DeletionError
  {
    let message = text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
    func error(
      _ errorClass: ErrorClass, isAmbiguous: Bool = wasSent, isUnavailable: Bool = false,
      _ before: String = ""
    ) -> DeletionError {
      DeletionError(
        errorClass, code: "curl \(code.rawValue)", message: before + Redaction.clean(message),
        isAmbiguous: isAmbiguous, isUnavailable: isUnavailable)
    }
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
      return error(.transient, isAmbiguous: false, isUnavailable: true)
    case CURLE_OPERATION_TIMEDOUT:
      return error(.transient, isUnavailable: true)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
      CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_CRL_BADFILE:
      return DeletionError(
        .auth, code: "curl \(code.rawValue)",
        message: TLSError.untrusted(Redaction.clean(message), authorities: authorities))
    case CURLE_SSL_CERTPROBLEM:
      return error(.auth, isAmbiguous: false, "our certificate or its key cannot be used: ")
    case CURLE_SSL_CACERT_BADFILE:
      return error(
        .auth, isAmbiguous: false, "the directory of certificate authorities (X509_CERT_DIR) cannot be used: "
      )
    case _ where isCertificateAlert(message):
      // With TLS 1.3 this comes after the request was sent, and instead of reading it (RFC 8446 section 4.4.2).
      return error(.auth, isAmbiguous: false, "the server does not accept our certificate: ")
    // What listens there speaks no TLS, or none that we speak.
    case CURLE_SSL_CONNECT_ERROR where isForeignTLS(message):
      return error(.endpoint, isAmbiguous: false)
    case CURLE_SSL_CONNECT_ERROR:
      return error(.transient, isAmbiguous: false)
    case CURLE_URL_MALFORMAT:
      return error(.endpoint, isAmbiguous: false)
    // "Received HTTP/0.9 when not allowed", and statuses that are none: what listens there is no web server, or a proxy
    // in between has put something else in its place.
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY:
      return error(.endpoint, "the answer is no HTTP: ")
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

  /// Whether a connection was broken, or what came on it was no answer. On one that had been used before that says
  /// nothing of the server: what was left over from the answer before is read as the beginning of the next.
  package static func isBrokenConnection(_ code: CURLcode) -> Bool {
    [
      CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_UNSUPPORTED_PROTOCOL,
      CURLE_WEIRD_SERVER_REPLY,
      CURLE_SEND_FAIL_REWIND,
    ].contains(code)
  }

  /// Whether it may be the end of a connection on which an alert was sent that has not been read; see
  /// ``CertificateProbe``.
  package static func mayHideAlert(_ code: CURLcode) -> Bool {
    [CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_SSL_CONNECT_ERROR].contains(code)
  }

  /// OpenSSL's words for an answer that is no TLS, and for a version or cipher that both do not have in common.
  private static func isForeignTLS(_ text: String) -> Bool {
    let text = text.lowercased()
    return ["wrong version number", "unsupported protocol", "alert protocol version", "no shared cipher"]
      .contains(
        where: text.contains)
  }

  /// The alerts about certificates of RFC 8446 section 6.2, in OpenSSL's words. `handshake_failure` is what a server of TLS
  /// 1.2 may say to a client without a certificate (RFC 5246 section 7.4.6).
  private static func isCertificateAlert(_ text: String) -> Bool {
    let text = text.lowercased()
    return text.contains("alert")
      && ["certificate", "unknown ca", "access denied", "handshake failure"].contains(where: text.contains)
  }
}
