import TestSupport
import Testing

@testable import Cycle

/// `Documentation/Cycle.md` says what the tables of the code say.
@Suite("The page of the cycle") struct CycleDocumentTests {
  private let page = Disk.read(Repository.root + "/Documentation/Cycle.md")

  @Test(arguments: Reason.allCases) func `every reason, in its text`(reason: Reason) {
    #expect(page.contains("\n| `\(reason.rawValue)` | \(reason.text) |\n"))
  }

  @Test(arguments: Phase.allCases) func `every phase`(phase: Phase) {
    #expect(page.contains("`\(phase.rawValue)`"))
  }

  @Test(arguments: RSEKey.all.map(\.name)) func `every key of an RSE`(key: String) {
    #expect(page.contains("`\(key)`"))
  }

  @Test(arguments: CycleSettings.names) func `every key of the cycle`(key: String) {
    #expect(page.contains("`\(key)`"))
  }
}
