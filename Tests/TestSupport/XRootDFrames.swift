/// What XRootD servers send, as bytes.
package enum XRootDFrames {
  /// What `kXR_stat` says of a file.
  package static let file = Array("1234 1 48 1700000000\0".utf8)
  /// What `kXR_stat` says of a directory.
  package static let directory = Array("1234 1 51 1700000000\0".utf8)

  /// An error's data.
  package static func error(_ code: Int, _ text: String) -> [UInt8] {
    number(UInt32(code)) + Array(text.utf8) + [0]
  }

  /// A number in network byte order.
  package static func number(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// A whole answer.
  package static func frame(_ stream: UInt16, _ status: Int, _ body: [UInt8]) -> [UInt8] {
    [UInt8(stream >> 8), UInt8(stream & 255), UInt8(status >> 8), UInt8(status & 255)]
      + number(UInt32(body.count)) + body
  }
}
