import XRootDProtocol

/// A message of the authentication protocol `gsi` (XRootD's XrdSutBuffer.cc): the name of the protocol and a zero
/// byte, the step, and typed fields that XRootD calls buckets; all numbers are big-endian.
struct GSIBuffer: Equatable {
  /// What a message is (XrdSecProtocolgsi.hh, kgsiClientSteps and kgsiServerSteps).
  enum Step {
    /// The client asks for the certificate of the server.
    static let certificateRequest: UInt32 = 1000
    /// The client shows its own.
    static let certificate: UInt32 = 1001
    /// The server shows its certificate.
    static let serverCertificate: UInt32 = 2001
    /// The server asks for a delegated proxy.
    static let proxyRequest: UInt32 = 2002
  }

  /// The types of buckets that the client side sends or reads (XrdSutAux.hh, kXRSBucketTypes).
  enum Kind: UInt32 {
    case cryptoModule = 3000
    case main = 3001
    case publicKey = 3004
    case cipher = 3005
    case randomTag = 3006
    case signedRandomTag = 3007
    case user = 3008
    case version = 3014
    case clientOptions = 3019
    case certificates = 3022
    case issuerHash = 3023
    case cipherAlgorithms = 3025
    case digestAlgorithms = 3026
  }

  /// One field.
  private struct Bucket: Equatable {
    let type: UInt32
    let bytes: [UInt8]
  }

  private static let name: [UInt8] = Array("gsi\0".utf8)
  /// A bucket of this type is skipped (kXRS_inactive).
  private static let inactive: UInt32 = 1
  /// No server sends a tenth of this.
  private static let bucketLimit = 100

  /// What the message is; one of ``Step``, or something that a later version knows.
  let step: UInt32
  private var buckets: [Bucket] = []

  /// An empty message.
  init(step: UInt32) { self.step = step }

  /// Reads a message; every length is checked against the bytes that are there.
  init(_ bytes: [UInt8]) throws(XRootProtocolError) {
    guard bytes.starts(with: Self.name), bytes.count >= Self.name.count + 4 else {
      throw XRootProtocolError(text: "a message that is none of gsi")
    }
    step = BigEndian.uint32(bytes, Self.name.count)
    var offset = Self.name.count + 4
    while true {
      guard bytes.count - offset >= 4 else {
        throw XRootProtocolError(text: "a message of gsi without an end")
      }
      let type = BigEndian.uint32(bytes, offset)
      if type == 0 { return }
      guard bytes.count - offset >= 8 else {
        throw XRootProtocolError(text: "a message of gsi without an end")
      }
      let length = Int(BigEndian.uint32(bytes, offset + 4))
      offset += 8
      guard length <= bytes.count - offset, buckets.count < Self.bucketLimit else {
        throw XRootProtocolError(text: "a message of gsi whose lengths do not fit")
      }
      if type != Self.inactive {
        buckets.append(Bucket(type: type, bytes: Array(bytes[offset..<offset + length])))
      }
      offset += length
    }
  }

  /// The content of the first bucket of a type.
  subscript(kind: Kind) -> [UInt8]? { buckets.first { $0.type == kind.rawValue }?.bytes }

  /// The content of a bucket that has to be there.
  func required(_ kind: Kind) throws(XRootProtocolError) -> [UInt8] {
    guard let bytes = self[kind] else {
      throw XRootProtocolError(text: "a message of gsi without its \(kind)")
    }
    return bytes
  }

  /// The entries of a bucket that holds a list with colons, as `aes-128-cbc:des-ede3-cbc`.
  func list(_ kind: Kind) -> [String] {
    let bytes = self[kind] ?? []
    return bytes.prefix { $0 != 0 }.split(separator: UInt8(ascii: ":")).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// Adds a bucket.
  mutating func add(_ kind: Kind, _ bytes: [UInt8]) {
    buckets.append(Bucket(type: kind.rawValue, bytes: bytes))
  }

  /// Adds a bucket with a text.
  mutating func add(_ kind: Kind, _ text: String) { add(kind, Array(text.utf8)) }

  /// Adds a bucket with a number.
  mutating func add(_ kind: Kind, _ number: UInt32) { add(kind, BigEndian.bytes(number)) }

  /// The message as it is sent.
  var bytes: [UInt8] {
    var output = Self.name + BigEndian.bytes(step)
    for bucket in buckets {
      output += BigEndian.bytes(bucket.type) + BigEndian.bytes(UInt32(bucket.bytes.count)) + bucket.bytes
    }
    return output + BigEndian.bytes(UInt32(0))
  }
}
