import CZlib
import Synchronization

/// zlib's decompressor. The lock is what makes it safe to share; nobody ever waits for it.
final class Inflater: Sendable {
  /// What one call did.
  struct Step {
    /// Bytes of input used.
    var consumed = 0
    /// Whether the member has ended, its checksum and length found right.
    var isAtEnd = false
  }

  private let stream: Mutex<ZStream>

  init() throws(GzipError) {
    stream = Mutex(
      try ZStream(release: { inflateEnd($0) }, start: { swab_inflateInit2($0, gzipWindowBits) }))
  }

  /// Makes ready for another member.
  func restart() throws(GzipError) {
    let status = stream.withLock { inflateReset($0.pointer) }
    guard status == Z_OK else { throw .damaged("the decompressor cannot restart") }
  }

  /// Decompresses at most `room` bytes out of `input` from `start` on.
  func inflate(
    _ input: [UInt8], from start: Int, room: Int, step: inout Step
  ) throws(GzipError) -> [UInt8] {
    var status = Z_OK
    var message = ""
    var consumed = 0
    let chunk = [UInt8](unsafeUninitializedCapacity: room) { output, count in
      input.withUnsafeBufferPointer { input in
        let buffers = ZBuffers(input: input, from: start, output: output)
        (status, message, consumed, count) = stream.withLock { stream in
          let state = stream.pointer
          let offered = buffers.give(to: state)
          let status = CZlib.inflate(state, Z_NO_FLUSH)
          let message = state.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)"
          return (
            status, status < 0 ? message : "", Int(offered - state.pointee.avail_in),
            room - Int(state.pointee.avail_out)
          )
        }
      }
    }
    step.consumed = consumed
    switch status {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END: step.isAtEnd = true
    case Z_MEM_ERROR: throw .outOfMemory
    case Z_NEED_DICT: throw .damaged("it needs a preset dictionary")
    default: throw .damaged(message)
    }
    return chunk
  }
}
