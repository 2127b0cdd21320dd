import COpenSSL
import Credentials
import DeletionModel
import Networking
import XRootDProtocol

/// What a login with `gsi` needs of our side.
struct GSIClient: Sendable {
  /// The files of the proxy or certificate.
  var identity: ClientIdentity
  /// Who is trusted.
  var trust: TLSContext
  /// The server, as it has to be named in its certificate.
  var host: String
  /// Who we are on this machine; servers only write it down.
  var user: String
}

/// The client side of the authentication protocol `gsi` of XRootD (XrdSecProtocolgsi.cc, versions 10300 to 10600)
/// and of dCache: two rounds, in which both sides prove that they have the key of their certificate and agree on a
/// session key. No proxy is ever delegated.
struct GSIHandshake {
  /// Why a login with `gsi` does not come about.
  enum Failure: Error, Equatable {
    /// The server says what the protocol does not allow.
    case protocolError(XRootProtocolError)
    /// This has to be known by whoever reads the report. Nothing else may be tried with this server.
    case failed(DeletionError)
    /// Something that we do not speak, in a few words.
    case unsupported(String)
  }

  private let client: GSIClient
  private let offer: GSIOffer
  private let credential: GSICredential
  private let randomTag: [UInt8]
  private var isAnswered = false
  /// The agreed key. It holds once the server has accepted the last message.
  private(set) var session: GSISession?

  /// What to add to a refusal: servers before version 10600 take no certificate without a proxy, and do not say so.
  var advice: String? {
    credential.isProxy || offer.version >= 10_600 ? nil : "; a server of this version may want a proxy"
  }

  /// Reads the credential.
  init(_ client: GSIClient, parameters: String) throws(Failure) {
    guard let offer = GSIOffer(parameters) else { throw .unsupported("gsi without OpenSSL") }
    self.client = client
    self.offer = offer
    do throws(GSICredential.LoadError) {
      credential = try GSICredential(client.identity)
    } catch {
      throw .failed(DeletionError(.auth, code: "credential", message: "the X.509 credential: \(error.text)"))
    }
    guard let tag = Self.newTag() else { throw .failed(Self.libraryError) }
    randomTag = tag
  }

  private static let libraryError = DeletionError(
    .transient, code: "OpenSSL", message: "OpenSSL failed during the login with gsi")

  /// Eight random letters and digits.
  private static func newTag() -> [UInt8]? {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./".utf8)
    var random = [UInt8](repeating: 0, count: 8)
    guard RAND_bytes(&random, Int32(random.count)) == 1 else { return nil }
    return random.map { letters[Int($0 & 63)] }
  }

  /// The first message.
  var firstMessage: [UInt8] {
    var inner = GSIBuffer(step: GSIBuffer.Step.certificateRequest)
    inner.add(.randomTag, randomTag)
    var message = GSIBuffer(step: GSIBuffer.Step.certificateRequest)
    message.add(.cryptoModule, offer.module)
    message.add(.version, GSIOffer.ownVersion)
    message.add(.issuerHash, credential.authority)
    // No proxy is made for the login, and none is given away.
    message.add(.clientOptions, UInt32(0))
    message.add(.main, inner.bytes)
    return message.bytes
  }

  /// Takes what the server said.
  /// - Returns: the message to be sent.
  mutating func answer(_ body: [UInt8]) throws(Failure) -> [UInt8] {
    let message = try Self.reading { () throws(XRootProtocolError) in try GSIBuffer(body) }
    guard !isAnswered, message.step == GSIBuffer.Step.serverCertificate else {
      let text =
        message.step == GSIBuffer.Step.proxyRequest
        ? "the server wants a proxy delegated, which it was not offered"
        : "a message of gsi out of order, step \(message.step)"
      throw .protocolError(XRootProtocolError(text: text))
    }
    isAnswered = true
    let (certificate, inner) = try Self.reading { () throws(XRootProtocolError) in
      (
        try GSIServerCertificate(try message.required(.certificates)),
        try GSIBuffer(try message.required(.main))
      )
    }
    // Nothing that the server says is used before it is known who says it.
    do throws(TLSError) {
      try certificate.verify(client.trust, host: client.host)
    } catch {
      throw .failed(.xrootBroken(.tls(error), doing: ""))
    }
    guard let serverKey = certificate.key else {
      throw .protocolError(XRootProtocolError(text: "a server of gsi whose key is not an RSA key"))
    }
    try proveServer(inner, serverKey)
    let agreement = try agreement(message, serverKey)
    guard let agreed = agreement.agree(padded: offer.padsSecret) else {
      throw .protocolError(XRootProtocolError(text: "a key agreement of gsi outside of its own group"))
    }
    let offered = message.list(.cipherAlgorithms)
    guard let cipher = offered.lazy.compactMap(GSISession.Cipher.init).first else {
      throw .unsupported("gsi with the ciphers \(Redaction.clean(offered.joined(separator: ", ")))")
    }
    session = GSISession(cipher, secret: agreed.secret, hasVector: offer.signsAgreement)
    // The digest is for signatures that nobody makes. Servers want to hear one of theirs all the same.
    let digest = message.list(.digestAlgorithms).first ?? "sha256"
    guard let bytes = secondMessage(agreed.message, cipher, digest, tag: inner[.randomTag]) else {
      throw .failed(Self.libraryError)
    }
    return bytes
  }

  private static func reading<Value>(
    _ work: () throws(XRootProtocolError) -> Value
  ) throws(Failure) -> Value {
    do throws(XRootProtocolError) { return try work() } catch { throw .protocolError(error) }
  }

  /// The server has signed the random tag, so it has the key of its certificate.
  private func proveServer(_ inner: GSIBuffer, _ serverKey: GSIKey) throws(Failure) {
    guard let signed = inner[.signedRandomTag], serverKey.recover(signed) == randomTag else {
      throw .failed(
        DeletionError(
          .auth, code: "certificate", message: "the server has not the key of the certificate that it shows"))
    }
  }

  private func agreement(_ message: GSIBuffer, _ serverKey: GSIKey) throws(Failure) -> GSIKeyAgreement {
    try Self.reading { () throws(XRootProtocolError) in
      guard offer.signsAgreement else { return try GSIKeyAgreement(try message.required(.publicKey)) }
      guard let bytes = serverKey.recover(try message.required(.cipher)) else {
        throw XRootProtocolError(text: "a key agreement of gsi that the server has not signed")
      }
      return try GSIKeyAgreement(bytes)
    }
  }

  /// What proves who we are: the chain, and the server's random tag signed with its key.
  private func secondMessage(
    _ agreement: [UInt8], _ cipher: GSISession.Cipher, _ digest: String, tag: [UInt8]?
  ) -> [UInt8]? {
    var inner = GSIBuffer(step: GSIBuffer.Step.certificate)
    if let tag {
      guard let signed = credential.key.sign(tag) else { return nil }
      inner.add(.signedRandomTag, signed)
    }
    inner.add(.certificates, credential.chain)
    inner.add(.user, client.user)
    guard let next = Self.newTag() else { return nil }
    inner.add(.randomTag, next)

    var message = GSIBuffer(step: GSIBuffer.Step.certificate)
    message.add(.cryptoModule, offer.module)
    if offer.signsAgreement {
      guard let signed = credential.key.sign(agreement) else { return nil }
      message.add(.cipher, signed)
      message.add(.publicKey, credential.publicKey)
      message.add(.cipherAlgorithms, "\(cipher.rawValue)#\(GSISession.vectorLength)")
    } else {
      message.add(.publicKey, agreement)
      message.add(.cipherAlgorithms, cipher.rawValue)
    }
    message.add(.digestAlgorithms, digest)
    guard let sealed = session?.encrypt(inner.bytes) else { return nil }
    message.add(.main, sealed)
    return message.bytes
  }
}

/// What a server says of its `gsi` in the answer to the login: `v:10600,c:ssl,ca:5168735f.0|4339b4bc.0`.
struct GSIOffer: Equatable {
  /// The version of the client side that we speak: certificates are taken without a proxy, too.
  static let ownVersion: UInt32 = 10_600
  /// From this version on the key agreement is signed and messages begin with an initialization vector.
  private static let signedAgreement = 10_400

  /// The version of the server.
  let version: Int
  /// The name of the cryptographic module for the answer.
  let module: String
  /// Whether the agreed secret keeps its leading zeros.
  let padsSecret: Bool

  /// Whether both sides sign their part of the key agreement, and messages begin with an initialization vector.
  var signsAgreement: Bool { version >= Self.signedAgreement }

  /// Reads the parameters; nil where the server has no module that is based on OpenSSL, the only one that exists.
  init?(_ parameters: String) {
    var version = Int(Self.ownVersion)
    var modules = ["ssl"]
    for field in parameters.split(separator: ",") {
      if field.hasPrefix("v:") {
        guard let number = Int(field.dropFirst(2)), number > 0 else { return nil }
        version = number
      } else if field.hasPrefix("c:") {
        modules = field.dropFirst(2).split(separator: "|").map(String.init)
      }
    }
    self.version = version
    // The first of the server's list counts; "nopad" is a part of the name only where agreements are signed.
    guard let first = modules.first(where: { $0 == "ssl" || $0 == "sslnopad" }) else { return nil }
    let isSigned = version >= Self.signedAgreement
    padsSecret = isSigned && first == "ssl"
    module = isSigned && !padsSecret ? "sslnopad" : "ssl"
  }
}

/// The key that both sides of a login with `gsi` have, and what is done with it.
struct GSISession {
  /// The ciphers that are used, of those that a server offers. Blowfish is not among them: OpenSSL keeps it apart
  /// as outdated, and no server has it alone.
  enum Cipher: String, CaseIterable {
    case aes128 = "aes-128-cbc"
    case aes192 = "aes-192-cbc"
    case aes256 = "aes-256-cbc"
    /// Of 64-bit blocks: good enough for some kilobytes.
    case tripleDES = "des-ede3-cbc"

    /// In bytes.
    var keyLength: Int {
      switch self {
      case .aes128: 16
      case .aes192, .tripleDES: 24
      case .aes256: 32
      }
    }

    fileprivate var algorithm: OpaquePointer? {
      switch self {
      case .aes128: EVP_aes_128_cbc()
      case .aes192: EVP_aes_192_cbc()
      case .aes256: EVP_aes_256_cbc()
      case .tripleDES: EVP_des_ede3_cbc()
      }
    }
  }

  /// The length that an initialization vector has in a message, whatever the cipher uses of it (EVP_MAX_IV_LENGTH).
  static let vectorLength = 16

  private let cipher: Cipher
  private let key: [UInt8]
  private let hasVector: Bool

  /// - Parameters:
  ///   - secret: the agreed one; its first bytes are the key.
  ///   - hasVector: whether messages begin with an initialization vector; else it is all zero.
  /// - Returns: nil where the secret is too short for the cipher.
  init?(_ cipher: Cipher, secret: [UInt8], hasVector: Bool) {
    guard secret.count >= cipher.keyLength else { return nil }
    self.cipher = cipher
    self.hasVector = hasVector
    key = Array(secret.prefix(cipher.keyLength))
  }

  /// Enciphers a message; nil where OpenSSL fails.
  func encrypt(_ bytes: [UInt8]) -> [UInt8]? {
    var vector = [UInt8](repeating: 0, count: Self.vectorLength)
    if hasVector, RAND_bytes(&vector, Int32(vector.count)) != 1 { return nil }
    guard let context = OpenSSLOwned(EVP_CIPHER_CTX_new(), free: { EVP_CIPHER_CTX_free($0) }),
      EVP_EncryptInit_ex(context.raw, cipher.algorithm, nil, key, vector) == 1
    else { return nil }
    var output = [UInt8](repeating: 0, count: bytes.count + 2 * Self.vectorLength)
    var count: Int32 = 0
    var rest: Int32 = 0
    let isDone = output.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress,
        EVP_EncryptUpdate(context.raw, start, &count, bytes, Int32(bytes.count)) == 1
      else { return false }
      return EVP_EncryptFinal_ex(context.raw, start + Int(count), &rest) == 1
    }
    guard isDone else { return nil }
    return (hasVector ? vector : []) + output.prefix(Int(count + rest))
  }
}

extension GSISession: CustomStringConvertible, CustomReflectable {
  /// Without the key.
  var description: String { "a session with \(cipher.rawValue)" }
  /// Without the key.
  var customMirror: Mirror { Mirror(self, children: [:]) }
}
