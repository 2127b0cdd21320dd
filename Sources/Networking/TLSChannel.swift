import COpenSSL

/// TLS over bytes: what comes from the network goes in, what has to go out comes out. For one thread.
package final class TLSChannel {
  private let ssl: OpaquePointer
  private let authorities: String
  /// Owned by ``ssl``.
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer
  private var scratch = [UInt8](repeating: 0, count: 1 << 16)

  /// - Parameter host: a name or an address, which the server's certificate must be for.
  package init(_ context: TLSContext, host: String) throws(TLSError) {
    guard let ssl = SSL_new(context.raw) else { throw TLSError.inLibrary("cannot be set up") }
    guard let incoming = BIO_new(BIO_s_mem()) else {
      SSL_free(ssl)
      throw TLSError.inLibrary("cannot be set up")
    }
    guard let outgoing = BIO_new(BIO_s_mem()) else {
      BIO_free(incoming)
      SSL_free(ssl)
      throw TLSError.inLibrary("cannot be set up")
    }
    SSL_set_bio(ssl, incoming, outgoing)
    (self.ssl, self.incoming, self.outgoing) = (ssl, incoming, outgoing)
    authorities = context.certificateDirectory
    let isNamed: Bool
    if HostName.isAddress(host) {
      isNamed = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1
    } else {
      SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
      isNamed = SSL_set1_host(ssl, host) == 1 && swab_SSL_set_tlsext_host_name(ssl, host) == 1
    }
    guard isNamed else { throw TLSError.inLibrary("cannot check the name \(host)") }
    SSL_set_connect_state(ssl)
  }

  deinit { SSL_free(ssl) }

  /// Takes bytes from the network.
  package func receive(_ bytes: UnsafeRawBufferPointer) throws(TLSError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let count = BIO_write(incoming, part.baseAddress, Int32(min(part.count, 1 << 20)))
      guard count > 0 else { throw TLSError.inLibrary("takes no bytes") }
      rest = rest.dropFirst(Int(count))
    }
  }

  /// Goes on with the handshake.
  /// - Returns: whether it is over, and the server is who it says.
  package func handshake() throws(TLSError) -> Bool {
    ERR_clear_error()
    let code = SSL_do_handshake(ssl)
    if code == 1 {
      guard SSL_get_verify_result(ssl) == Int(X509_V_OK) else { throw certificateError }
      return true
    }
    switch SSL_get_error(ssl, code) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return false
    default:
      if SSL_get_verify_result(ssl) != Int(X509_V_OK) { throw certificateError }
      throw TLSError.inLibrary("handshake failed")
    }
  }

  private var certificateError: TLSError {
    .untrusted(SSL_get_verify_result(ssl), authorities: authorities)
  }

  /// Gives what was received and deciphered to `use`, piece by piece.
  /// - Returns: whether the server has ended TLS.
  package func read(_ use: (UnsafeRawBufferPointer) -> Void) throws(TLSError) -> Bool {
    while true {
      ERR_clear_error()
      let count = scratch.withUnsafeMutableBytes { SSL_read(ssl, $0.baseAddress, Int32($0.count)) }
      if count > 0 {
        scratch.withUnsafeBytes { use(UnsafeRawBufferPointer(rebasing: $0[..<Int(count)])) }
        continue
      }
      switch SSL_get_error(ssl, count) {
      case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return false
      case SSL_ERROR_ZERO_RETURN: return true
      default: throw TLSError.inLibrary("broke")
      }
    }
  }

  /// Enciphers bytes; ``drain(into:)`` gives what has to be sent.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(TLSError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      ERR_clear_error()
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let count = SSL_write(ssl, part.baseAddress, Int32(min(part.count, 1 << 20)))
      // Into memory nothing has to wait.
      guard count > 0 else { throw TLSError.inLibrary("takes no bytes") }
      rest = rest.dropFirst(Int(count))
    }
  }

  /// Appends what has to go to the network.
  package func drain(into output: inout [UInt8]) {
    while true {
      let count = scratch.withUnsafeMutableBytes { BIO_read(outgoing, $0.baseAddress, Int32($0.count)) }
      guard count > 0 else { return }
      output.append(contentsOf: scratch[..<Int(count)])
    }
  }
}
