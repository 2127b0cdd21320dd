import DeletionModel
import Testing

@Suite struct NameNumbersTests {
  @Test(
    "equal names have one number, in whatever order they come",
    arguments: [
      ([], []), (["a"], [0]), (["a", "b", "c"], [0, 1, 2]), (["a", "a"], [0, 0]),
      (["a", "b", "a", "c", "b"], [0, 1, 0, 3, 1]), (["c", "b", "a", "c"], [0, 1, 2, 0]),
      (["a", "ab", "a", "abc", "ab"], [0, 1, 0, 3, 1]), (["", "a", ""], [0, 1, 0]),
      // The bytes count: one character is two names here.
      (["\u{e9}", "e\u{301}", "\u{e9}"], [0, 1, 0]),
    ] as [([String], [Int])]) func numbers(_ names: [String], _ expected: [Int])
  {
    var numbers = NameNumbers(count: names.count)
    #expect(names.enumerated().map { numbers.number(of: ExactName($1), next: $0) } == expected)
  }
}
