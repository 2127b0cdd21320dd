import Deletion
import FoundationEssentials

/// What Swab needs of an X.509 certificate. Nothing is verified: that is the server's business.
struct X509Certificate: Equatable {
  /// `/DC=…/CN=…`, on one line.
  let subject: String
  /// The same of who signed it.
  let issuer: String
  let notBefore: Date
  let notAfter: Date

  /// Reads the DER form (RFC 5280 section 4.1) up to the subject, and checks that what follows is whole.
  init(der: [UInt8]) throws(DERFlaw) {
    var outer = DERReader(der[...])
    var certificate = DERReader(try outer.next(DERElement.sequence))
    var body = DERReader(try certificate.next(DERElement.sequence))
    _ = try certificate.next(DERElement.sequence)
    _ = try certificate.next(DERElement.bitString)
    guard outer.isAtEnd, certificate.isAtEnd else { throw DERFlaw() }

    if body.nextTag == DERElement.explicitZero { _ = try body.next() }
    _ = try body.next(DERElement.integer)
    _ = try body.next(DERElement.sequence)
    issuer = try Self.name(body.next(DERElement.sequence))
    var validity = DERReader(try body.next(DERElement.sequence))
    notBefore = try DERTime.date(validity.next())
    notAfter = try DERTime.date(validity.next())
    subject = try Self.name(body.next(DERElement.sequence))
    _ = try body.next(DERElement.sequence)
    while !body.isAtEnd { _ = try body.next() }
  }

  private static func name(_ content: ArraySlice<UInt8>) throws(DERFlaw) -> String {
    MessageText.oneLine(try DistinguishedName.oneLine(content), limit: 1000)
  }
}
