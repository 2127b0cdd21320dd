import COpenSSL

/// What all TLS connections share: who is trusted. Certificates and host names are always verified.
///
/// Sendable: SSL_CTX counts its references atomically, and after `init` nothing changes it; OpenSSL allows SSL_new
/// on one context from many threads (openssl-threads(7)).
final class TLSContext: @unchecked Sendable {
  let raw: OpaquePointer

  /// Makes a context that trusts the certification authorities in a folder with OpenSSL's hashed names.
  init(certificateFolder: String) throws(TLSTrouble) {
    // The machine's openssl.cnf may name modules of the machine, which a static executable must not load.
    guard swab_OPENSSL_init_without_config() == 1, let method = TLS_client_method(),
      let raw = SSL_CTX_new(method)
    else { throw TLSTrouble.inLibrary("cannot be set up") }
    self.raw = raw
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nil)
    guard swab_SSL_CTX_set_min_proto_version_tls12(raw) == 1,
      SSL_CTX_load_verify_dir(raw, certificateFolder) == 1
    else { throw TLSTrouble.inLibrary("cannot use \(certificateFolder)") }
  }

  deinit { SSL_CTX_free(raw) }
}

/// Why TLS does not come about, or breaks.
struct TLSTrouble: Error, Equatable {
  /// In a few words; never holds data.
  let text: String
  /// Whether it is the server's certificate that is not trusted. Another attempt will not help.
  var isCertificate = false

  /// What OpenSSL's error queue of this thread says.
  static func inLibrary(_ doing: String) -> TLSTrouble {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0 else { return TLSTrouble(text: "TLS \(doing)") }
    if let reason = ERR_reason_error_string(code) {
      return TLSTrouble(text: "TLS \(doing): \(String(cString: reason))")
    }
    return TLSTrouble(text: "TLS \(doing): error \(code)")
  }
}
