import SystemPackage

/// Reading files that are small or useless.
enum SmallFile {
  /// The bytes of a regular file; nil if it cannot be read or is longer than `limit`. Never blocks on a pipe.
  static func read(_ path: String, limit: Int) -> [UInt8]? {
    guard
      let file = try? FileDescriptor.open(
        FilePath(path), .readOnly, options: [.nonBlocking, .closeOnExec])
    else { return nil }
    defer { try? file.close() }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      guard let count = try? buffer.withUnsafeMutableBytes({ try file.read(into: $0) }) else { return nil }
      if count == 0 { return result }
      result.append(contentsOf: buffer[..<count])
      if result.count > limit { return nil }
    }
  }
}
