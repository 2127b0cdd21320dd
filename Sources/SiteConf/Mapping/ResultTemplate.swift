/// The result of a rule: text with `$1`, `$2`, … in it, filled in one pass, so that a `$2` which stands in a
/// file's name stays what it is.
///
/// A `$` and the longest run of digits after it name a group. `$` before anything else is plain text, and so
/// is `$0`, as in WMCore and CMSSW, where groups count from 1.
struct ResultTemplate: Sendable, Equatable {
  private enum Piece: Sendable, Equatable {
    case text([UInt8])
    case group(Int)
  }

  private let pieces: [Piece]
  /// The largest group asked for; 0 for none.
  let largestGroup: Int

  /// Takes a result apart; any text is one.
  init(_ text: String) {
    let dollar = UInt8(ascii: "$")
    let bytes = Array(text.utf8)
    var pieces: [Piece] = []
    var plain: [UInt8] = []
    var largest = 0
    var index = 0
    while index < bytes.count {
      var end = index + 1
      while end < bytes.count, (0x30...0x39).contains(bytes[end]) { end += 1 }
      guard bytes[index] == dollar, end > index + 1, bytes[index + 1] != UInt8(ascii: "0") else {
        plain.append(bytes[index])
        index += 1
        continue
      }
      // A number that is too large for an Int is beyond any pattern's groups as well.
      let number = Int(String(decoding: bytes[index + 1..<end], as: UTF8.self)) ?? Int.max
      if !plain.isEmpty { pieces.append(.text(plain)) }
      plain = []
      pieces.append(.group(number))
      largest = max(largest, number)
      index = end
    }
    if !plain.isEmpty { pieces.append(.text(plain)) }
    self.pieces = pieces
    largestGroup = largest
  }

  /// The result for the match that the scratch holds, which must be of this name.
  func filled(from name: UnsafeBufferPointer<UInt8>, by scratch: borrowing MatchScratch) -> String {
    var length = 0
    for piece in pieces {
      switch piece {
      case .text(let bytes): length += bytes.count
      case .group(let number): length += scratch.group(number).count
      }
    }
    return String(unsafeUninitializedCapacity: length) { buffer in
      var end = 0
      for piece in pieces {
        switch piece {
        case .text(let bytes):
          _ = UnsafeMutableBufferPointer(rebasing: buffer[end...]).update(fromContentsOf: bytes)
          end += bytes.count
        case .group(let number):
          let range = scratch.group(number)
          _ = UnsafeMutableBufferPointer(rebasing: buffer[end...]).update(
            fromContentsOf: UnsafeBufferPointer(rebasing: name[range]))
          end += range.count
        }
      }
      return end
    }
  }
}
