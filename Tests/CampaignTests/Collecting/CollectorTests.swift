import CampaignFixtures
import ByteStreams
import DeletionModel
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Campaign

@Suite struct CollectorTests {
  @Test("hidden files that a kill has left are removed when they are old, those of a living process never")
  func leftBehind() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([Self.list])
    let path = campaign.directory.path
    let names = [
      ".residual.lfns.gz.\(Self.dead).0.tmp", ".campaign-report.json.\(Self.dead).1.tmp",
      "payload/.swab.\(Self.dead).0.tmp", "round-2/.submission.json.\(Self.dead).0.tmp",
    ]
    let others = [
      ".residual.lfns.gz.tmp", ".residual.lfns.gz.x.0.tmp", "residual.\(Self.dead).0.tmp", "payload/swab",
      ".residual.lfns.gz.\(getppid()).0.tmp", "round-2/.swab.sub.\(getppid()).0.tmp",
    ]
    for name in ["payload", "round-2"] { Disk.makeDirectory("\(path)/\(name)") }
    for name in names + others { Disk.write("\(path)/\(name)", "x") }
    func there(_ names: [String]) -> [String] { names.filter { Disk.exists("\(path)/\($0)") } }
    LeftBehind.remove(from: campaign.directory, now: Date().addingTimeInterval(80_000))
    #expect(there(names + others) == names + others)
    LeftBehind.remove(from: campaign.directory, now: Date().addingTimeInterval(90_000))
    #expect(there(names + others) == others)
  }

  @Test("what was to become a macaroon goes at once, unless a submit is at work")
  func leftMacaroon() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([Self.list])
    let left = "\(campaign.directory.path)/.macaroon.\(getppid()).0.tmp"
    Disk.write(left, "secret")
    do {
      let lock = try SubmissionLock(campaign.directory)
      LeftBehind.remove(from: campaign.directory)
      #expect(lock.isHeld && Disk.exists(left))
    }
    LeftBehind.remove(from: campaign.directory)
    #expect(!Disk.exists(left))
  }

  /// No process has such a number (proc(5), /proc/sys/kernel/pid_max).
  private static let dead = 4_999_999

  static let list = ["/store/unmerged/a/1", "/store/unmerged/a/2", "/store/unmerged/b/1"]
  static let allGone: [(String, Outcome, String?)] = list.map { ($0, .deleted, nil) }
  private static let ended = FakeQueue(history: [FakeQueue.ad(0, status: 4, "\"ExitCode\":1")])

  private func campaign(_ report: CampaignFixture.Report?) async throws -> CampaignFixture {
    let campaign = try CampaignFixture()
    try campaign.addRound([Self.list])
    if let report { try await campaign.report(1, report) }
    return campaign
  }

  @Test("every file gone")
  func gone() async throws {
    let campaign = try await campaign(.init(files: Self.allGone))
    let report = try await campaign.collect(Self.ended)
    #expect(
      report.exit.status == .allGone && report.jobs[0].assessment.state == .done
        && report.jobs[0].problem == nil
    )
    #expect(try campaign.lines(campaign.directory.residual) == [])
    #expect(
      try campaign.outcomes() == Dictionary(uniqueKeysWithValues: Self.list.map { ($0, "deleted 0001") }))
    #expect(report.totals.storage.map { $0.counts[.deleted] } == [3])
  }

  @Test(
    "what is freed is added up over jobs, and is partial where a size is not known", arguments: [true, false])
  func freed(isPartial: Bool) async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([Array(Self.list[..<2]), [Self.list[2]]])
    let sizes = isPartial ? [Self.list[0]: 5] : [Self.list[0]: 5, Self.list[1]: 0]
    try await campaign.report(1, .init(files: Array(Self.allGone[..<2]), sizes: sizes))
    try await campaign.report(2, .init(files: [Self.allGone[2]], sizes: [Self.list[2]: 4000]))
    let ended = FakeQueue(history: (0..<2).map { FakeQueue.ad($0, status: 4, "\"ExitCode\":0") })
    let freed = FreedBytes(bytes: 4005, isPartial: isPartial)
    let report = try await campaign.collect(ended)
    #expect(report.totals.freed == freed)
    let text = String(decoding: try FileSource.contents(of: campaign.directory.report), as: UTF8.self)
    #expect(text.contains("\"bytesFreed\":4005,\"bytesFreedIsPartial\":\(isPartial)"))
    #expect(text.contains("\"bytes\":4000"))
    let status = try await CampaignStatus.read(campaign.directory, from: ended)
    #expect(status.freed == freed)
    let json = String(decoding: StatusJSON.text(status), as: UTF8.self)
    #expect(json.contains("\"bytesFreed\":4005,\"bytesFreedIsPartial\":\(isPartial)"))
  }

  @Test("two spellings of one character are two files")
  func spellings() async throws {
    let campaign = try CampaignFixture()
    let names = ["/store/unmerged/a/cafe\u{301}", "/store/unmerged/a/caf\u{e9}"]
    try campaign.addRound([names])
    try await campaign.report(
      1, .init(files: [(names[0], .deleted, nil), (names[1], .failed, "transient")], code: .someNotGone))
    let report = try await campaign.collect(Self.ended)
    #expect(report.jobs[0].problem == nil && report.totals.counts.requested == 2)
    let left = try campaign.lines(campaign.directory.residual)
    #expect(left.count == 1 && left.allSatisfy { $0.utf8.elementsEqual(names[1].utf8) })
  }

  @Test("a report that is missing, empty, cut short or no report leaves all files unknown", arguments: 0..<5)
  func unusable(kind: Int) async throws {
    let campaign = try await campaign(.init(files: Self.allGone))
    let path = campaign.jobDirectory(1).report
    let bytes = try FileSource.contents(of: path)
    switch kind {
    case 0: try FileManager.default.removeItem(atPath: path)
    case 1: try Data().write(to: URL(filePath: path))
    case 2: try Data(bytes.dropLast(12)).write(to: URL(filePath: path))
    case 3: try Data("{\"schema\":\"swab.job-report/9\"}".utf8).write(to: URL(filePath: path))
    default: try Data("nothing".utf8).write(to: URL(filePath: path))
    }
    let report = try await campaign.collect(Self.ended)
    #expect(report.exit.status == .someNotGone && report.totals.counts[.failed] == 3)
    #expect(report.jobs[0].assessment.state == .failed && (report.jobs[0].problem == nil) == (kind < 2))
    #expect(report.totals.failures.map(\.kind) == ["unknown"])
    #expect(try campaign.lines(campaign.directory.residual) == Self.list)
    #expect(Set(try campaign.outcomes().values) == ["failed noReport 0001"])
  }

  @Test("a report of another campaign or job is not believed")
  func foreign() async throws {
    for report in [
      CampaignFixture.Report(files: Self.allGone, campaign: "other"),
      // Another campaign of the same name.
      .init(files: Self.allGone, campaign: "test"),
      .init(files: Self.allGone, campaign: nil), .init(files: Self.allGone, jobId: "0002"),
    ] {
      let campaign = try await campaign(report)
      let collected = try await campaign.collect(Self.ended)
      #expect(collected.totals.counts[.failed] == 3 && collected.jobs[0].problem != nil)
    }
    // A job may be named without its zeros.
    let same = try await campaign(.init(files: Self.allGone, jobId: "1"))
    #expect(try await same.collect(Self.ended).exit.status == .allGone)
  }

  @Test("files that the report leaves out, names twice or adds")
  func odd() async throws {
    let files: [(String, Outcome, String?)] = [
      (Self.list[0], .deleted, nil), (Self.list[1], .deleted, nil), (Self.list[1], .failed, "auth"),
      ("/store/unmerged/z/9", .deleted, nil),
    ]
    let campaign = try await campaign(.init(files: files))
    let report = try await campaign.collect(Self.ended)
    #expect(
      try campaign.outcomes() == [
        Self.list[0]: "deleted 0001", Self.list[1]: "failed 3010 0001", Self.list[2]: "failed noReport 0001",
      ])
    let problem = try #require(report.jobs[0].problem)
    for message in ["not reported", "not listed", "more than once"] { #expect(problem.contains(message)) }
    #expect(report.totals.counts.requested == 3)
  }

  @Test(
    "files that a report names in another order than its list, as those of several endpoints do",
    arguments: [
      [2, 1, 0], [1, 0, 2], [2, 0, 1], [0, 2, 1],
    ])
  func shuffled(order: [Int]) async throws {
    let files: [(String, Outcome, String?)] = [
      (Self.list[0], .deleted, nil), (Self.list[1], .failed, "auth"), (Self.list[2], .deleted, nil),
    ]
    let campaign = try await campaign(.init(files: order.map { files[$0] }))
    let report = try await campaign.collect(Self.ended)
    #expect(
      try campaign.outcomes() == [
        Self.list[0]: "deleted 0001", Self.list[1]: "failed 3010 0001", Self.list[2]: "deleted 0001",
      ])
    #expect(report.jobs[0].problem == nil)
  }

  @Test("counts that are not those of the files")
  func miscounted() async throws {
    let campaign = try await campaign(.init(files: Self.allGone))
    let path = campaign.jobDirectory(1).report
    var source = try sniffed(FileSource(path: path))
    let text = String(decoding: try source.collect(limit: 1 << 20) ?? [], as: UTF8.self)
    let wrong = text.split(separator: "\"deleted\":3,\"absent\":0", maxSplits: 1)
    try #require(wrong.count == 2)
    try campaign.write(Array("\(wrong[0])\"deleted\":2,\"absent\":1\(wrong[1])".utf8), to: path)
    let report = try await campaign.collect(Self.ended)
    #expect(
      report.totals.counts[.failed] == 3 && report.jobs[0].problem?.contains("counts 2 files deleted") == true
    )
  }

  @Test("an unfinished report of the payload is believed as far as it goes; a dry run deletes nothing")
  func partial() async throws {
    let some = try await campaign(
      .init(files: [(Self.list[0], .deleted, nil)], isComplete: false, code: .internalError))
    #expect(try await some.collect(Self.ended).totals.counts[.failed] == 2)
    #expect(try some.lines(some.directory.residual) == Array(Self.list.dropFirst()))
    let dry = try await campaign(
      .init(files: Self.list.map { ($0, .notAttempted, "dryRun") }, dryRun: true))
    let report = try await dry.collect(Self.ended)
    #expect(report.exit.status == .someNotGone && report.totals.counts[.notAttempted] == 3)
  }

  @Test("jobs still to come: 75, incomplete, and what they have not told is pending")
  func live() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([Self.list, ["/store/unmerged/c/1"]])
    let queue = FakeQueue(queued: [
      FakeQueue.ad(0, status: 2, "\"NumJobStarts\":1"), FakeQueue.ad(1, status: 1),
    ])
    let report = try await campaign.collect(queue)
    #expect(report.exit.status == .stoppedEarly && report.jobsToCome.count == 2)
    #expect(report.totals.counts[.failed] == 0 && report.totals.counts[.notAttempted] == 4)
    #expect(report.totals.failures(of: JobAccount.pending)?.count == 4)
    #expect(try campaign.lines(campaign.directory.residual).count == 4)
    #expect(String(decoding: report.withoutFiles, as: UTF8.self).contains(#""status":"incomplete""#))
  }

  @Test("jobs that were left for the next round keep nobody waiting, those that were submitted do")
  func left() async throws {
    for (status, isIncomplete) in [(4, false), (2, true)] {
      let campaign = try CampaignFixture()
      let rest = (0..<9).map { "/store/unmerged/c/\($0)" }
      try campaign.addRound([Self.list, rest], submitted: 1)
      let ad = FakeQueue.ad(0, status: status)
      let report = try await campaign.collect(
        status == 4 ? FakeQueue(history: [ad]) : FakeQueue(queued: [ad]))
      #expect(report.exit.status == .stoppedEarly && report.jobs.map(\.isLeft) == [false, true])
      #expect(CollectionRecord.Sums(report).isIncomplete == isIncomplete)
      #expect(CollectionRecord.Sums(report).worstError == (isIncomplete ? nil : "unknown"))
      #expect(report.exit.reason.hasPrefix("1 of 2 jobs are left for the next round") == !isIncomplete)
    }
  }

  @Test("the last round that had a file in a list knows its outcome")
  func rounds() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([Self.list])
    try await campaign.report(
      1,
      .init(
        files: [
          (Self.list[0], .deleted, nil), (Self.list[1], .failed, "auth"),
          (Self.list[2], .failed, "permanent"),
        ],
        code: .someNotGone))
    try campaign.addRound([[Self.list[1]]], cluster: 10)
    try await campaign.report(2, .init(files: [(Self.list[1], .absent, nil)]))
    let report = try await campaign.collect(Self.ended)
    #expect(
      try campaign.outcomes() == [
        Self.list[0]: "deleted 0001", Self.list[1]: "absent 0002", Self.list[2]: "failed 3010 0001",
      ])
    #expect(
      report.permanent == 1
        && report.worstDirectories == [.init(path: "/store/unmerged/b", files: 1, notGone: 1)])
    #expect(try campaign.lines(campaign.directory.residual) == [Self.list[2]])
  }

  @Test("lists of a round that overlap, or are gone, are no success, and keep nothing else from being told")
  func badLists() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([Self.list, Self.list])
    let overlap = try await campaign.collect(Self.ended)
    #expect(overlap.exit.status == .someNotGone && overlap.unnamed > 0)
    try FileManager.default.removeItem(atPath: campaign.jobDirectory(1).list)
    let lost = try await campaign.collect(Self.ended)
    #expect(lost.exit.status == .someNotGone && lost.unnamed == 3 && lost.totals.counts.requested == 3)
  }

  @Test("spooled jobs leave the queue once their reports are here, and not before")
  func spooled() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound(
      [["/store/unmerged/a/1"], ["/store/unmerged/b/1"], ["/store/unmerged/c/1"]], spool: true)
    let queue = FakeQueue(queued: [4, 4, 2].enumerated().map { FakeQueue.ad($0, status: $1) })
    let output = SpooledOutput(queue)
    var status = try await CampaignStatus.read(campaign.directory, from: queue)
    #expect(status.jobs.map(\.assessment.state) == [.ended, .ended, .running])
    let fetched = try await output.fetch(status)
    #expect(fetched == [JobID(1), JobID(2)])
    try await campaign.report(1, .init(files: [("/store/unmerged/a/1", .deleted, nil)]))
    status = try await CampaignStatus.read(campaign.directory, from: queue)
    status.noteFetched(fetched)
    #expect(status.jobs.map(\.assessment.state) == [.done, .failed, .running])
    let report = try Collector(
      campaign.directory, tool: .init(name: "t", version: "0", commit: "0"), now: "x"
    ).collect(status)
    #expect(try await output.release(status, report) == [JobID(2)])
    let calls = await queue.calls.filter { $0 != "jobs" && $0 != "past" }
    #expect(calls.count == 2 && calls[0].hasPrefix("fetch ") && calls[0].hasSuffix("JobStatus == 4"))
    #expect(
      calls[1].hasPrefix("remove ") && calls[1].hasSuffix("JobStatus == 4 && ProcId >= 0 && ProcId <= 0"))
  }
}
