/// A set of paths that answers, for any path, whether it is at, above or below one of them by component.
///
/// Each path is kept as the hash of its bytes; a hit is confirmed by comparing the bytes, so that a clash of
/// hashes can never decide. One pass over the path being asked for, no allocation.
package struct PathTree: Sendable {
  /// How a path stands to the nearest path of the tree.
  package enum Relation: Sendable, Equatable {
    /// It is one of the paths, or lies below one.
    case atOrBelow(entry: String)
    /// One of the paths lies below it.
    case above(entry: String)
  }

  private var entries: [UInt64: [String]] = [:]
  private var ancestors: [UInt64: [Ancestor]] = [:]

  private struct Ancestor: Sendable {
    let path: String
    let of: String
  }

  /// How many different paths there are.
  package private(set) var count = 0

  /// An empty tree.
  package init() {}

  /// Whether there is no path.
  package var isEmpty: Bool { count == 0 }

  /// Adds an absolute path; slashes in a row count as one, and one at the end does not count.
  package mutating func insert(_ path: String) {
    let components = path.utf8.split(separator: UInt8(ascii: "/"))
    var text: [UInt8] = []
    var hash = Self.seed
    for (index, component) in components.enumerated() {
      text.append(UInt8(ascii: "/"))
      text.append(contentsOf: component)
      hash = Self.extend(hash, UInt8(ascii: "/"))
      for byte in component { hash = Self.extend(hash, byte) }
      let prefix = String(decoding: text, as: UTF8.self)
      if index == components.count - 1 {
        guard entries[hash]?.contains(where: { Self.sameBytes($0, prefix) }) != true else { return }
        entries[hash, default: []].append(prefix)
        count += 1
      } else if ancestors[hash]?.contains(where: { Self.sameBytes($0.path, prefix) }) != true {
        ancestors[hash, default: []].append(Ancestor(path: prefix, of: path))
      }
    }
  }

  /// How `path` stands to the tree; nil when it has nothing to do with any of its paths. Slashes in a row
  /// count as one.
  package func relation(of path: String) -> Relation? {
    guard count > 0 else { return nil }
    var copy = path
    return copy.withUTF8 { relation(ofBytes: $0) }
  }

  private func relation(ofBytes bytes: UnsafeBufferPointer<UInt8>) -> Relation? {
    let slash = UInt8(ascii: "/")
    var hash = Self.seed
    var previous: UInt8 = 0
    for (index, byte) in bytes.enumerated() {
      if byte == slash, index > 0, previous != slash,
        let entry = entry(hash, matching: bytes[..<index])
      {
        return .atOrBelow(entry: entry)
      }
      if byte != slash {
        if previous == slash || index == 0 { hash = Self.extend(hash, slash) }
        hash = Self.extend(hash, byte)
      }
      previous = byte
    }
    if let entry = entry(hash, matching: bytes[...]) { return .atOrBelow(entry: entry) }
    if let ancestor = ancestors[hash]?.first(where: { Self.equal($0.path, bytes[...]) }) {
      return .above(entry: ancestor.of)
    }
    return nil
  }

  private func entry(_ hash: UInt64, matching bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String? {
    entries[hash]?.first { Self.equal($0, bytes) }
  }

  /// Equal when rows of slashes in `bytes` are taken as one and one at its end is left out.
  private static func equal(_ path: String, _ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    let slash = UInt8(ascii: "/")
    var expected = path.utf8.makeIterator()
    var index = bytes.startIndex
    while index < bytes.endIndex {
      if bytes[index] == slash {
        while index < bytes.endIndex, bytes[index] == slash { index += 1 }
        if index == bytes.endIndex { break }
        guard expected.next() == slash else { return false }
      } else {
        guard expected.next() == bytes[index] else { return false }
        index += 1
      }
    }
    return expected.next() == nil
  }

  /// Swift takes two spellings of one character as equal; storage does not.
  private static func sameBytes(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8)
  }

  /// FNV-1a, 64 bits.
  private static let seed: UInt64 = 0xcbf2_9ce4_8422_2325

  private static func extend(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
    (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
  }
}
