import COpenSSL
import DeletionModel
import TestSupport
import Testing
@testable import Networking
@testable import BackendXRootD
@testable import Credentials

/// Whole logins with `gsi` against the server side of each version, written with the same parts.
@Suite struct GSIHandshakeTests {
  /// The server side. Its private number is 1, so that its public number is the generator of the group, and the agreed
  /// secret is the public number of the client.
  struct Server {
    /// What it says in the answer to the login.
    var offer: String
    var ciphers = "aes-128-cbc:bf-cbc:des-ede3-cbc"
    var digests = "sha256"
    var certificate = "host"
    /// Whose key it has in truth.
    var key = "host"
    var step: UInt32 = GSIBuffer.Step.serverCertificate
    /// Changed in the last moment.
    var spoil: @Sendable (inout [UInt8]) -> Void = { _ in }

    var signs: Bool { !offer.hasPrefix("v:10300") }

    /// The answer to the first message.
    func answer(_ first: [UInt8]) throws -> [UInt8] {
      let certificates = try GridCertificates.shared.get()
      let credential = try GSICredential(
        ClientIdentity(certificate: certificates.certificate("user"), key: certificates.key("user")))
      let message = try GSIBuffer(first)
      #expect(message.step == 1000 && message[.version] == [0, 0, 0x29, 0x68])
      #expect(message[.clientOptions] == [0, 0, 0, 0])
      #expect(message[.issuerHash] == Array(credential.authority.utf8))
      let tag = try #require(try GSIBuffer(try message.required(.main))[.randomTag])
      let own = try GSICredential(
        ClientIdentity(certificate: certificates.certificate(key), key: certificates.key(key)))
      var inner = GSIBuffer(step: step)
      inner.add(.signedRandomTag, try #require(own.key.sign(tag)))
      inner.add(.randomTag, "server's")
      var reply = GSIBuffer(step: step)
      let agreement = GSIMachineTests.message("02")
      if signs {
        reply.add(.cipher, try #require(own.key.sign(agreement)))
      } else {
        reply.add(.publicKey, agreement)
      }
      reply.add(.cipherAlgorithms, ciphers)
      reply.add(.digestAlgorithms, digests)
      reply.add(.certificates, Disk.bytes(certificates.certificate(certificate)))
      reply.add(.main, inner.bytes)
      var bytes = reply.bytes
      spoil(&bytes)
      return bytes
    }

    /// Reads the second message as this server would; what it finds in the enciphered part.
    func read(_ second: [UInt8], pads: Bool) throws -> GSIBuffer {
      let certificates = try GridCertificates.shared.get()
      let credential = try GSICredential(
        ClientIdentity(certificate: certificates.certificate("proxy"), key: certificates.key("proxy")))
      let message = try GSIBuffer(second)
      #expect(message.step == 1001 && digests.contains(message.list(.digestAlgorithms).joined()))
      let agreement: [UInt8]
      if signs {
        #expect(message[.publicKey] == credential.publicKey)
        agreement = try #require(credential.key.recover(try message.required(.cipher)))
      } else {
        agreement = try message.required(.publicKey)
      }
      // The secret is the client's public number.
      let text = String(decoding: agreement, as: UTF8.self)
      let digits = try #require(text.split(separator: "---").dropLast().last)
      var secret = stride(from: 0, to: digits.utf8.count, by: 2).compactMap {
        UInt8(digits.dropFirst($0).prefix(2), radix: 16)
      }
      if pads { secret = [UInt8](repeating: 0, count: 64 - secret.count) + secret }
      let algorithm = try #require(message.list(.cipherAlgorithms).first)
      #expect(algorithm.hasSuffix("#16") == signs)
      let cipher = try #require(GSISession.Cipher(rawValue: String(algorithm.prefix { $0 != "#" })))
      return try GSIBuffer(
        try #require(decipher(try message.required(.main), cipher, secret, hasVector: signs)))
    }

    private func decipher(
      _ bytes: [UInt8], _ cipher: GSISession.Cipher, _ secret: [UInt8], hasVector: Bool
    ) -> [UInt8]? {
      let vector = hasVector ? Array(bytes.prefix(16)) : [UInt8](repeating: 0, count: 16)
      let body = hasVector ? Array(bytes.dropFirst(16)) : bytes
      guard let context = OpenSSLOwned(EVP_CIPHER_CTX_new(), free: { EVP_CIPHER_CTX_free($0) }),
        EVP_DecryptInit_ex(
          context.raw, EVP_get_cipherbyname(cipher.rawValue), nil, Array(secret.prefix(cipher.keyLength)),
          vector) == 1
      else { return nil }
      var output = [UInt8](repeating: 0, count: body.count + 32)
      var count: Int32 = 0
      var rest: Int32 = 0
      let isGood = output.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress,
          EVP_DecryptUpdate(context.raw, start, &count, body, Int32(body.count)) == 1
        else { return false }
        return EVP_DecryptFinal_ex(context.raw, start + Int(count), &rest) == 1
      }
      return isGood ? Array(output.prefix(Int(count + rest))) : nil
    }
  }

  static func client(host: String = "localhost") throws -> GSIClient {
    let certificates = try GridCertificates.shared.get()
    let proxy = certificates.certificate("proxy")
    return GSIClient(
      identity: ClientIdentity(certificate: proxy, key: proxy),
      trust: try TLSContext(certificateDirectory: certificates.trusted), host: host, user: "tester")
  }

  /// XRootD of each version, and dCache before and after it learned to pad.
  static let servers: [Server] = [
    Server(offer: "v:10600,c:ssl,ca:5168735f.0"), Server(offer: "v:10400,c:ssl,ca:5168735f.0"),
    Server(offer: "v:10400,c:sslnopad,ca:5168735f", ciphers: "aes-128-cbc", digests: "sha1:md5"),
    Server(offer: "v:10400,c:ssl,ca:5168735f", ciphers: "aes-128-cbc", digests: "sha1:md5"),
    Server(offer: "v:10300,c:ssl,ca:5168735f.0", digests: "sha1:md5"),
    Server(offer: "v:10600,c:ssl", ciphers: "bf-cbc:aes-256-cbc"),
    Server(offer: "v:10300,c:ssl", ciphers: "des-ede3-cbc"),
  ]

  @Test(arguments: servers.indices) func `a login with every version`(_ index: Int) throws {
    let server = Self.servers[index]
    let offer = server.offer
    for _ in 0..<40 {
      var handshake = try GSIHandshake(try Self.client(), parameters: offer)
      let second = try handshake.answer(try server.answer(handshake.firstMessage))
      let inner = try server.read(second, pads: server.signs && !offer.contains("nopad"))
      let chain = try PEM.read(try inner.required(.certificates))
      #expect(chain.certificates.count == 2 && !chain.hasKey)
      #expect(inner[.user] == Array("tester".utf8))
      let signed = try inner.required(.signedRandomTag)
      let proxy = try GSICredential(try Self.client().identity)
      #expect(proxy.key.recover(signed) == Array("server's".utf8))
      #expect(handshake.session != nil)
    }
  }

  /// Servers that are not what they say, and what is said of them.
  static let impostors: [(server: Server, says: String)] = [
    (Server(offer: "v:10600,c:ssl", key: "user"), "has not the key"),
    (Server(offer: "v:10300,c:ssl", key: "user"), "has not the key"),
    (Server(offer: "v:10600,c:ssl", certificate: "elsewhere", key: "elsewhere"), "not for localhost"),
    (Server(offer: "v:10600,c:ssl", certificate: "revoked-host", key: "revoked-host"), "revoked"),
    (Server(offer: "v:10600,c:ssl", certificate: "expired-host", key: "expired-host"), "expired"),
    (Server(offer: "v:10600,c:ssl", certificate: "foreign-host", key: "foreign-host"), "not trusted"),
    (Server(offer: "v:10600,c:ssl", ciphers: "bf-cbc"), "bf-cbc"),
    (Server(offer: "v:10600,c:ssl", step: 2002), "delegated"),
    (Server(offer: "v:10600,c:ssl", step: 2003), "out of order"),
    (Server(offer: "v:10600,c:ssl", spoil: { $0.removeLast(8) }), "lengths"),
  ]

  @Test(arguments: impostors.indices) func `who is not what he says learns nothing`(_ index: Int) throws {
    let row = Self.impostors[index]
    var handshake = try GSIHandshake(try Self.client(), parameters: row.server.offer)
    let answer = try row.server.answer(handshake.firstMessage)
    do throws(GSIHandshake.Failure) {
      _ = try handshake.answer(answer)
      Issue.record("it was believed")
    } catch {
      #expect("\(error)".contains(row.says), "\(error)")
    }
  }

  @Test func `nothing is answered twice`() throws {
    let server = Server(offer: "v:10600,c:ssl")
    var handshake = try GSIHandshake(try Self.client(), parameters: server.offer)
    let answer = try server.answer(handshake.firstMessage)
    _ = try handshake.answer(answer)
    #expect(throws: GSIHandshake.Failure.self) { try handshake.answer(answer) }
  }

  @Test func `a session shows no key`() throws {
    let session = try #require(
      GSISession(.aes128, secret: Array("0123456789abcdefghi".utf8), hasVector: true))
    var text = "\(session)"
    dump(session, to: &text)
    #expect(!text.contains("48") && !text.contains("0123"))
  }
}
