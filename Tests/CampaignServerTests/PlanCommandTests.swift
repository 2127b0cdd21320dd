import CampaignFixtures
import FoundationEssentials
import TestServers
import TestSupport
import Testing

@testable import Campaign

/// `swab-submit plan`, the executable.
@Suite struct PlanCommandTests {
  private func start(_ fixture: PlanFixture, _ more: [String] = []) throws -> Program {
    try Program(
      Repository.builtSwabSubmit,
      [
        "plan", "--rse", "T2_XX_Test", "--site", "T2_XX_Test", "--from", fixture.path("list"), "--protected",
        fixture.path("protected"), "-o", "campaign",
      ] + more, workingDirectory: fixture.directory.path)
  }

  @Test("it says what is planned, and what to do next")
  func text() async throws {
    let fixture = try PlanFixture(list: [
      "/store/unmerged/a/1", "/store/unmerged/kept/1", "/store/unmerged/\u{7}",
    ])
    let result = try await start(fixture).finish()
    #expect(result.code == 0, "\(result.errors)")
    for message in [
      "1 files in 1 directories", "by 1 jobs", "1 protected", "1 refused, controlCharacter",
      "  /store/unmerged/a/1",
      "nothing has been deleted; next: swab-submit submit \(fixture.campaign.path)",
    ] { #expect(result.text.contains(message), "\(message) in \(result.text)") }
    #expect(!result.text.contains("\u{7}") && result.errors.isEmpty)
    #expect(try CampaignFiles.manifest(fixture.campaign).counts.files == 1)
  }

  @Test("--json is the manifest and more")
  func json() async throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    let result = try await start(fixture, ["--json", "--files-per-job", "7", "--name", "x"]).finish()
    #expect(result.code == 0, "\(result.errors)")
    let plan = try JSONDecoder().decode(CampaignPlan.self, from: Data(result.output))
    let manifest = try CampaignFiles.manifest(fixture.campaign)
    #expect(plan.schema == CampaignPlan.schema && plan.campaign == manifest)
    #expect(plan.campaign.filesPerJob == 7 && plan.campaign.name == "x")
  }

  @Test("with --log-format json an error is JSON", arguments: [("/nonexistent", Int32(66)), ("", 64)])
  func jsonError(protected: String, code: Int32) async throws {
    struct Line: Decodable { let severity: String, exitCode: Int, invoker: String }
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    let result = try await start(
      fixture, ["--log-format", "json"] + (protected.isEmpty ? ["--nope"] : ["--protected", protected])
    ).finish()
    #expect(result.code == code && result.errorLines.count == 1, "\(result.errors)")
    let line = try JSONDecoder().decode(Line.self, from: Data(result.errors.utf8))
    #expect(line.severity == "critical" && line.exitCode == Int(code) && line.invoker == "swab-submit")
  }

  private static let wrong: [(more: [String], code: Int32)] = [
    (["--files-per-job", "many"], 64), (["--exclude", "x"], 64), (["--max-age", "0"], 64),
    (["--protected", "/nonexistent"], 66), (["--include", "/store/unmerged/z"], 65),
    (["--config", "/nonexistent"], 66), (["-o", "nothing/below"], 73),
    (["--protected", "https://user:hunter2@127.0.0.1/x"], 64),
    (["--protected", "http://127.0.0.1:1/x", "--accept", "plain-http"], 69),
    (["--protected", "http://127.0.0.1:1/x"], 64),
  ]

  @Test("one line, an exit code, and nothing left behind", arguments: wrong)
  func refusals(more: [String], code: Int32) async throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    let result = try await start(fixture, more).finish()
    #expect(result.code == code && result.errorLines.count == 1, "\(result.errors)")
    #expect(!result.errors.contains("hunter2") && fixture.leftBehind.isEmpty && result.text.isEmpty)
  }

  @Test("a signal ends it, and nothing is left behind")
  func signal() async throws {
    let fixture = try PlanFixture()
    let hole = try BlackHole()
    let program = try start(
      fixture, ["--protected", "http://127.0.0.1:\(hole.port)/x", "--accept", "plain-http"])
    try await program.wait(until: "it has begun") { !fixture.leftBehind.isEmpty }
    program.send(15)
    let result = try await program.finish()
    #expect(result.code == 75 && result.errorLines.count == 1, "\(result.errors)")
    #expect(fixture.leftBehind.isEmpty)
  }

  /// Memory does not grow with the list: 300,000 names in no order, in a debug build.
  @Test func memory() async throws {
    let fixture = try PlanFixture()
    var text: [UInt8] = []
    text.reserveCapacity(40_000_000)
    for number in 0..<300_000 {
      let fixture = number &* 7_919 % 300_000
      text += "/store/unmerged/Run3Summer23/TTto2L2Nu_13p6TeV/NANOAODSIM/v14-v2/\(fixture / 1000)/".utf8
      text += "8cfa4c55-f6f2-43ff-a7c4-\(fixture)-and-a-good-deal-more-of-a-name.root\n".utf8
    }
    Disk.write(fixture.path("list"), bytes: text)
    text = []
    let result = try await start(fixture).finish(within: 1800)
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.peakMemory > 1 << 20 && result.peakMemory < 110 << 20, "\(result.peakMemory >> 20) MB")
    let manifest = try CampaignFiles.manifest(fixture.campaign)
    #expect(manifest.counts.files == 300_000 && manifest.counts.directories == 300)
  }
}
