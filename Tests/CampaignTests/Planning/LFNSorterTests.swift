import TestSupport
import Testing

@testable import Campaign

@Suite struct LFNSorterTests {
  /// What comes out, and how many were there before.
  private func sort(_ lfns: [String], memory: Int) throws -> ([String], Int) {
    let directory = try TemporaryDirectory()
    var sorter = LFNSorter(spoolDirectory: directory.path, memory: memory)
    for lfn in lfns { try sorter.add(lfn) }
    #expect(sorter.count == lfns.count)
    var sorted: [String] = []
    let duplicates = try sorter.merge { sorted.append(String(decoding: $0, as: UTF8.self)) }
    #expect(Disk.names(directory.path).isEmpty, "the temporary file has no name")
    return (sorted, duplicates)
  }

  @Test(
    "any list: in order, each once, however little fits into memory", arguments: 1...12, [1, 900, 1 << 20])
  func anyList(seed: UInt64, memory: Int) throws {
    let list = RandomLists.list(seed, files: 300, repeats: Int(seed) * 10)
    let (sorted, duplicates) = try sort(list, memory: memory)
    #expect(duplicates == Int(seed) * 10)
    #expect(sorted.count == 300)
    #expect(Set(sorted.map { Array($0.utf8) }) == Set(list.map { Array($0.utf8) }))
    #expect(zip(sorted, sorted.dropFirst()).allSatisfy(LFNOrder.precedes))
  }

  @Test(
    "small lists",
    arguments: [
      ([], [], 0), (["/a"], ["/a"], 0), (["/a/b", "/a/b", "/a/b"], ["/a/b"], 2),
      (["/a/abcdefgh2", "/a/abcdefgh1", "/a/abcdefgh"], ["/a/abcdefgh", "/a/abcdefgh1", "/a/abcdefgh2"], 0),
      (["/a/b/c", "/a-b/c", "/a/c"], ["/a/c", "/a-b/c", "/a/b/c"], 0),
    ])
  func small(list: [String], sorted: [String], duplicates: Int) throws {
    for memory in [1, 1 << 20] {
      let result = try sort(list, memory: memory)
      #expect(result == (sorted, duplicates))
    }
  }

  @Test("two spellings of one character are two files")
  func unicode() throws {
    #expect(try sort(["/a/\u{E9}", "/a/e\u{301}"], memory: 1).0.count == 2)
  }
}
