import JobReports
import TestSupport
import Testing

@testable import Campaign
@testable import swab_submit

/// `Documentation/Campaigns.md` and `--help` say what the tables of the code say.
@Suite("The page of campaigns") struct CampaignDocumentTests {
  private let page = Disk.read(Repository.root + "/Documentation/Campaigns.md")

  private func section(_ title: String) -> Substring {
    page.split(separator: "\n## ").first { $0.hasPrefix(title + "\n") } ?? ""
  }

  @Test func `every exit code`() {
    let codes = SwabSubmit.exitCodes
    // There is nothing to checkpoint.
    #expect(codes.map(\.status) == ExitStatus.allCases.filter { $0 != .checkpoint })
    let rows = section("Exit codes").split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst(2)
    #expect(rows.map(String.init) == codes.map { "| \($0.status.rawValue) | \($0.meaning) |" })
  }

  @Test(arguments: [
    ("Planning", Acceptance.ofPlan, PlanCommand.helpMessage(columns: 10_000)),
    ("Submitting", Acceptance.ofSubmit, SubmitCommand.helpMessage(columns: 10_000)),
  ])
  func `what can be accepted`(title: String, choices: [Acceptance], help: String) {
    let rows = section(title).split(separator: "\n").drop { !$0.hasPrefix("| `--accept`") }
      .prefix { $0.hasPrefix("|") }.dropFirst(2)
    #expect(rows.map { $0.dropFirst(3).prefix { $0 != "`" } } == choices.map { $0.rawValue[...] })
    for one in Acceptance.allCases {
      #expect(help.contains("\(one.rawValue) (\(one.text))") == choices.contains(one), "\(one)")
    }
  }

  @Test func `what would have no effect is refused`() {
    let plan = ["--rse", "A", "--site", "S", "--from", "f", "--protected", "p", "-o", "c", "--accept"]
    #expect(throws: Never.self) { try PlanCommand.parse(plan + ["cut-list", "--accept", "plain-http"]) }
    for (name, message) in [
      ("overlap", "has no effect here; there are plain-http, "), ("all", "is not known"),
    ] {
      let error = #expect(throws: (any Error).self) { try PlanCommand.parse(plan + [name]) }
      let text = PlanCommand.message(for: error ?? CancellationError())
      #expect(text.contains("\"\(name)\" \(message)"), "\(text)")
    }
    #expect(throws: (any Error).self) { try SubmitCommand.parse(["c", "--accept", "cut-list"]) }
  }
}
