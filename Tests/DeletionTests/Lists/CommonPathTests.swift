import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

@Suite struct CommonPathTests {
  @Test(
    arguments: [
      ([], nil), (["/store/unmerged/a/f"], "/store/unmerged/a/f"),
      (["/store/unmerged/a/f", "/store/unmerged/a/f"], "/store/unmerged/a/f"),
      (["/store/unmerged/a/f", "/store/unmerged/a/g"], "/store/unmerged/a/swab-check"),
      (["/store/unmerged/a/f", "/store/unmerged/a/f2"], "/store/unmerged/a/swab-check"),
      (["/store/unmerged/a/f", "/store/unmerged/ab/f"], "/store/unmerged/swab-check"),
      (
        ["/store/unmerged/a/b/c", "/store/unmerged/a/d", "/store/unmerged/a/b/e"],
        "/store/unmerged/a/swab-check"
      ),
      // What is refused is not looked at.
      (["", "/", "/store/user/x", "/store/unmerged/a/f", "store"], "/store/unmerged/a/f"),
    ] as [([String], String?)])
  func common(names: [String], expected: String?) throws {
    var path = CommonPath(below: try #require(AllowedRoots([])))
    for name in names { path.add(name) }
    #expect(path.probe == expected)
  }
}
