/// Why bytes from a server are no answer in the XRootD protocol. The connection cannot be used afterwards.
package struct XRootProtocolError: Error, Equatable {
  /// In a few words.
  package let text: String

  package init(text: String) {
    self.text = text
  }
}

/// One answer (XRootD protocol specification 5.x, "Server response format"): stream identifier, status, length,
/// data.
package struct XRootReply: Equatable {
  /// Status codes.
  package enum Status: UInt16 {
    case ok = 0
    case partial = 4000
    case attention = 4001
    case authMore = 4002
    case error = 4003
    case redirect = 4004
    case wait = 4005
    case waitForReply = 4006
    case status = 4007
  }

  /// The request that is answered.
  package let stream: UInt16
  package let status: Status
  package let body: [UInt8]

  /// The bytes before the data.
  package static let headerLength = 8
}

/// Cuts the bytes of a connection into answers.
package struct XRootReplyReader {
  /// No answer to what we ask comes near this; a length beyond it is a lie or another protocol.
  package static let bodyLimit = 1 << 20

  private var buffer: [UInt8] = []
  private var start = 0

  package init() {}

  /// Whether all bytes have been used.
  package var isEmpty: Bool { start == buffer.count }

  /// Takes bytes as they come.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if isEmpty {
      buffer.removeAll(keepingCapacity: true)
      start = 0
    } else if start > 1 << 16 {
      buffer.removeFirst(start)
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next whole answer; nil until more bytes are there.
  package mutating func next() throws(XRootProtocolError) -> XRootReply? {
    guard buffer.count - start >= XRootReply.headerLength else { return nil }
    let length = Int(BigEndian.uint32(buffer, start + 4))
    guard length <= Self.bodyLimit else { throw XRootProtocolError(text: "an answer of \(length) bytes") }
    let code = BigEndian.uint16(buffer, start + 2)
    guard let status = XRootReply.Status(rawValue: code) else {
      throw XRootProtocolError(text: "an answer with the unknown status \(code)")
    }
    let end = start + XRootReply.headerLength + length
    guard buffer.count >= end else { return nil }
    let body = length == 0 ? [] : Array(buffer[(start + XRootReply.headerLength)..<end])
    let reply = XRootReply(stream: BigEndian.uint16(buffer, start), status: status, body: body)
    start = end
    return reply
  }
}

/// Numbers in network byte order. The caller has checked that they are there.
package enum BigEndian {
  package static func uint16(_ bytes: [UInt8], _ offset: Int) -> UInt16 {
    UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
  }

  package static func uint32(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
    UInt32(uint16(bytes, offset)) << 16 | UInt32(uint16(bytes, offset + 2))
  }

  package static func bytes(_ number: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
    stride(from: number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}
