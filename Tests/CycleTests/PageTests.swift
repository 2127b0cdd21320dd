import ByteStreams
import Campaign
import FoundationEssentials
import ListReading
import TestSupport
import Testing

@testable import Cycle
@testable import swab_submit

/// What people and monitoring see.
@Suite("Pages and metrics of the cycle") struct PageTests {
  private static let now = Date(timeIntervalSince1970: 1_795_824_000)

  /// RSEs in all phases, with names and messages from outside.
  private func status(_ count: Int) throws -> CycleStatus {
    let names = (0..<count).map { "T2_XX_\($0)" }.joined(separator: " ")
    let text = "[cycle]\nstate = /nowhere/at/all\n" + (count > 0 ? "rses = \(names)\n" : "")
    let file = try CycleFile(Array(text.utf8), name: "c")
    var states: [RSEState] = []
    for (index, rse) in file.rses.enumerated() {
      var state = RSEState(rse: rse, site: "S<\(index)>", now: Self.now.formatted(.iso8601))
      state.phase = Phase.allCases[index % Phase.allCases.count]
      state.reason = Reason.allCases[index % Reason.allCases.count]
      state.detail = "<script>alert(\"\(index)\")</script>\n& more"
      state.scan = .init(run: "r", started: Self.now.addingTimeInterval(-7200).formatted(.iso8601))
      var result = RSEState.Result(campaign: "c\(index)", run: "r", planned: "p")
      (result.listed, result.files, result.deleted, result.worstError) = (100, 90, 80, "endpoint")
      (result.bytesFreed, result.bytesFreedIsPartial) = (2_500_000, true)
      state.campaigns = [result]
      state.jobs = ["running": index]
      states.append(state)
    }
    return CycleStatus(file, states: states, now: Self.now)
  }

  @Test(arguments: [0, 1, 60, 500]) func `the page is whole, and nothing from outside is markup`(count: Int)
    throws
  {
    let page = CyclePage.text(try status(count)) { _ in true }
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</body></html>\n"))
    #expect(page.split(separator: "<script").count == 2 && !page.contains("src=") && !page.contains("http:"))
    #expect(page.split(separator: "<tr class=").count - 1 == count)
    #expect(page.utf8.count < 10_000 + 1500 * count)
    for tag in ["table", "tr", "td", "div", "p", "ul", "li", "small", "span"] {
      let opened = page.split(separator: "<\(tag)", omittingEmptySubsequences: false).dropFirst().count {
        $0.first.map { " >".contains($0) } ?? false
      }
      #expect(
        opened == page.split(separator: "</\(tag)>", omittingEmptySubsequences: false).count - 1, "\(tag)")
    }
  }

  @Test func `an RSE's page has its campaigns and its history`() throws {
    let row = try #require(status(1).rows.first)
    let file = try CycleFile(
      Array("[cycle]\nstate = /x\n[rse T2_XX_0]\nenvironment.X = secret\n".utf8), name: "c")
    let event = RSEState.Event(
      sequence: 1, time: "t", event: "planned", phase: .planned, reason: .campaignLiving, detail: "<b>")
    let page = CyclePage.text(
      row, try file.effective("T2_XX_0"), [event], StateDirectory("/x").rse("T2_XX_0"))
    #expect(page.contains("80<small>at least 2.5 MB</small>"))
    #expect(page.contains(">c0</td>") && page.contains("&lt;b&gt;") && !page.contains("<b>"))
    #expect(!page.contains("secret"))
  }

  @Test func `metrics have each family once, with bounded labels`() throws {
    let text = CycleMetrics.text(try status(60), seconds: 1.5)
    #expect(text.hasSuffix("# EOF\n"))
    let lines = text.split(separator: "\n").map(String.init)
    let families = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }
    #expect(Set(families).count == families.count && families.allSatisfy { $0.hasPrefix("swab_") })
    #expect(lines.contains("swab_cycle_duration_seconds 1.5"))
    #expect(lines.contains("swab_rse_phase{rse=\"T2_XX_0\",site=\"S<0>\",phase=\"idle\"} 1"))
    let labels = Set(
      lines.flatMap { line in
        line.split(whereSeparator: { "{,".contains($0) }).compactMap {
          $0.split(separator: "=\"").count == 2 ? $0.split(separator: "=").first : nil
        }
      }
      .map(String.init))
    #expect(labels == ["rse", "site", "phase", "outcome", "state", "error_class"])
  }

  @Test func `the status document`() throws {
    struct Document: Decodable {
      struct Row: Decodable {
        var rse: String
        var phase: Phase
        var reason: Reason
        var scanAgeHours: Double
        var listed: Int
        var gone: Int
        var left: Int
        var bytesFreedIsPartial: Bool
        var jobs: [String: Int]
        var worstError: String?
      }
      var schema: String
      var finished: String
      var rses: [Row]
    }
    let json = try status(40).json
    // The decoder lets pass more than JSON allows.
    try JSONDocument.check(json)
    let document = try JSONDecoder().decode(Document.self, from: Data(json))
    #expect(document.schema == "swab.cycle-status/1" && document.finished == "2026-11-28T00:00:00Z")
    let row = try #require(document.rses.first)
    #expect(row.scanAgeHours == 2 && row.listed == 100 && row.gone == 80 && row.left == 10)
    #expect(row.worstError == "endpoint" && !row.bytesFreedIsPartial)
  }
}
