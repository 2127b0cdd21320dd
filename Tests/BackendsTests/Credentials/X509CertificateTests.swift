import FoundationEssentials
import SystemPackage
import Testing

@testable import Backends

@Suite struct X509CertificateTests {
  @Test(arguments: ["ca", "user", "host", "old", "long", "proxy"])
  func agreesWithOpenSSL(name: String) async throws {
    let pki = try await TestPKI.shared.value
    let certificate = try X509Certificate(der: pki.der("\(name).pem"))
    func moment(_ date: Date) -> String {
      date.formatted(.iso8601).map { $0 == "T" ? " " : String($0) }.joined()
    }
    #expect(certificate.subject == (try pki.fact("\(name).pem", "subject")))
    #expect(certificate.issuer == (try pki.fact("\(name).pem", "issuer")))
    #expect(moment(certificate.notBefore) == (try pki.fact("\(name).pem", "notBefore")))
    #expect(moment(certificate.notAfter) == (try pki.fact("\(name).pem", "notAfter")))
  }

  @Test func everyCutIsAFlaw() async throws {
    let der = try await TestPKI.shared.value.der("user.pem")
    for length in 0..<der.count {
      #expect(throws: DERFlaw.self) { try X509Certificate(der: Array(der[..<length])) }
    }
    #expect(throws: DERFlaw.self) { try X509Certificate(der: der + [0]) }
  }

  /// Whatever byte is changed to whatever a length may be: an answer or a flaw, never a crash.
  @Test func lyingLengths() async throws {
    let der = try await TestPKI.shared.value.der("user.pem")
    var flaws = 0
    for index in der.indices {
      for value: UInt8 in [0x00, 0x1F, 0x7F, 0x80, 0x81, 0x84, 0x85, 0xFF, der[index] &+ 1, der[index] &- 1] {
        var changed = der
        changed[index] = value
        if (try? X509Certificate(der: changed)) == nil { flaws += 1 }
      }
    }
    #expect(flaws > 500)
    // The outermost length claims one byte more, one less, and 4 GB.
    #expect(throws: DERFlaw.self) { try X509Certificate(der: [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF] + der) }
    #expect(throws: DERFlaw.self) { try X509Certificate(der: [0x30, 0x80, 0x00, 0x00]) }
  }

  @Test(arguments: [
    (DERElement.utcTime, "700101000000Z", 0.0), (DERElement.utcTime, "491231235959Z", 2_524_607_999),
    (DERElement.utcTime, "500101000000Z", -631_152_000), (DERElement.utcTime, "240229120000Z", 1_709_208_000),
    (DERElement.generalizedTime, "20500101000000Z", 2_524_608_000),
    (DERElement.generalizedTime, "99991231235959Z", 253_402_300_799),
    (DERElement.generalizedTime, "20000229000000Z", 951_782_400),
    (DERElement.generalizedTime, "00000101000000Z", -62_167_219_200),
  ])
  func times(tag: UInt8, text: String, expected: Double) throws {
    let date = try DERTime.date(DERElement(tag: tag, content: Array(text.utf8)[...]))
    #expect(date.timeIntervalSince1970 == expected)
  }

  @Test(arguments: [
    "230229000000Z", "231301000000Z", "230001000000Z", "230100000000Z", "230101240000Z", "230101006000Z",
    "230101000060Z", "2301010000Z", "230101000000+0100", "230101000000", "", "Z", "23010100000xZ",
    "20230101000000Z",
  ])
  func badTimes(text: String) {
    #expect(throws: DERFlaw.self) {
      try DERTime.date(DERElement(tag: DERElement.utcTime, content: Array(text.utf8)[...]))
    }
    #expect(throws: DERFlaw.self) {
      try DERTime.date(DERElement(tag: DERElement.integer, content: Array("230101000000Z".utf8)[...]))
    }
  }

  /// A name of one attribute.
  func name(type: [UInt8], tag: UInt8, value: [UInt8]) -> [UInt8] {
    func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag, UInt8(content.count)] + content }
    return element(0x31, element(0x30, element(0x06, type) + element(tag, value)))
  }

  @Test func nameForms() throws {
    let cn: [UInt8] = [0x55, 0x04, 0x03]
    for (bytes, expected) in [
      (name(type: cn, tag: 0x0C, value: Array("Jörg".utf8)), "/CN=Jörg"),
      (name(type: cn, tag: 0x14, value: [0x4A, 0xF6]), "/CN=Jö"),
      (name(type: cn, tag: 0x1E, value: [0x00, 0x4A, 0x01, 0x7E]), "/CN=Jž"),
      (name(type: cn, tag: 0x1E, value: [0x4A]), "/CN=#4a"),
      (name(type: cn, tag: 0x04, value: [0x0A, 0xFF]), "/CN=#0aff"),
      (name(type: [0x2A, 0x03, 0x84, 0x01], tag: 0x0C, value: [0x78]), "/1.2.3.513=x"),
      (name(type: [0x88, 0x37], tag: 0x0C, value: [0x78]), "/2.999=x"),
      ([], ""),
    ] {
      #expect(try DistinguishedName.oneLine(bytes[...]) == expected)
    }
    for type: [UInt8] in [[], [0x80], [UInt8](repeating: 0xFF, count: 20) + [0]] {
      #expect(throws: DERFlaw.self) {
        try DistinguishedName.oneLine(name(type: type, tag: 0x0C, value: [0x78])[...])
      }
    }
  }
}
