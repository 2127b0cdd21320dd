import FoundationEssentials
import SystemPackage
import Testing
@testable import Credentials

@Suite struct X509CertificateTests {
  @Test(arguments: ["ca", "user", "host", "old", "long", "odd", "proxy"])
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
      #expect(throws: X509Certificate.Unreadable.self) { try X509Certificate(der: Array(der[..<length])) }
    }
    #expect(throws: X509Certificate.Unreadable.self) { try X509Certificate(der: der + [0]) }
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
    #expect(throws: X509Certificate.Unreadable.self) {
      try X509Certificate(der: [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF] + der)
    }
    #expect(throws: X509Certificate.Unreadable.self) { try X509Certificate(der: [0x30, 0x80, 0x00, 0x00]) }
  }
}
