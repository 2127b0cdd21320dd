import SystemPackage

/// The two streams of a command: results on standard output, everything else on standard error.
enum Terminal {
  /// Writes a line of result.
  static func say(_ line: String) { write(line + "\n", to: .standardOutput) }

  /// Writes results that are lines already.
  static func write(_ bytes: [UInt8]) { _ = try? FileDescriptor.standardOutput.writeAll(bytes) }

  /// Writes one line of complaint.
  static func complain(_ line: String) { write("swab: \(line)\n", to: .standardError) }

  /// Writes something for a person that is no result.
  static func note(_ text: String) { write(text + "\n", to: .standardError) }

  private static func write(_ text: String, to stream: FileDescriptor) {
    // A terminal that has gone away is no reason to stop deleting.
    _ = try? stream.writeAll(text.utf8)
  }
}
