import COpenSSL

/// What all TLS connections share: who is trusted. Certificates and host names are always verified.
///
/// Sendable: SSL_CTX counts its references atomically, and after `init` nothing changes it; OpenSSL allows SSL_new
/// on one context from many threads (openssl-threads(7)).
package final class TLSContext: @unchecked Sendable {
  package let raw: OpaquePointer
  /// Where the authorities are that are trusted.
  package let certificateDirectory: String

  /// Makes a context that trusts the certification authorities in a directory with OpenSSL's hashed names.
  package init(certificateDirectory: String) throws(TLSError) {
    // The machine's openssl.cnf may name modules of the machine, which a static executable must not load.
    guard swab_OPENSSL_init_without_config() == 1, let method = TLS_client_method(),
      let raw = SSL_CTX_new(method)
    else { throw TLSError.inLibrary("cannot be set up") }
    self.raw = raw
    self.certificateDirectory = certificateDirectory
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nil)
    guard swab_SSL_CTX_set_min_proto_version_tls12(raw) == 1,
      SSL_CTX_load_verify_dir(raw, certificateDirectory) == 1
    else { throw TLSError.inLibrary("cannot use \(certificateDirectory)") }
    Self.obeyRevocationLists(SSL_CTX_get_cert_store(raw))
  }

  /// What an authority has revoked is refused where its list is in the directory (`<hash>.r0`). A list that is missing
  /// or that should have been renewed is no reason to refuse, as with the grid's own clients: most hosts have
  /// lists for some of the authorities only, and what is known to be revoked stays so.
  private static func obeyRevocationLists(_ store: OpaquePointer?) {
    X509_STORE_set_flags(store, UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL))
    X509_STORE_set_verify_cb(store) { isGood, context in
      guard isGood != 1 else { return 1 }
      switch X509_STORE_CTX_get_error(context) {
      case X509_V_ERR_UNABLE_TO_GET_CRL, X509_V_ERR_CRL_HAS_EXPIRED, X509_V_ERR_CRL_NOT_YET_VALID:
        X509_STORE_CTX_set_error(context, X509_V_OK)
        return 1
      default: return 0
      }
    }
  }

  /// Checks a server's certificate that was shown outside of TLS, as strictly as TLS does, but for the host name.
  package func verify(server certificate: OpaquePointer) throws(TLSError) {
    ERR_clear_error()
    guard let context = X509_STORE_CTX_new() else { throw TLSError.inLibrary("cannot be set up") }
    defer { X509_STORE_CTX_free(context) }
    guard X509_STORE_CTX_init(context, SSL_CTX_get_cert_store(raw), certificate, nil) == 1,
      X509_STORE_CTX_set_default(context, "ssl_server") == 1
    else { throw TLSError.inLibrary("cannot be set up") }
    X509_VERIFY_PARAM_set_auth_level(
      X509_STORE_CTX_get0_param(context), SSL_CTX_get_security_level(raw))
    guard X509_verify_cert(context) == 1 else {
      throw TLSError.untrusted(
        Int(X509_STORE_CTX_get_error(context)), authorities: certificateDirectory)
    }
  }

  deinit { SSL_CTX_free(raw) }
}

/// Why TLS does not come about, or breaks.
package struct TLSError: Error, Equatable {
  /// In a few words; never holds data.
  package let text: String
  /// Whether it is the server's certificate that is not trusted. Another attempt will not help.
  package var isCertificate = false

  package init(text: String, isCertificate: Bool = false) {
    self.text = text
    self.isCertificate = isCertificate
  }

  /// A certificate that is not trusted.
  /// - Parameters:
  ///   - code: OpenSSL's reason, `X509_V_ERR_…`.
  ///   - authorities: the directory of those that are trusted.
  package static func untrusted(_ code: Int, authorities: String) -> TLSError {
    ERR_clear_error()
    let reason = X509_verify_cert_error_string(code).map { String(cString: $0) }
    return TLSError(
      text: untrusted(reason ?? "unknown reason", authorities: authorities), isCertificate: true)
  }

  /// Why a certificate is not trusted, and what can be changed: the authorities, but for a host of another name.
  package static func untrusted(_ reason: String, authorities: String) -> String {
    let isName = ["mismatch", "matches"].contains(where: reason.contains)
    return "the server's certificate is not trusted: \(reason)"
      + (isName ? "" : "; the authorities in \(authorities) (X509_CERT_DIR) are")
  }

  /// What OpenSSL's error queue of this thread says.
  package static func inLibrary(_ doing: String) -> TLSError {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0 else { return TLSError(text: "TLS \(doing)") }
    if let reason = ERR_reason_error_string(code) {
      return TLSError(text: "TLS \(doing): \(String(cString: reason))")
    }
    return TLSError(text: "TLS \(doing): error \(code)")
  }
}

/// How a server is named.
package enum HostName {
  /// Whether it is an address: those are matched as such and are no server names (RFC 6125, RFC 6066).
  package static func isAddress(_ host: String) -> Bool {
    host.contains(":") || host.utf8.allSatisfy { "0123456789.".utf8.contains($0) }
  }
}
