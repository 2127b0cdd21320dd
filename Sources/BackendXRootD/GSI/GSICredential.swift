import COpenSSL
import Credentials
import Networking
import SystemPackage
import XRootDProtocol

/// The certificate or proxy that a server is shown, as messages of `gsi` need it. It is used as it is: nothing is
/// signed for anybody with it but the messages of the login.
struct GSICredential {
  /// Why a credential cannot be used.
  struct LoadError: Error, Equatable {
    /// In a few words; never holds data.
    let text: String
  }

  /// Signs messages.
  let key: GSIKey
  /// The public part of the key, as the server computes it from the first certificate.
  let publicKey: [UInt8]
  /// PEM: the proxy or certificate first, then its issuers up to the authority, which the server has itself.
  let chain: [UInt8]
  /// The name of the authority as it is hashed for file names, in both ways that OpenSSL has had, with `|` between
  /// them: `5168735f.0|4339b4bc.0`.
  let authority: String
  /// Whether the first certificate is a proxy. Servers before version 10600 take nothing else.
  let isProxy: Bool

  /// Reads the files.
  init(_ files: ClientIdentity) throws(LoadError) {
    let text = try Self.read(files.certificate)
    let contents: PEM.Contents
    do throws(PEM.ParseError) { contents = try PEM.read(text) } catch { throw LoadError(text: error.problem) }
    let certificates = contents.certificates.compactMap { OpenSSLOwned.certificate(der: $0) }
    guard let first = certificates.first, certificates.count == contents.certificates.count else {
      throw LoadError(text: "a certificate that cannot be read")
    }
    let keyText = files.key == files.certificate ? text : try Self.read(files.key)
    guard let pair = Self.privateKey(keyText) else { throw LoadError(text: "the private key cannot be read") }
    guard X509_check_private_key(first.raw, pair.raw) == 1 else {
      ERR_clear_error()
      throw LoadError(text: "the private key does not belong to the certificate")
    }
    guard let key = GSIKey(pair), let publicKey = key.publicText else {
      throw LoadError(text: "gsi takes RSA keys only")
    }
    (self.key, self.publicKey) = (key, publicKey)

    let issuers = Self.path(from: first, certificates)
    var chain: [UInt8] = []
    for certificate in issuers {
      guard let part = OpenSSLOwned.text({ PEM_write_bio_X509($0, certificate.raw) }) else {
        throw LoadError(text: "a certificate that cannot be written")
      }
      chain += part
    }
    self.chain = chain
    isProxy = Self.isProxy(first)
    let user = issuers.first { !Self.isProxy($0) } ?? issuers.last ?? first
    authority = Self.hashes(of: X509_get_issuer_name(user.raw))
  }

  private static func read(_ path: String) throws(LoadError) -> [UInt8] {
    do throws(Errno) {
      return try CredentialFile.read(FilePath(path)).bytes
    } catch {
      throw LoadError(text: "\(path): \(CredentialInspection.text(of: error))")
    }
  }

  private static func privateKey(_ text: [UInt8]) -> OpenSSLOwned? {
    guard let memory = OpenSSLOwned(BIO_new_mem_buf(text, Int32(text.count)), free: { BIO_free($0) }) else {
      return nil
    }
    // Nobody is asked for a pass phrase.
    let key = OpenSSLOwned(PEM_read_bio_PrivateKey(memory.raw, nil, { _, _, _, _ in -1 }, nil)) {
      EVP_PKEY_free($0)
    }
    ERR_clear_error()
    return key
  }

  /// A certificate and those of its issuers that are in the file, without authorities.
  private static func path(from first: OpenSSLOwned, _ certificates: [OpenSSLOwned]) -> [OpenSSLOwned] {
    var path = [first]
    while let last = path.last, path.count < certificates.count {
      let name = X509_get_issuer_name(last.raw)
      let next = certificates.first { X509_NAME_cmp(X509_get_subject_name($0.raw), name) == 0 }
      guard let next, X509_check_ca(next.raw) == 0, !path.contains(where: { $0 === next }) else { break }
      path.append(next)
    }
    return path
  }

  /// Proxies of RFC 3820, of its drafts (GT3), and the oldest ones, which are known by their names only (GT2).
  private static func isProxy(_ certificate: OpenSSLOwned) -> Bool {
    if X509_get_extension_flags(certificate.raw) & UInt32(EXFLAG_PROXY) != 0 { return true }
    if let draft = OBJ_txt2obj("1.3.6.1.4.1.3536.1.222", 1) {
      defer { ASN1_OBJECT_free(draft) }
      if X509_get_ext_by_OBJ(certificate.raw, draft, -1) >= 0 { return true }
    }
    let subject = X509_get_subject_name(certificate.raw)
    let issuer = X509_get_issuer_name(certificate.raw)
    guard X509_NAME_entry_count(subject) == X509_NAME_entry_count(issuer) + 1 else { return false }
    let last = X509_NAME_get_entry(subject, X509_NAME_entry_count(subject) - 1)
    guard OBJ_obj2nid(X509_NAME_ENTRY_get_object(last)) == NID_commonName,
      let value = X509_NAME_ENTRY_get_data(last), let bytes = ASN1_STRING_get0_data(value)
    else { return false }
    let text = UnsafeBufferPointer(start: bytes, count: Int(ASN1_STRING_length(value)))
    return ["proxy", "limited proxy"].contains { text.elementsEqual($0.utf8) }
  }

  private static func hashes(of name: OpaquePointer?) -> String {
    let new = hexadecimal(X509_NAME_hash_ex(name, nil, nil, nil)) + ".0"
    let old = hexadecimal(X509_NAME_hash_old(name)) + ".0"
    return new == old ? new : new + "|" + old
  }

  private static func hexadecimal(_ number: UInt) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits
  }
}

/// The certificate that a server shows in `gsi`.
struct GSIServerCertificate {
  private let certificate: OpenSSLOwned

  /// Reads the PEM form. A server sends one certificate: those of the authorities above it are in our directory.
  init(_ text: [UInt8]) throws(XRootProtocolError) {
    guard let contents = try? PEM.read(text), contents.certificates.count == 1,
      let certificate = OpenSSLOwned.certificate(der: contents.certificates[0])
    else { throw XRootProtocolError(text: "the certificate of the server cannot be read") }
    self.certificate = certificate
  }

  /// The key in it; nil where it is no RSA key.
  var key: GSIKey? { GSIKey(OpenSSLOwned(X509_get_pubkey(certificate.raw)) { EVP_PKEY_free($0) }) }

  /// Checks that an authority that we trust has issued it for this server.
  /// - Parameter host: the name or the address that we connected to.
  func verify(_ trust: TLSContext, host: String) throws(TLSError) {
    try trust.verify(server: certificate.raw)
    guard isIssued(for: host) else {
      throw TLSError(text: "the server's certificate is not for \(host)", isCertificate: true)
    }
  }

  /// RFC 6125: the names and addresses of `subjectAltName` count; the common name only where there are none. In the
  /// common name a service may stand before the host, as in `host/se.example.org`, which old certificates of the
  /// grid have.
  private func isIssued(for host: String) -> Bool {
    if HostName.isAddress(host) { return X509_check_ip_asc(certificate.raw, host, 0) == 1 }
    let hasNames = X509_get_ext_by_NID(certificate.raw, NID_subject_alt_name, -1) >= 0
    let flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | (hasNames ? X509_CHECK_FLAG_NEVER_CHECK_SUBJECT : 0)
    if X509_check_host(certificate.raw, host, host.utf8.count, UInt32(flags), nil) == 1 { return true }
    guard !hasNames, let name = commonName, let slash = name.firstIndex(of: "/") else { return false }
    return name[name.index(after: slash)...].lowercased() == host.lowercased()
  }

  private var commonName: String? {
    let subject = X509_get_subject_name(certificate.raw)
    var buffer = [CChar](repeating: 0, count: 256)
    let count = X509_NAME_get_text_by_NID(subject, NID_commonName, &buffer, Int32(buffer.count))
    guard count > 0 else { return nil }
    return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
