import DeletionModel
import ListReading

/// The lists of a run from their beginning to their end, and then once more for the names that were put off.
struct Reading {
  private let lists: LFNLists
  private var current: LFNLists
  private var position = 0
  private var isSecondTime = false
  private var later = PositionSet()

  init(_ lists: LFNLists) {
    self.lists = lists
    current = lists
  }

  /// Whether a name may still be put off.
  var mayPutOff: Bool { !isSecondTime }

  /// Leaves a name for the second time.
  mutating func putOff(_ position: Int) { later.insert(position) }

  /// The next names with their places in the lists, from 0; nil at the end. May be empty.
  ///
  /// Throws what reading a list throws.
  mutating func nextBatch(limit: Int) throws -> [(position: Int, name: ListedLFN)]? {
    guard let names = try current.nextBatch(limit: limit) else {
      if isSecondTime || later.isEmpty { return nil }
      (current, position, isSecondTime) = (lists, 0, true)
      return []
    }
    let start = position
    position += names.count
    let batch = names.enumerated().map { (position: start + $0.offset, name: $0.element) }
    return isSecondTime ? batch.filter { later.contains($0.position) } : batch
  }
}

/// Places in a list, a bit each.
struct PositionSet: Sendable {
  private var bits: [UInt64] = []

  var isEmpty: Bool { bits.isEmpty }

  mutating func insert(_ position: Int) {
    let word = position / 64
    if word >= bits.count { bits += Array(repeating: 0, count: word + 1 - bits.count) }
    bits[word] |= 1 << UInt64(position % 64)
  }

  func contains(_ position: Int) -> Bool {
    let word = position / 64
    return word < bits.count && bits[word] & 1 << UInt64(position % 64) != 0
  }
}
