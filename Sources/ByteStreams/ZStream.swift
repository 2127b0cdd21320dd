import CZlib

/// A zlib stream at an address of its own (zlib remembers it), freed with its owner.
struct ZStream: ~Copyable {
  let pointer: UnsafeMutablePointer<z_stream>
  private let release: @Sendable (UnsafeMutablePointer<z_stream>) -> Int32

  init(
    release: @escaping @Sendable (UnsafeMutablePointer<z_stream>) -> Int32,
    start: (UnsafeMutablePointer<z_stream>) -> Int32
  ) throws(GzipError) {
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: z_stream())
    self.release = release
    guard start(pointer) == Z_OK else { throw .outOfMemory }
  }

  deinit {
    // Harmless for a stream that never started: zlib finds no state in it.
    _ = release(pointer)
    pointer.deallocate()
  }
}

/// The window of 32 KiB, with the gzip wrapper around it.
let gzipWindowBits: Int32 = 15 + 16

/// Where one call of zlib reads and writes. Held as addresses, because a pointer that goes into a stream behind
/// a lock counts as shared with whoever made it; they are valid only while the buffers they come from are.
struct ZBuffers: Sendable {
  private let input: UInt
  private let inputCount: UInt32
  private let output: UInt
  private let outputCount: UInt32

  init(input: UnsafeBufferPointer<UInt8>, from start: Int, output: UnsafeMutableBufferPointer<UInt8>) {
    self.input = UInt(bitPattern: input.baseAddress.map { $0 + start })
    self.inputCount = UInt32(clamping: input.count - start)
    self.output = UInt(bitPattern: output.baseAddress)
    self.outputCount = UInt32(clamping: output.count)
  }

  /// Sets up a stream for one call; returns the number of bytes that it is offered.
  func give(to stream: UnsafeMutablePointer<z_stream>) -> UInt32 {
    // zlib does not write to its input; its type only predates const.
    stream.pointee.next_in = UnsafeMutablePointer(bitPattern: input)
    stream.pointee.avail_in = inputCount
    stream.pointee.next_out = UnsafeMutablePointer(bitPattern: output)
    stream.pointee.avail_out = outputCount
    return inputCount
  }
}
