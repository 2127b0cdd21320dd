import FoundationEssentials
import TestSupport
import Testing

@testable import Campaign

/// `swab-submit plan`, the executable.
@Suite struct PlanCommandTests {
  private func start(_ place: PlanPlace, _ more: [String] = []) throws -> Program {
    try Program(
      Repository.builtSwabSubmit,
      [
        "plan", "--rse", "T2_XX_Test", "--site", "T2_XX_Test", "--from", place.path("list"), "--protected",
        place.path("protected"), "-o", "campaign",
      ] + more, workingFolder: place.folder.path)
  }

  @Test("it says what is planned, and what to do next")
  func text() async throws {
    let place = try PlanPlace(list: [
      "/store/unmerged/a/1", "/store/unmerged/kept/1", "/store/unmerged/\u{7}",
    ])
    let result = try await start(place).finish()
    #expect(result.code == 0, "\(result.errors)")
    for words in [
      "1 files in 1 directories", "by 1 jobs", "1 protected", "1 refused, controlCharacter",
      "  /store/unmerged/a/1",
      "nothing has been deleted; to go on: swab-submit submit \(place.campaign.path)",
    ] { #expect(result.text.contains(words), "\(words) in \(result.text)") }
    #expect(!result.text.contains("\u{7}") && result.errors.isEmpty)
    #expect(try CampaignFiles.manifest(place.campaign).counts.files == 1)
  }

  @Test("--json is the manifest and more")
  func json() async throws {
    let place = try PlanPlace(list: ["/store/unmerged/a/1"])
    let result = try await start(place, ["--json", "--files-per-job", "7", "--name", "x"]).finish()
    #expect(result.code == 0, "\(result.errors)")
    let plan = try JSONDecoder().decode(CampaignPlan.self, from: Data(result.output))
    let manifest = try CampaignFiles.manifest(place.campaign)
    #expect(plan.schema == CampaignPlan.schema && plan.campaign == manifest)
    #expect(plan.campaign.filesPerJob == 7 && plan.campaign.name == "x")
  }

  private static let wrong: [(more: [String], code: Int32)] = [
    (["--files-per-job", "many"], 64), (["--exclude", "x"], 64), (["--max-age", "0"], 64),
    (["--protected", "/nonexistent"], 66), (["--include", "/store/unmerged/z"], 65),
    (["--config", "/nonexistent"], 66), (["-o", "nothing/below"], 73),
    (["--protected", "https://user:hunter2@127.0.0.1/x"], 64), (["--protected", "http://127.0.0.1:1/x"], 69),
  ]

  @Test("one line, an exit code, and nothing left behind", arguments: wrong)
  func refusals(more: [String], code: Int32) async throws {
    let place = try PlanPlace(list: ["/store/unmerged/a/1"])
    let result = try await start(place, more).finish()
    #expect(result.code == code && result.errorLines.count == 1, "\(result.errors)")
    #expect(!result.errors.contains("hunter2") && place.leftBehind.isEmpty && result.text.isEmpty)
  }

  @Test("a signal ends it, and nothing is left behind")
  func signal() async throws {
    let place = try PlanPlace()
    let hole = try BlackHole()
    let program = try start(place, ["--protected", "http://127.0.0.1:\(hole.port)/x"])
    try await program.wait(until: "it has begun") { !place.leftBehind.isEmpty }
    program.send(15)
    let result = try await program.finish()
    #expect(result.code == 75 && result.errorLines.count == 1, "\(result.errors)")
    #expect(place.leftBehind.isEmpty)
  }

  /// Memory does not grow with the list: 300,000 names in no order, in a debug build.
  @Test func memory() async throws {
    let place = try PlanPlace()
    var text: [UInt8] = []
    text.reserveCapacity(40_000_000)
    for number in 0..<300_000 {
      let place = number &* 7_919 % 300_000
      text += "/store/unmerged/Run3Summer23/TTto2L2Nu_13p6TeV/NANOAODSIM/v14-v2/\(place / 1000)/".utf8
      text += "8cfa4c55-f6f2-43ff-a7c4-\(place)-and-a-good-deal-more-of-a-name.root\n".utf8
    }
    Disk.write(place.path("list"), bytes: text)
    text = []
    let result = try await start(place).finish(within: 1800)
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.peakMemory > 1 << 20 && result.peakMemory < 110 << 20, "\(result.peakMemory >> 20) MB")
    let manifest = try CampaignFiles.manifest(place.campaign)
    #expect(manifest.counts.files == 300_000 && manifest.counts.directories == 300)
  }
}
