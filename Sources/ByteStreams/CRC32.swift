import CZlib

/// The checksum of gzip and PNG (ISO 3309).
public enum CRC32 {
  /// The checksum of bytes.
  public static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let sum = bytes.withContiguousStorageIfAvailable { buffer in
      CZlib.crc32(0, buffer.baseAddress, UInt32(clamping: buffer.count))
    }
    // Not reached with arrays and their slices.
    return UInt32(
      truncatingIfNeeded: sum
        ?? Array(bytes).withUnsafeBufferPointer { buffer in
          CZlib.crc32(0, buffer.baseAddress, UInt32(clamping: buffer.count))
        })
  }
}
