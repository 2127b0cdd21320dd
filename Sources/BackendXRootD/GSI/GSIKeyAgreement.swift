import COpenSSL
import Credentials
import FoundationEssentials
import XRootDProtocol

/// The Diffie-Hellman agreement of `gsi` (XRootD's XrdCryptosslCipher.cc): the server chooses the group. Both sides
/// send its parameters as PEM (`DH PARAMETERS`, PKCS #3) with their public number behind them in hexadecimal
/// digits, between `---BPUB---` and `---EPUB---`.
///
/// The power is computed with OpenSSL's big numbers and not with its functions for Diffie-Hellman, which in their stricter
/// modes refuse the 512-bit group of dCache. The strength of the group is not checked: a weak one weakens only the session
/// with the server that chose it, and from protocol version 10400 on nobody else can choose it, as the group is signed.
struct GSIKeyAgreement: Equatable {
  /// A public number and the group that it belongs to.
  private let parameters: [UInt8]
  private let prime: [UInt8]
  private let generator: [UInt8]
  private let publicNumber: [UInt8]

  /// In bytes. XRootD's group has 384, dCache's 64.
  private static let primeSizes = 64...1024
  private static let begin: [UInt8] = Array("---BPUB---".utf8)
  private static let end: [UInt8] = Array("---EPUB---".utf8)

  /// Reads what the server sent.
  init(_ message: [UInt8]) throws(XRootProtocolError) {
    let problem = XRootProtocolError(text: "a key agreement of gsi that cannot be read")
    guard let start = message.firstRange(of: Self.begin),
      let stop = message[start.upperBound...].firstRange(of: Self.end)
    else { throw problem }
    parameters = Array(message[..<start.lowerBound])
    publicNumber = try Self.number(message[start.upperBound..<stop.lowerBound], problem)

    let header = Array("-----BEGIN DH PARAMETERS-----".utf8)
    let footer = Array("-----END DH PARAMETERS-----".utf8)
    guard let first = parameters.firstRange(of: header),
      let last = parameters[first.upperBound...].firstRange(of: footer)
    else { throw problem }
    let text = parameters[first.upperBound..<last.lowerBound].filter { $0 > 0x20 }
    guard let der = Data(base64Encoded: Data(text)) else { throw problem }
    guard let (prime, generator) = Self.group(Array(der)) else { throw problem }
    (self.prime, self.generator) = (prime, generator)
    guard Self.primeSizes.contains(prime.count), prime.last.map({ $0 & 1 == 1 }) == true,
      generator.count <= prime.count, publicNumber.count <= prime.count
    else { throw problem }
  }

  /// Prime and generator of `DHParameter` (PKCS #3 section 9).
  private static func group(_ der: [UInt8]) -> (prime: [UInt8], generator: [UInt8])? {
    defer { ERR_clear_error() }
    let key = der.withUnsafeBufferPointer { bytes in
      var next = bytes.baseAddress
      return OpenSSLOwned(d2i_KeyParams(EVP_PKEY_DH, nil, &next, bytes.count), free: { EVP_PKEY_free($0) })
    }
    guard let key, let prime = number("p", of: key), let generator = number("g", of: key) else { return nil }
    return (prime, generator)
  }

  private static func number(_ name: String, of key: OpenSSLOwned) -> [UInt8]? {
    var number: OpaquePointer?
    guard EVP_PKEY_get_bn_param(key.raw, name, &number) == 1,
      let owned = OpenSSLOwned(number, free: { BN_clear_free($0) })
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: (Int(BN_num_bits(owned.raw)) + 7) / 8)
    return BN_bn2bin(owned.raw, &bytes) == Int32(bytes.count) ? bytes : nil
  }

  /// Without the zero bytes in front.
  private static func unsigned(_ bytes: some Collection<UInt8>) -> [UInt8] { Array(bytes.drop { $0 == 0 }) }

  private static func number(
    _ digits: ArraySlice<UInt8>, _ problem: XRootProtocolError
  ) throws(XRootProtocolError) -> [UInt8] {
    var nibbles: [UInt8] = []
    for digit in digits where digit > 0x20 {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): nibbles.append(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "A")...UInt8(ascii: "F"): nibbles.append(digit - UInt8(ascii: "A") + 10)
      case UInt8(ascii: "a")...UInt8(ascii: "f"): nibbles.append(digit - UInt8(ascii: "a") + 10)
      default: throw problem
      }
      guard nibbles.count <= 2 * primeSizes.upperBound else { throw problem }
    }
    if nibbles.count % 2 == 1 { nibbles.insert(0, at: 0) }
    return unsigned(stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] })
  }

  /// What our side makes of the server's message.
  struct Result {
    /// Our part, in the form that the server's had.
    let message: [UInt8]
    /// What only the two sides know.
    let secret: [UInt8]
  }

  /// Chooses a private number and computes both results.
  /// - Parameter padded: whether the secret keeps its leading zeros, so that it is always as long as the prime.
  /// - Returns: nil where the server's numbers are outside of the group, or OpenSSL fails.
  func agree(padded: Bool) -> Result? {
    // 320 random bits are more than the best attack on a 3,072-bit group is worth (RFC 7919, section 5.2).
    var random = [UInt8](repeating: 0, count: min(40, prime.count - 1))
    guard RAND_bytes(&random, Int32(random.count)) == 1,
      let context = OpenSSLOwned(BN_CTX_new(), free: { BN_CTX_free($0) }),
      let prime = OpenSSLOwned.number(prime), let generator = OpenSSLOwned.number(generator),
      let theirs = OpenSSLOwned.number(publicNumber), let exponent = OpenSSLOwned.number(random),
      let own = OpenSSLOwned.number(), let shared = OpenSSLOwned.number(), let highest = BN_dup(prime.raw)
    else { return nil }
    defer { BN_free(highest) }
    // 1 and p - 1 would make the secret known to everyone.
    guard BN_sub_word(highest, 1) == 1, isInside(theirs, highest), isInside(generator, highest) else {
      return nil
    }
    BN_set_flags(exponent.raw, BN_FLG_CONSTTIME)
    guard BN_mod_exp(own.raw, generator.raw, exponent.raw, prime.raw, context.raw) == 1,
      BN_mod_exp(shared.raw, theirs.raw, exponent.raw, prime.raw, context.raw) == 1,
      let ownBytes = bytes(of: own, size: size(of: own)),
      let secret = bytes(of: shared, size: padded ? self.prime.count : size(of: shared))
    else { return nil }
    return Result(message: parameters + Self.begin + Self.digits(ownBytes) + Self.end, secret: secret)
  }

  private func isInside(_ number: OpenSSLOwned, _ highest: OpaquePointer) -> Bool {
    BN_is_zero(number.raw) == 0 && BN_is_one(number.raw) == 0 && BN_cmp(number.raw, highest) < 0
  }

  private func size(of number: OpenSSLOwned) -> Int { (Int(BN_num_bits(number.raw)) + 7) / 8 }

  private func bytes(of number: OpenSSLOwned, size: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: size)
    return BN_bn2binpad(number.raw, &bytes, Int32(size)) == Int32(size) ? bytes : nil
  }

  /// Upper-case digits, as BN_bn2hex writes them.
  private static func digits(_ bytes: [UInt8]) -> [UInt8] {
    let letters = Array("0123456789ABCDEF".utf8)
    return bytes.flatMap { [letters[Int($0 >> 4)], letters[Int($0 & 15)]] }
  }
}

/// An RSA key, as `gsi` uses it: what is signed can be recovered from the signature (PKCS #1 v1.5 with block type 1
/// and no digest, RFC 8017 section 8.2), in blocks that are 11 bytes shorter than the key.
struct GSIKey {
  private let key: OpenSSLOwned

  /// Nil for anything but an RSA key: nothing else can recover.
  init?(_ key: OpenSSLOwned?) {
    guard let key, EVP_PKEY_is_a(key.raw, "RSA") == 1 else { return nil }
    self.key = key
  }

  /// In bytes.
  private var size: Int { Int(EVP_PKEY_get_size(key.raw)) }

  /// The public part (RFC 7468, `PUBLIC KEY`); nil where OpenSSL fails.
  var publicText: [UInt8]? { OpenSSLOwned.text { PEM_write_bio_PUBKEY($0, key.raw) } }

  /// Signs with the private part; nil where OpenSSL fails.
  func sign(_ bytes: [UInt8]) -> [UInt8]? {
    blocks(of: bytes, size: size - 11, EVP_PKEY_sign_init) { EVP_PKEY_sign($0, $1, $2, $3, $4) }
  }

  /// What was signed, from the signature and the public part; nil where the signature is none of this key.
  func recover(_ bytes: [UInt8]) -> [UInt8]? {
    guard bytes.count % size == 0 else { return nil }
    return blocks(of: bytes, size: size, EVP_PKEY_verify_recover_init) {
      EVP_PKEY_verify_recover($0, $1, $2, $3, $4)
    }
  }

  private typealias Operation = (
    OpaquePointer, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>, UnsafePointer<UInt8>, Int
  ) -> Int32

  private func blocks(
    of bytes: [UInt8], size blockSize: Int, _ begin: (OpaquePointer?) -> Int32, _ operation: Operation
  ) -> [UInt8]? {
    guard blockSize > 0, !bytes.isEmpty,
      let context = OpenSSLOwned(EVP_PKEY_CTX_new(key.raw, nil), free: { EVP_PKEY_CTX_free($0) }),
      begin(context.raw) == 1, EVP_PKEY_CTX_set_rsa_padding(context.raw, RSA_PKCS1_PADDING) == 1
    else {
      ERR_clear_error()
      return nil
    }
    var output: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: blockSize) {
      let block = Array(bytes[start..<min(start + blockSize, bytes.count)])
      var room = [UInt8](repeating: 0, count: size)
      var count = room.count
      guard operation(context.raw, &room, &count, block, block.count) == 1 else {
        ERR_clear_error()
        return nil
      }
      output += room.prefix(count)
    }
    return output
  }
}

/// An object of OpenSSL that is freed with its last owner. For one thread.
final class OpenSSLOwned {
  /// The object.
  let raw: OpaquePointer
  private let free: (OpaquePointer) -> Void

  /// Takes over an object; nil where OpenSSL made none.
  init?(_ raw: OpaquePointer?, free: @escaping (OpaquePointer) -> Void) {
    guard let raw else { return nil }
    self.raw = raw
    self.free = free
  }

  deinit { free(raw) }

  /// A number. Its memory is overwritten when it is freed.
  static func number(_ bytes: some Collection<UInt8>) -> OpenSSLOwned? {
    let bytes = Array(bytes)
    return OpenSSLOwned(BN_bin2bn(bytes, Int32(bytes.count), nil)) { BN_clear_free($0) }
  }

  /// A number that OpenSSL computes into.
  static func number() -> OpenSSLOwned? { OpenSSLOwned(BN_new()) { BN_clear_free($0) } }

  /// A certificate, from its DER form.
  static func certificate(der: [UInt8]) -> OpenSSLOwned? {
    der.withUnsafeBufferPointer { buffer in
      var position = buffer.baseAddress
      return OpenSSLOwned(d2i_X509(nil, &position, buffer.count)) { X509_free($0) }
    }
  }

  /// What a function writes into a memory BIO; nil where it fails.
  static func text(_ write: (OpaquePointer) -> Int32) -> [UInt8]? {
    guard let memory = OpenSSLOwned(BIO_new(BIO_s_mem()), free: { BIO_free($0) }), write(memory.raw) == 1
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(memory.raw))
    let count = bytes.withUnsafeMutableBytes { BIO_read(memory.raw, $0.baseAddress, Int32($0.count)) }
    return count == bytes.count ? bytes : nil
  }
}
