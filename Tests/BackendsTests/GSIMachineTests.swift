import DeletionModel
import TestSupport
import Testing
@testable import XRootDProtocol
@testable import Networking
@testable import BackendXRootD
@testable import Credentials

/// The parts of a login with `gsi`, and servers that no real one is: made of the same parts.
@Suite struct GSIMachineTests {
  /// The group of dCache (DHSession.java) and a private number of ours in it: 512 bits, so that it is quick.
  static let smallGroup = """
    -----BEGIN DH PARAMETERS-----
    MEYCQQCoN51v/+hjoLFHDCbdGkUL4gOa8IOxulv6HS9bKokIAtjE1GaNFI01uySx
    rxrTdcfAO2GqhT9Waa7yZ9ogh12TAgEC
    -----END DH PARAMETERS-----

    """

  static func message(_ digits: String) -> [UInt8] {
    Array((smallGroup + "---BPUB---" + digits + "---EPUB---").utf8)
  }

  @Test func `a buffer is what was put into it`() throws {
    var buffer = GSIBuffer(step: 1000)
    buffer.add(.cryptoModule, "ssl")
    buffer.add(.version, UInt32(10_600))
    buffer.add(.cipherAlgorithms, "aes-128-cbc:bf-cbc:des-ede3-cbc")
    let bytes = buffer.bytes
    #expect(
      bytes.prefix(20).elementsEqual([
        0x67, 0x73, 0x69, 0, 0, 0, 3, 0xe8, 0, 0, 0x0b, 0xb8, 0, 0, 0, 3, 0x73, 0x73, 0x6c, 0,
      ]))
    #expect(bytes.suffix(4).elementsEqual([0, 0, 0, 0]))
    let read = try GSIBuffer(bytes)
    #expect(read == buffer)
    #expect(read[.version] == [0, 0, 0x29, 0x68] && read[.main] == nil)
    #expect(read.list(.cipherAlgorithms) == ["aes-128-cbc", "bf-cbc", "des-ede3-cbc"])
    for count in 0..<bytes.count {
      #expect(throws: XRootProtocolError.self) { try GSIBuffer(Array(bytes.prefix(count))) }
    }
    var long = bytes
    long[12] = 0xff
    #expect(throws: XRootProtocolError.self) { try GSIBuffer(long) }
  }

  static let offers: [(text: String, version: Int, module: String, pads: Bool, signs: Bool)] = [
    ("v:10600,c:ssl,ca:5168735f.0|4339b4bc.0", 10_600, "ssl", true, true),
    ("v:10400,c:sslnopad,ca:5168735f", 10_400, "sslnopad", false, true),
    ("v:10400,c:ssl,ca:5168735f", 10_400, "ssl", true, true),
    ("v:10300,c:ssl,ca:5168735f.0", 10_300, "ssl", false, false),
    ("v:10600,c:local|ssl,ca:x", 10_600, "ssl", true, true), ("", 10_600, "ssl", true, true),
  ]

  @Test(arguments: offers.indices) func `an offer says what is spoken`(_ index: Int) throws {
    let row = Self.offers[index]
    let offer = try #require(GSIOffer(row.text))
    #expect(offer.version == row.version && offer.module == row.module)
    #expect(offer.padsSecret == row.pads && offer.signsAgreement == row.signs)
  }

  @Test(arguments: ["v:10600,c:local", "v:x,c:ssl", "v:,c:ssl", "v:-1"])
  func `what is no offer of ours`(_ text: String) { #expect(GSIOffer(text) == nil) }

  /// A secret that begins with a zero byte, once in 256 agreements, is as long as the group where both sides pad, and
  /// shorter where they do not.
  @Test func `the secret has the length that both sides expect`() throws {
    // The other side's private number is 1 here: its public number is the generator, and the secret is our own
    // public number.
    let agreement = try GSIKeyAgreement(Self.message("02"))
    var short = 0
    for _ in 0..<4000 {
      let padded = try #require(agreement.agree(padded: true))
      #expect(padded.secret.count == 64)
      let bare = try #require(agreement.agree(padded: false))
      #expect(bare.secret.first != 0)
      if bare.secret.count < 64 { short += 1 }
      for (result, isPadded) in [(padded, true), (bare, false)] {
        let text = String(decoding: result.message, as: UTF8.self)
        let digits = try #require(
          text.split(separator: "---", omittingEmptySubsequences: true).dropLast().last)
        var expected = stride(from: 0, to: digits.utf8.count, by: 2).compactMap {
          UInt8(digits.dropFirst($0).prefix(2), radix: 16)
        }
        if isPadded { expected = [UInt8](repeating: 0, count: 64 - expected.count) + expected }
        #expect(result.secret == expected)
      }
    }
    #expect(short > 0)
  }

  static let noAgreements = [
    "", "---BPUB---02---EPUB---", smallGroup, smallGroup + "---BPUB---02",
    smallGroup + "---BPUB---0G---EPUB---",
    "-----BEGIN DH PARAMETERS-----\nMEYCQQ==\n-----END DH PARAMETERS-----\n---BPUB---02---EPUB---",
    "-----BEGIN DH PARAMETERS-----\nMAYCAQcCAQI=\n-----END DH PARAMETERS-----\n---BPUB---02---EPUB---",
  ]

  @Test(arguments: noAgreements.indices) func `what is no key agreement`(_ index: Int) {
    #expect(throws: XRootProtocolError.self) { try GSIKeyAgreement(Array(Self.noAgreements[index].utf8)) }
  }

  /// Numbers that make the secret known to everyone.
  @Test(arguments: ["", "00", "01"]) func `a public number outside of the group is refused`(_ digits: String)
    throws
  {
    #expect(try GSIKeyAgreement(Self.message(digits)).agree(padded: true) == nil)
  }

  @Test func `a key recovers what its other half has signed`() throws {
    let certificates = try GridCertificates.shared.get()
    let credential = try GSICredential(
      ClientIdentity(certificate: certificates.certificate("user"), key: certificates.key("user")))
    for count in [1, 8, 245, 246, 700] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
      let signed = try #require(credential.key.sign(bytes))
      #expect(signed.count == 256 * ((count + 244) / 245))
      #expect(credential.key.recover(signed) == bytes)
      var changed = signed
      changed[10] ^= 1
      #expect(credential.key.recover(changed) != bytes)
      #expect(credential.key.recover(Array(signed.dropLast())) == nil)
    }
  }

  /// Name, whether it is a proxy, and how many certificates the server gets.
  static let credentials: [(name: String, isProxy: Bool, count: Int)] = [
    ("user", false, 1), ("proxy", true, 2), ("second-proxy", true, 3), ("third-proxy", true, 4),
    ("legacy-proxy", true, 2), ("subject", false, 1), ("subject-proxy", true, 2),
  ]

  @Test(arguments: credentials.indices) func `the chain has no authority in it`(_ index: Int) throws {
    let row = Self.credentials[index]
    let certificates = try GridCertificates.shared.get()
    let credential = try GSICredential(
      ClientIdentity(certificate: certificates.certificate(row.name), key: certificates.key(row.name)))
    #expect(credential.isProxy == row.isProxy)
    let chain = try PEM.read(credential.chain)
    #expect(chain.certificates.count == row.count && !chain.hasKey)
    // The authority that has issued the certificate of the user, whatever stands before and after it.
    let names = credential.authority.split(separator: "|")
    #expect(names.count == 2 && names.allSatisfy { $0.utf8.count == 10 && $0.hasSuffix(".0") })
    #expect(Disk.exists("\(certificates.trusted)/\(names[0])"))
    let isSecond = row.name.hasPrefix("subject")
    let first = try GSICredential(
      ClientIdentity(certificate: certificates.certificate("user"), key: certificates.key("user")))
    #expect((first.authority == credential.authority) != isSecond)
  }

  /// Certificate, key, and what is said of them.
  static let useless: [(certificate: String, key: String, says: String)] = [
    ("user", "host", "does not belong"), ("curve", "curve", "RSA"), ("none", "none", "No such file"),
  ]

  @Test(arguments: useless.indices) func `a credential that cannot be used is named`(_ index: Int) throws {
    let row = Self.useless[index]
    let certificates = try GridCertificates.shared.get()
    do {
      _ = try GSICredential(
        ClientIdentity(
          certificate: certificates.certificate(row.certificate), key: certificates.key(row.key)))
      Issue.record("it was taken")
    } catch {
      #expect(error.text.contains(row.says), "\(error)")
    }
  }

  /// What a server shows, how it was named, and whether that is believed.
  static let hosts: [(certificate: String, host: String, isGood: Bool)] = [
    ("host", "localhost", true), ("host", "LOCALHOST", true), ("host", "127.0.0.1", true),
    ("host", "127.0.0.2", false), ("host", "local", false), ("expired-host", "localhost", false),
    ("revoked-host", "localhost", false), ("foreign-host", "localhost", false),
    ("elsewhere", "elsewhere.test", true), ("elsewhere", "localhost", false),
    ("common-name", "localhost", true), ("common-name", "127.0.0.1", false),
    ("service", "localhost", true), ("service", "host", false), ("client", "localhost", false),
    ("second-host", "localhost", true),
  ]

  @Test(arguments: hosts.indices) func `a server's certificate is for its name`(_ index: Int) throws {
    let row = Self.hosts[index]
    let certificates = try GridCertificates.shared.get()
    let trust = try TLSContext(certificateDirectory: certificates.trusted)
    let certificate = try GSIServerCertificate(Disk.bytes(certificates.certificate(row.certificate)))
    do throws(TLSError) {
      try certificate.verify(trust, host: row.host)
      #expect(row.isGood, "\(row)")
    } catch {
      #expect(!row.isGood && error.isCertificate, "\(row): \(error)")
    }
  }

  @Test func `two certificates are one too many`() throws {
    let bytes = Disk.bytes(try GridCertificates.shared.get().certificate("host"))
    #expect(throws: XRootProtocolError.self) { try GSIServerCertificate(bytes + bytes) }
    #expect(throws: XRootProtocolError.self) { try GSIServerCertificate(Array("no certificate".utf8)) }
  }
}
