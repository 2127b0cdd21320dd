import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

@Suite("Text from servers") struct MessageTextTests {
  static let cases: [(String, Int, String)] = [
    ("", 10, ""),
    ("  a \n\t b\0c  ", 20, "a b c"),
    ("abcdef", 6, "abcdef"),
    ("abcdefg", 6, "abc…"),
    ("ééééé", 10, "ééééé"),
    ("éééééé", 10, "ééé…"),
    ("[3011] Unable to remove /x; no such file\0\n", 100, "[3011] Unable to remove /x; no such file"),
  ]

  @Test("is one line of a bounded length", arguments: cases)
  func oneLine(text: String, limit: Int, expected: String) {
    #expect(MessageText.oneLine(text, limit: limit) == expected)
    #expect(MessageText.oneLine(text, limit: limit).utf8.count <= limit)
  }

  @Test("a huge message costs no more than its cut")
  func huge() {
    let text = MessageText.oneLine(String(repeating: "x", count: 10_000_000), limit: 300)
    #expect(text.utf8.count == 300)
  }
}
