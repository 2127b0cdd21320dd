import DeletionModel
import FoundationEssentials
import JobReports
import TestSupport
import Testing

@testable import DeletionEngine

@Suite("Files that are newer than their list") struct AgeLimitTests {
  static let times: [(text: String, nanoseconds: Int64?)] = [
    ("1970-01-01T00:00:00Z", 0), ("2026-01-31T12:00:00Z", 1_769_860_800_000_000_000),
    ("2026-01-31T13:00:00+01:00", 1_769_860_800_000_000_000),
    ("2026-01-31T06:30:00-05:30", 1_769_860_800_000_000_000),
    ("2026-01-31T12:00:00.5Z", 1_769_860_800_500_000_000),
    ("2026-01-31T12:00:00.000000001Z", 1_769_860_800_000_000_001),
    ("2024-02-29T23:59:59.999999999Z", 1_709_251_199_999_999_999),
    // No time at all, no time zone, no day of the calendar, more digits than can be told.
    ("", nil), ("2026-01-31", nil), ("2026-01-31T12:00:00", nil), ("2026-01-31T12:00Z", nil),
    ("2026-01-31 12:00:00Z", nil), ("2026-02-29T12:00:00Z", nil), ("2026-13-01T12:00:00Z", nil),
    ("2026-01-31T24:00:00Z", nil), ("2026-01-31T12:60:00Z", nil), ("2026-01-31T12:00:60Z", nil),
    ("2026-01-31T12:00:00.Z", nil), ("2026-01-31T12:00:00.1234567890Z", nil), ("2026-01-31T12:00:00Zx", nil),
    ("2026-01-31T12:00:00+0100", nil), ("2026-01-31T12:00:00+24:00", nil), ("+026-01-31T12:00:00Z", nil),
    ("2026-01-31t12:00:00z", nil), ("2026-01-31T12:00:00ZZ", nil), ("2026-01-31T12:00:00+01:00Z", nil),
    ("1969-12-31T23:59:59Z", nil), ("2262-01-01T00:00:00Z", nil), ("1769860800", nil), ("yesterday", nil),
  ]

  @Test(arguments: times.indices) func `a time is read exactly or not at all`(_ index: Int) {
    let row = Self.times[index]
    #expect(StorageTime(row.text)?.nanoseconds == row.nanoseconds, "\(row.text)")
    if let time = StorageTime(row.text) { #expect(StorageTime(time.text) == time, "\(time.text)") }
  }

  @Test func `a calendar of somebody else says the same`() throws {
    var seconds: Int64 = 0
    while seconds < 9_214_646_400 {
      let time = StorageTime(seconds: seconds)
      let text = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
      #expect(time.text == text && StorageTime(text) == time)
      seconds += 86_400 * 13 + 3607
    }
    #expect(StorageTime(seconds: .max).nanoseconds == .max)
    #expect(StorageTime(seconds: .min).nanoseconds == .min)
    #expect(StorageTime(seconds: .max).text == "2262-04-11T23:47:16.854775807Z")
    #expect(StorageTime(nanoseconds: -1).text == "1970-01-01T00:00:00Z")
  }

  private static let limit = AgeLimit(StorageTime(seconds: 1000))

  @Test(arguments: [(-1, true), (0, true), (1, false)] as [(Int64, Bool)])
  func `the same moment is not newer`(after: Int64, mayGo: Bool) throws {
    let written = StorageTime(nanoseconds: Self.limit.latest.nanoseconds + after)
    let refusal = Self.limit.refusal(FileFacts(size: 1, written: written))
    #expect((refusal == nil) == mayGo)
    if let refusal {
      #expect(refusal.isNewer && refusal.errorClass == .permanent && !refusal.isAmbiguous)
      #expect(refusal.message.contains("1970-01-01T00:16:40.000000001Z, after 1970-01-01T00:16:40Z"))
    }
    #expect(Self.limit.refusal(FileFacts(size: 1)) == nil)
  }

  @Test func `one newer replica keeps them all`() async throws {
    let newer = try #require(
      Self.limit.refusal(FileFacts(size: 1, written: StorageTime(seconds: 2000))))
    let old = FileFacts(size: 5, written: StorageTime(seconds: 999))
    let lfns = ["first", "second", "afterFailure", "old", "silent", "partly"].map { "/store/unmerged/\($0)" }
    let first: [String: [Answer]] = [
      lfns[0]: [Answer(.failed(newer))], lfns[1]: [Answer(.absent)],
      lfns[2]: [Answer(EngineTests.failure(.permanent))], lfns[3]: [Answer(.deleted, facts: old)],
      lfns[4]: [Answer(.deleted, facts: FileFacts(size: 5))],
      lfns[5]: [Answer(EngineTests.failure(.transient, ambiguous: true)), Answer(.absent)],
    ]
    let second: [String: [Answer]] = [
      lfns[0]: [Answer(.deleted)], lfns[1]: [Answer(.failed(newer))], lfns[2]: [Answer(.failed(newer))],
      lfns[5]: [Answer(.failed(newer))],
    ]
    let records = try await EngineTests().run(
      lfns,
      [
        EngineTests.route("/a", SizedBackend("first", first)),
        EngineTests.route("/b", SizedBackend("second", second)),
      ])
    var totals = RunTotals(limitsAge: true)
    for lfn in lfns { totals.add(try #require(await records[lfn].first)) }
    for lfn in lfns.prefix(3) {
      let record = try #require(await records[lfn].first)
      #expect(record.outcome == .refused && record.failure?.kind == "refused", "\(lfn): \(record)")
      #expect(record.failure?.code == "newer" && record.pfn != nil)
    }
    #expect(await records[lfns[0]].first?.backend == "first")
    // It may be that one replica of it was deleted: then nobody may say that nothing was sent.
    let partly = try #require(await records[lfns[5]].first)
    #expect(partly.outcome == .failed && partly.failure?.code == "newer")
    #expect(totals.counts[.refused] == 3 && totals.counts[.deleted] == 2 && totals.ageUnknown == 1)
    #expect(totals.storage.map(\.ageUnknown).reduce(0, +) == 1)
    #expect(totals.failures(of: "refused")?.count == 3)
    #expect(RunTotals().ageUnknown == nil)
  }
}
