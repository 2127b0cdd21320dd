import CLinux
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A bounded file in memory that stands in for a pipe to a tool.
///
/// A pipe has two faults here. A grandchild that outlives the tool keeps it open, so reading to its end can
/// hang; and what was not read when the tool is stopped is lost. A file has neither, and the seal keeps a tool
/// that prints without end from filling the memory: its writes fail.
final class MemoryFile: Sendable {
  let descriptor: FileDescriptor

  /// An empty file for at most `limit` bytes.
  init(limit: Int) throws(Errno) {
    let file = swab_memory_file(Int64(limit))
    guard file >= 0 else { throw Errno(rawValue: errno) }
    descriptor = FileDescriptor(rawValue: file)
  }

  /// A file that holds these bytes, to be read from the start.
  convenience init(holding bytes: [UInt8]) throws(Errno) {
    try self.init(limit: bytes.count)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        pwrite(
          descriptor.rawValue, buffer.baseAddress.map { $0 + written }, buffer.count - written, off_t(written)
        )
      }
      guard count > 0 else { throw Errno(rawValue: errno) }
      written += count
    }
  }

  deinit { try? descriptor.close() }

  /// What a tool wrote. It shares the open file with us, so the offset says how much that is.
  func written() -> [UInt8] {
    let end = lseek(descriptor.rawValue, 0, SEEK_CUR)
    guard end > 0 else { return [] }
    var filled = 0
    return [UInt8](unsafeUninitializedCapacity: Int(end)) { buffer, count in
      while filled < Int(end) {
        let got = pread(
          descriptor.rawValue, buffer.baseAddress.map { $0 + filled }, Int(end) - filled, off_t(filled))
        guard got > 0 else { break }
        filled += got
      }
      count = filled
    }
  }
}
