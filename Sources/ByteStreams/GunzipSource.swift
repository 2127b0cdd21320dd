/// Decompresses gzip data of one or several members, as `gzip -d` does.
///
/// Zero padding after the last member is tolerated; anything else there is an error, because a list with a
/// damaged tail must not pass for a whole one. Memory does not depend on how far the data expands.
public struct GunzipSource: ByteSource {
  /// Bytes handed out at once, at most.
  static let chunkSize = 256 * 1024

  private enum Stage { case start, member, between, padding, end }

  private var input: any ByteSource
  private let inflater: Inflater
  private var compressed: [UInt8] = []
  private var position = 0
  private var stage = Stage.start

  /// Decompresses what `input` gives. Throws ``GzipError/outOfMemory``.
  public init(_ input: any ByteSource) throws(GzipError) {
    self.input = input
    self.inflater = try Inflater()
  }

  /// The next decompressed bytes. Throws ``GzipError`` and what the input throws.
  public mutating func next() throws -> [UInt8]? {
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
public func sniffed(_ source: any ByteSource) throws -> any ByteSource {
  var source = source
  var head: [UInt8] = []
  while head.count < 2, let chunk = try source.next() { head += chunk }
  let whole = PrefixedSource(prefix: head, rest: source)
  return GunzipSource.isBegun(by: head) ? try GunzipSource(whole) : whole
}
