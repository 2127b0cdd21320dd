import DeletionModel
import Testing
@testable import BackendPOSIX

/// Which files of a batch `rm` unlinks in one directory.
@Suite struct DirectorySorterTests {
  static func sorted(_ files: [(lfn: String, pfn: String)]) throws -> DirectorySorter {
    var sorter = DirectorySorter()
    for (index, file) in files.enumerated() {
      let target = DeletionTarget(lfn: file.lfn, pfn: try #require(PFN(file.pfn)))
      let isTaken = sorter.add(index, target)
      #expect(isTaken)
    }
    return sorter
  }

  @Test func `a directory that comes back is the same one`() throws {
    let sorter = try Self.sorted([
      ("/store/a/f", "/mnt/store/a/f"), ("/store/b/f", "/mnt/store/b/f"), ("/store/a/gg", "/mnt/store/a/gg"),
      ("/store/a/f", "/mnt2/store/a/f"),
    ])
    #expect(sorter.directories.map(\.parent.root) == ["/mnt", "/mnt", "/mnt2"])
    #expect(sorter.directories.map(\.parent.beneath) == ["store/a", "store/b", "store/a"])
    #expect(sorter.directories.map { $0.files.map(\.index) } == [[0, 2], [1], [3]])
    #expect(sorter.directories.flatMap { $0.files.map(\.nameStart) } == [13, 13, 13, 14])
  }

  @Test func `the same directory behind another border is another one`() throws {
    // In one of them the site's own part may hold links, in the other nothing may.
    let sorter = try Self.sorted([("/store/a/f", "/mnt/store/a/f"), ("/store/x/g", "/mnt/store/a/g")])
    #expect(sorter.directories.map(\.parent.root) == ["/mnt", "/"])
    #expect(sorter.directories.map(\.parent.beneath) == ["store/a", "mnt/store/a"])
  }

  @Test func `two spellings of a character are two directories`() throws {
    let sorter = try Self.sorted([
      ("/store/\u{e9}/f", "/mnt/store/\u{e9}/f"), ("/store/e\u{301}/f", "/mnt/store/e\u{301}/f"),
    ])
    #expect(sorter.directories.count == 2)
  }

  @Test(arguments: ["/mnt/", "/mnt/.", "/mnt/..", "root://host//store/f"])
  func `what names no file is not taken`(_ pfn: String) throws {
    var sorter = DirectorySorter()
    let isTaken = sorter.add(0, DeletionTarget(lfn: "/store/f", pfn: try #require(PFN(pfn))))
    #expect(!isTaken)
    #expect(sorter.directories.isEmpty)
  }
}
