/// Where bytes go.
public protocol ByteSink: Sendable {
  /// Takes these bytes; they may stay in a buffer until ``finish()``. Throws ``FileError``.
  mutating func write(_ bytes: [UInt8]) throws

  /// Writes what is still in buffers. Nothing may be written afterwards. Throws ``FileError``.
  mutating func finish() throws
}
