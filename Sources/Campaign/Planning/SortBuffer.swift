import Glibc

/// LFNs in memory that are to be sorted: each directory once, and the names in it. Lists have many files a directory, so
/// that this takes half the room, and sorting has the short names to compare.
struct SortBuffer: Sendable {
  /// Where a directory is.
  private struct Directory: Sendable {
    var offset: Int
    var length: Int
    var hash: UInt64
    var names = 0
  }

  /// A name of a directory.
  private struct Name: Sendable {
    /// Its first bytes as a number, which decides most comparisons.
    var key: UInt64
    var offset: UInt32
    var length: UInt32
    var directory: UInt32
  }

  private var bytes: [UInt8] = []
  private var directories: [Directory] = []
  private var names: [Name] = []
  /// Positions of directories by hash, open addressing; 0 is free, else the directory's index plus one.
  private var table = [UInt32](repeating: 0, count: 1 << 10)
  private var last = -1

  /// Nothing yet.
  init() {}

  /// About how many bytes it takes, what sorting takes besides included.
  var size: Int { bytes.count + names.count * 2 * MemoryLayout<Name>.stride + directories.count * 80 }

  /// Whether there is nothing.
  var isEmpty: Bool { names.isEmpty }

  /// Adds an LFN whose directory has this length, without the slash behind it.
  mutating func add(_ lfn: UnsafeBufferPointer<UInt8>, directory length: Int) {
    let directory = index(of: UnsafeBufferPointer(rebasing: lfn[..<length]))
    directories[directory].names += 1
    let name = UnsafeBufferPointer(rebasing: lfn[(length + 1)...])
    names.append(
      Name(
        key: Self.key(name), offset: UInt32(bytes.count), length: UInt32(name.count),
        directory: UInt32(directory)))
    bytes.append(contentsOf: name)
  }

  /// Empties it.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    directories.removeAll(keepingCapacity: true)
    names.removeAll(keepingCapacity: true)
    for index in table.indices { table[index] = 0 }
    last = -1
  }

  /// Gives everything in ``LFNOrder``: each directory with the number of its different names, and behind it these.
  /// - Returns: how many were there more than once.
  func sorted(
    directory: (UnsafeBufferPointer<UInt8>, Int) throws -> Void,
    name: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws -> Int {
    var duplicates = 0
    try bytes.withUnsafeBufferPointer { bytes in
      func text(_ offset: Int, _ length: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[offset..<(offset + length)])
      }
      func isBefore(_ left: Name, _ right: Name) -> Bool {
        if left.key != right.key { return left.key < right.key }
        return LFNOrder.compare(
          text(Int(left.offset), Int(left.length)), text(Int(right.offset), Int(right.length))) < 0
      }
      var (grouped, starts) = namesByDirectory()
      let order = directories.indices.sorted {
        LFNOrder.compare(
          text(directories[$0].offset, directories[$0].length),
          text(directories[$1].offset, directories[$1].length)) < 0
      }
      for index in order {
        let range = starts[index]..<(starts[index] + directories[index].names)
        if zip(grouped[range], grouped[range].dropFirst()).contains(where: { isBefore($1, $0) }) {
          grouped[range].sort(by: isBefore)
        }
        var count = 0
        for position in range
        where position == range.lowerBound || isBefore(grouped[position - 1], grouped[position]) {
          count += 1
        }
        duplicates += range.count - count
        try directory(text(directories[index].offset, directories[index].length), count)
        for position in range
        where position == range.lowerBound || isBefore(grouped[position - 1], grouped[position]) {
          try name(text(Int(grouped[position].offset), Int(grouped[position].length)))
        }
      }
    }
    return duplicates
  }

  /// The first eight bytes; what is shorter has zeros behind, which no name has.
  static func key(_ name: UnsafeBufferPointer<UInt8>) -> UInt64 {
    if name.count >= 8, let base = name.baseAddress {
      return UInt64(bigEndian: UnsafeRawPointer(base).loadUnaligned(as: UInt64.self))
    }
    var key: UInt64 = 0
    for index in 0..<8 { key = key << 8 | (index < name.count ? UInt64(name[index]) : 0) }
    return key
  }

  /// The names, those of each directory behind each other in the order they came in, and where each directory begins.
  private func namesByDirectory() -> ([Name], starts: [Int]) {
    var starts: [Int] = []
    starts.reserveCapacity(directories.count)
    var total = 0
    for directory in directories {
      starts.append(total)
      total += directory.names
    }
    var positions = starts
    let grouped = [Name](unsafeUninitializedCapacity: names.count) { buffer, count in
      for name in names {
        buffer.initializeElement(at: positions[Int(name.directory)], to: name)
        positions[Int(name.directory)] += 1
      }
      count = names.count
    }
    return (grouped, starts)
  }

  private mutating func index(of directory: UnsafeBufferPointer<UInt8>) -> Int {
    // Most lists come directory by directory.
    if last >= 0, isEqual(last, directory) { return last }
    let hash = Self.hash(directory)
    var slot = Int(truncatingIfNeeded: hash) & (table.count - 1)
    while table[slot] != 0 {
      let index = Int(table[slot]) - 1
      if directories[index].hash == hash, isEqual(index, directory) {
        last = index
        return index
      }
      slot = (slot + 1) & (table.count - 1)
    }
    table[slot] = UInt32(directories.count + 1)
    last = directories.count
    directories.append(Directory(offset: bytes.count, length: directory.count, hash: hash))
    bytes.append(contentsOf: directory)
    if directories.count * 2 > table.count { grow() }
    return last
  }

  private func isEqual(_ index: Int, _ directory: UnsafeBufferPointer<UInt8>) -> Bool {
    let known = directories[index]
    guard known.length == directory.count else { return false }
    return bytes.withUnsafeBufferPointer {
      LFNOrder.compare(
        UnsafeBufferPointer(rebasing: $0[known.offset..<(known.offset + known.length)]), directory) == 0
    }
  }

  private mutating func grow() {
    table = [UInt32](repeating: 0, count: table.count * 2)
    for index in directories.indices {
      var slot = Int(truncatingIfNeeded: directories[index].hash) & (table.count - 1)
      while table[slot] != 0 { slot = (slot + 1) & (table.count - 1) }
      table[slot] = UInt32(index + 1)
    }
  }

  /// FNV-1a over eight bytes at a time, mixed at the end: it only spreads directories over the table.
  private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var index = 0
    let raw = UnsafeRawBufferPointer(bytes)
    while index + 8 <= raw.count {
      hash = (hash ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* 0x9e37_79b9_7f4a_7c15
      hash ^= hash >> 32
      index += 8
    }
    while index < raw.count {
      hash = (hash ^ UInt64(raw[index])) &* 0x0000_0100_0000_01b3
      index += 1
    }
    return hash ^ hash >> 29
  }
}
