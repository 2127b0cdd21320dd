import COpenSSL
import DeletionModel
import FoundationEssentials
import Glibc

/// What Swab needs of an X.509 certificate, read by OpenSSL. Nothing is verified: that is the server's business.
package struct X509Certificate: Equatable {
  /// The bytes are no certificate, or more than one.
  package struct Unreadable: Error, Equatable {}

  /// `/DC=…/CN=…`, on one line.
  package let subject: String
  /// The same of who signed it.
  package let issuer: String
  package let notBefore: Date
  package let notAfter: Date

  // The machine's openssl.cnf may name modules of the machine, which a static executable must not load.
  private static let library = swab_OPENSSL_init_without_config()

  /// Reads the DER form (RFC 5280 section 4.1).
  package init(der: [UInt8]) throws(Unreadable) {
    guard Self.library == 1 else { throw Unreadable() }
    let (certificate, isWhole) = der.withUnsafeBufferPointer { bytes in
      var next = bytes.baseAddress
      let certificate = d2i_X509(nil, &next, bytes.count)
      return (certificate, next == bytes.baseAddress.map { $0 + bytes.count })
    }
    // What OpenSSL did not like is not the reason for a later error.
    defer { ERR_clear_error() }
    guard let certificate else { throw Unreadable() }
    defer { X509_free(certificate) }
    guard isWhole, let subject = Self.oneLine(X509_get_subject_name(certificate)),
      let issuer = Self.oneLine(X509_get_issuer_name(certificate)),
      let notBefore = Self.date(X509_get0_notBefore(certificate)),
      let notAfter = Self.date(X509_get0_notAfter(certificate))
    else { throw Unreadable() }
    self.subject = subject
    self.issuer = issuer
    self.notBefore = notBefore
    self.notAfter = notAfter
  }

  private static func date(_ time: UnsafePointer<ASN1_TIME>?) -> Date? {
    var parts = tm()
    guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
    return Date(timeIntervalSince1970: Double(timegm(&parts)))
  }

  /// The one-line form that grid sites use. Slashes inside a value stay as they are, as in `CN=host/h.example`: grid map
  /// files have them so, while newer patch releases of OpenSSL's own `X509_NAME_oneline` write `\/`.
  private static func oneLine(_ name: OpaquePointer?) -> String? {
    guard let name else { return nil }
    var text = ""
    for index in 0..<X509_NAME_entry_count(name) {
      guard let entry = X509_NAME_get_entry(name, index), let type = X509_NAME_ENTRY_get_object(entry),
        let value = X509_NAME_ENTRY_get_data(entry)
      else { return nil }
      text += "/\(typeName(type))=\(valueText(value))"
    }
    return MessageText.oneLine(text, limit: 1000)
  }

  private static func typeName(_ type: OpaquePointer) -> String {
    let number = OBJ_obj2nid(type)
    if number != 0, let name = OBJ_nid2sn(number) { return String(cString: name) }
    var dotted = [UInt8](repeating: 0, count: 128)
    let count = dotted.withUnsafeMutableBytes { bytes in
      OBJ_obj2txt(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), type, 1)
    }
    return String(decoding: dotted.prefix(max(0, min(Int(count), dotted.count - 1))), as: UTF8.self)
  }

  private static func valueText(_ value: UnsafePointer<ASN1_STRING>) -> String {
    var text: UnsafeMutablePointer<UInt8>?
    let count = ASN1_STRING_to_UTF8(&text, value)
    if count >= 0, let text {
      defer { CRYPTO_free(text, nil, 0) }
      return String(decoding: UnsafeBufferPointer(start: text, count: Int(count)), as: UTF8.self)
    }
    // As RFC 4514 writes what has no text form.
    let bytes = UnsafeBufferPointer(
      start: ASN1_STRING_get0_data(value), count: Int(ASN1_STRING_length(value)))
    return "#" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
