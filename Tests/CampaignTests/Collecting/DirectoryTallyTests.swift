import DeletionModel
import Testing

@testable import Campaign

@Suite struct DirectoryTallyTests {
  @Test("the directories with most left come first; two spellings of one character are two directories")
  func tally() {
    var tally = DirectoryTally()
    for (lfn, outcome) in [
      ("/a/1", .deleted), ("/b/1", .failed), ("/caf\u{e9}/1", .failed), ("/cafe\u{301}/1", .failed),
      ("/cafe\u{301}/2", .refused), ("/d/1", .absent), ("/d/2", .failed),
    ] as [(String, Outcome)] {
      tally.add(FileOutcome(record: FileRecord(lfn: lfn, outcome: outcome), job: JobID(1), round: 1))
    }
    let top = tally.finish()
    #expect(top.map { Array($0.path.unicodeScalars).count } == [6, 2, 5, 2])
    #expect(top.map(\.files) == [2, 1, 1, 2] && top.map(\.notGone) == [2, 1, 1, 1])
  }
}
