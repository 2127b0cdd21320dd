/// Merges sorted runs: directory by directory, and the names of a directory that several runs have.
struct RunMerge {
  /// LFNs that another run had as well.
  private(set) var duplicates = 0
  private var runs: [SortedRun]
  /// Runs with an open directory, the first one on top.
  private var byDirectory = RunHeap()
  private var lfn: [UInt8] = []

  init(_ runs: [SortedRun]) throws {
    self.runs = runs
    for index in runs.indices where try self.runs[index].nextDirectory() { pushDirectory(index) }
  }

  /// Gives everything in order, each once.
  mutating func run(_ each: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
    while let first = popDirectory() {
      var same = [first]
      while let next = byDirectory.top, runs[next].directory == runs[first].directory {
        same.append(next)
        _ = popDirectory()
      }
      lfn.removeAll(keepingCapacity: true)
      lfn.append(contentsOf: runs[first].directory)
      lfn.append(UInt8(ascii: "/"))
      let stem = lfn.count
      if same.count == 1 {
        repeat { try give(first, stem, each) } while try runs[first].nextName()
      } else {
        try mergeNames(same, stem, each)
      }
      for index in same where try runs[index].nextDirectory() { pushDirectory(index) }
    }
  }

  private mutating func mergeNames(
    _ members: [Int], _ stem: Int, _ each: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    var heap = RunHeap()
    for index in members { heap.push(index) { nameOrder($0, $1) < 0 } }
    var isFirst = true
    while let index = heap.top {
      if !isFirst, isLast(index, stem) {
        duplicates += 1
      } else {
        try give(index, stem, each)
      }
      isFirst = false
      if try runs[index].nextName() {
        heap.sinkTop { nameOrder($0, $1) < 0 }
      } else {
        _ = heap.pop { nameOrder($0, $1) < 0 }
      }
    }
  }

  private func isLast(_ index: Int, _ stem: Int) -> Bool {
    runs[index].withName { name in
      lfn.withUnsafeBufferPointer { LFNOrder.compare(UnsafeBufferPointer(rebasing: $0[stem...]), name) == 0 }
    }
  }

  private mutating func give(
    _ index: Int, _ stem: Int, _ each: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    lfn.removeLast(lfn.count - stem)
    runs[index].withName { lfn.append(contentsOf: $0) }
    try lfn.withUnsafeBufferPointer(each)
  }

  private func nameOrder(_ left: Int, _ right: Int) -> Int {
    if runs[left].key != runs[right].key { return runs[left].key < runs[right].key ? -1 : 1 }
    return runs[left].withName { first in runs[right].withName { LFNOrder.compare(first, $0) } }
  }

  private func directoryOrder(_ left: Int, _ right: Int) -> Int {
    runs[left].directory.withUnsafeBufferPointer { first in
      runs[right].directory.withUnsafeBufferPointer { LFNOrder.compare(first, $0) }
    }
  }

  private mutating func pushDirectory(_ index: Int) {
    var heap = byDirectory
    byDirectory = RunHeap()
    heap.push(index) { directoryOrder($0, $1) < 0 }
    byDirectory = heap
  }

  private mutating func popDirectory() -> Int? {
    var heap = byDirectory
    byDirectory = RunHeap()
    defer { byDirectory = heap }
    return heap.pop { directoryOrder($0, $1) < 0 }
  }
}

/// A binary heap of runs, by number; whoever changes it says which run comes first. The heap of swift-collections takes
/// elements that compare themselves, and which run comes first depends on what each has read last.
struct RunHeap: Sendable {
  private var items: [Int] = []

  /// The first one.
  var top: Int? { items.first }

  mutating func push(_ item: Int, isBefore: (Int, Int) -> Bool) {
    items.append(item)
    var index = items.count - 1
    while index > 0, isBefore(items[index], items[(index - 1) / 2]) {
      items.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  /// Takes the first one out.
  mutating func pop(isBefore: (Int, Int) -> Bool) -> Int? {
    guard let top = items.first else { return nil }
    let last = items.removeLast()
    if !items.isEmpty {
      items[0] = last
      sinkTop(isBefore: isBefore)
    }
    return top
  }

  /// Puts the first one where it belongs now.
  mutating func sinkTop(isBefore: (Int, Int) -> Bool) {
    var index = 0
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2]
      where child < items.count && isBefore(items[child], items[least]) {
        least = child
      }
      if least == index { return }
      items.swapAt(index, least)
      index = least
    }
  }
}
