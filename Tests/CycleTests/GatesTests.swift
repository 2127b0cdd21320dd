import FoundationEssentials
import Testing

@testable import Cycle

@Suite("Go or no go") struct GatesTests {
  private static let now = Date(timeIntervalSince1970: 1_795_824_000)
  private static func ago(_ hours: Double) -> String {
    now.addingTimeInterval(-hours * 3600).formatted(.iso8601)
  }

  private static func standing(_ change: (inout Gates.Standing) -> Void) -> Gates.Standing {
    var standing = Gates.Standing(now: now)
    standing.site = "T2_XX_Site"
    change(&standing)
    return standing
  }

  @Test(
    "what persons, the configuration and the past say",
    arguments: [
      (standing { _ in }, nil, nil),
      (standing { $0.mayDelete = false }, .idle, .notAvailable),
      (standing { $0.mayDelete = nil }, .idle, .rucioSilent),
      (standing { $0.isEnabled = false }, .idle, .disabled),
      (standing { $0.site = nil }, .unmapped, .unmapped),
      (standing { $0.frozen = PersonFile(time: "t", user: "u") }, .frozen, .frozen),
      // A person's word comes first.
      (
        standing {
          $0.isEnabled = false
          $0.frozen = PersonFile(time: "t", user: "u")
        }, .frozen, .frozen
      ),
      (standing { $0.window = try? TimeWindow("00:01-00:02Z") }, .idle, .outsideWindow),
      (standing { $0.window = try? TimeWindow("mon-sun") }, nil, nil),
      (standing { $0.isBlocked = true }, .blocked, .noCredentials),
      (standing { $0.restsUntil = now.addingTimeInterval(1) }, .resting, .littleDeleted),
      (standing { $0.restsUntil = now }, nil, nil),
      (
        standing {
          $0.restsUntil = now.addingTimeInterval(1)
          $0.restReason = .suspect
        }, .resting, .suspect
      ),
    ] as [(Gates.Standing, Phase?, Reason?)])
  func standings(standing: Gates.Standing, phase: Phase?, reason: Reason?) {
    let stop = Gates.stop(standing)
    #expect(stop?.phase == phase)
    #expect(stop?.reason == reason)
  }

  private static func scan(_ run: String, hours: Double) -> RSEState.Scan {
    .init(run: run, started: ago(hours))
  }

  private static func answer(
    _ run: String = "b", hours: Double = 10, status: String = "done", rootFailed: Bool = false
  ) -> Gates.ScanAnswer {
    .scan(scan(run, hours: hours), status: status, problem: nil, rootFailed: rootFailed)
  }

  @Test(
    "the newest scan",
    arguments: [
      (answer(), nil, nil), (answer(), scan("a", hours: 20), nil), (.none("w"), nil, .noScan),
      (.unavailable("w"), nil, .monitorUnavailable), (answer(status: "started"), nil, .scanNotDone),
      (answer(status: "failed"), nil, .scanFailed), (answer(rootFailed: true), nil, .scanFailed),
      (answer(hours: 72), nil, nil), (answer(hours: 73), nil, .scanTooOld),
      (answer("b"), scan("b", hours: 10), .sameScan),
      // Set back: it was there before.
      (answer("a", hours: 20), scan("b", hours: 10), .sameScan),
      (answer("c"), scan("b", hours: 10), .sameScan),
    ] as [(Gates.ScanAnswer, RSEState.Scan?, Reason?)])
  func scans(answer: Gates.ScanAnswer, planned: RSEState.Scan?, reason: Reason?) {
    #expect(
      Gates.stop(answer, planned: planned, deletedUntil: nil, maxAgeHours: 72, now: Self.now)?.reason
        == reason)
  }

  @Test(
    "a scan that began before the last campaign was over", arguments: [(9.0, true), (10, false), (11, false)])
  func overlapping(endedHoursAgo: Double, isStopped: Bool) {
    let stop = Gates.stop(
      Self.answer(hours: 10), planned: Self.scan("a", hours: 20),
      deletedUntil: Self.now.addingTimeInterval(-endedHoursAgo * 3600), maxAgeHours: 72, now: Self.now)
    #expect(stop?.reason == (isStopped ? .scanOverlaps : nil))
  }

  @Test(
    "protected lists",
    arguments: [
      ([], .protectedMissing), ([.url("https://x")], nil),
      ([.url("https://x"), .missing("/a")], .protectedMissing),
      ([.file("/a", hours: 24)], nil), ([.url("https://x"), .file("/a", hours: 25)], .protectedTooOld),
    ] as [([Gates.ProtectedList], Reason?)])
  func protectedLists(lists: [Gates.ProtectedList], reason: Reason?) {
    #expect(Gates.stop(lists, maxAgeHours: 24)?.reason == reason)
  }

  @Test(
    "how much would be deleted",
    arguments: [
      (1000, 900, [], nil), (1000, 901, [], .tooLargeShare), (1000, 999, [], .tooLargeShare),
      // Few files need nobody.
      (99, 99, [], nil), (5000, 100, [], nil), (5000, 300, [100, 100, 100], nil),
      (5000, 301, [100, 100, 100], .tooManyFiles),
      // The median, and of the last five only.
      (5000, 301, [100, 5000, 120, 110], nil), (5000, 700, [1, 1, 1, 1, 300, 300, 300], nil),
      (5000, 700, [300, 300, 300, 1, 1, 1], .tooManyFiles), (5000, 200, [0], .tooManyFiles),
    ] as [(Int, Int, [Int], Reason?)])
  func amount(listed: Int, files: Int, before: [Int], reason: Reason?) {
    let stop = Gates.stop(
      .init(listed: listed, files: files, before: before), maxFraction: 0.9, maxGrowth: 3, from: 100)
    #expect(stop?.reason == reason)
    #expect(stop == nil || stop?.phase == .needsApproval)
  }

  @Test(arguments: [(1, 1), (2, 2), (3, 4), (4, 7), (5, 7), (100, 7)])
  func `rests grow`(poor: Int, days: Int) { #expect(Gates.restDays(after: poor) == days) }

  @Test func `every reason has a sentence of its own`() {
    let sentences = Set(Reason.allCases.map(\.text))
    #expect(sentences.count == Reason.allCases.count)
  }
}
