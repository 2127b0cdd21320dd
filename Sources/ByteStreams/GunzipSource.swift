import CZlib
import Synchronization

/// Decompresses gzip data of one or several members, as `gzip -d` does.
///
/// Zero padding after the last member is tolerated; anything else there is an error, because a list with a
/// damaged tail must not pass for a whole one. Memory does not depend on how far the data expands.
package struct GunzipSource: ByteSource {
  /// Bytes handed out at once, at most.
  static let chunkSize = 256 * 1024

  private enum Stage { case start, member, between, padding, end }

  private var input: any ByteSource
  private let inflater: Inflater
  private var compressed: [UInt8] = []
  private var position = 0
  private var stage = Stage.start

  /// Decompresses what `input` gives. Throws ``GzipError/outOfMemory``.
  package init(_ input: any ByteSource) throws(GzipError) {
    self.input = input
    self.inflater = try Inflater()
  }

  /// The next decompressed bytes. Throws ``GzipError`` and what the input throws.
  package mutating func next() throws -> [UInt8]? {
    while true {
      // The decompressor can't hold back output at the end: the trailer, which it takes last, is longer than
      // what it reads ahead.
      if position == compressed.count {
        guard stage != .end, let more = try input.next() else {
          guard stage != .start, stage != .member else { throw GzipError.truncated }
          stage = .end
          return nil
        }
        compressed = more
        position = 0
      }
      switch stage {
      case .start:
        stage = .member
      case .between:
        switch compressed[position] {
        case 0:
          stage = .padding
        case Self.magic.0:
          try inflater.restart()
          stage = .member
        default:
          throw GzipError.trailingGarbage
        }
      case .padding:
        guard compressed[position...].allSatisfy({ $0 == 0 }) else { throw GzipError.trailingGarbage }
        position = compressed.count
      case .member:
        let chunk = try inflateMore()
        if !chunk.isEmpty { return chunk }
      case .end:
        return nil
      }
    }
  }

  private mutating func inflateMore() throws(GzipError) -> [UInt8] {
    var step = Inflater.Step()
    let chunk = try inflater.inflate(compressed, from: position, room: Self.chunkSize, step: &step)
    position += step.consumed
    if step.isAtEnd { stage = .between }
    return chunk
  }

  /// The first two bytes of every gzip member.
  private static let magic: (UInt8, UInt8) = (0x1f, 0x8b)

  /// Whether bytes begin like gzip.
  package static func isBegun(by head: [UInt8]) -> Bool { head.starts(with: [magic.0, magic.1]) }
}

/// The same bytes, decompressed if they begin like gzip, whatever their file is called.
package func sniffed(_ source: any ByteSource) throws -> any ByteSource {
  var source = source
  var head: [UInt8] = []
  while head.count < 2, let chunk = try source.next() { head += chunk }
  let whole = PrefixedSource(prefix: head, rest: source)
  return GunzipSource.isBegun(by: head) ? try GunzipSource(whole) : whole
}

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
