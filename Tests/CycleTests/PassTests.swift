import ByteStreams
import Campaign
import DeletionModel
import FoundationEssentials
import Glibc
import ListReading
import TestSupport
import Testing

@testable import Cycle

/// Passes over a made-up world.
@Suite("Passes of the cycle") struct PassTests {
  let work: FakeWork

  init() throws {
    work = try FakeWork()
    Disk.write(work.directory.path + "/protected", "/store/unmerged/Run2026A/kept\n")

  }

  var state: StateDirectory { StateDirectory(work.directory.path + "/state") }

  func file(_ rses: [String] = ["A"], _ more: String = "", cycle: String = "") throws -> CycleFile {
    var text =
      "[cycle]\nstate = \(state.path)\n\(cycle)\n[rse *]\nprotected = \(work.directory.path)/protected\n"
    text += "approval-files = 100000\nprotected-max-age-hours = 8000\nsite = T2_XX_Site\n\(more)\n"
    for rse in rses { text += "[rse \(rse)]\nfrom = \(work.directory.path)/\(rse)\n" }
    return try CycleFile(Array(text.utf8), name: "cycle.ini")
  }

  /// A pass, and how an RSE stands after it.
  @discardableResult
  func pass(_ file: CycleFile, dryRun: Bool = false) async throws -> [String: RSEState] {
    let summary = try await CyclePass(file, work, isDryRun: dryRun, grace: 1, now: work.now).run()
    return Dictionary(uniqueKeysWithValues: summary.states.map { ($0.rse, $0) })
  }

  func expect(
    _ state: RSEState?, _ phase: Phase, _ reason: Reason, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      state?.phase == phase && state?.reason == reason,
      "\(state?.phase.rawValue ?? "") \(state?.reason.rawValue ?? ""): \(state?.detail ?? "")",
      sourceLocation: sourceLocation)
  }

  @Test func `a scan is planned, submitted, followed, collected, and never planned again`() async throws {
    work.list("A", files: 30)
    work.run(true)
    let file = try file()
    expect(try await pass(file)["A"], .submitted, .campaignLiving)
    expect(try await pass(file)["A"], .submitted, .campaignLiving)
    work.run(false)
    let done = try await pass(file)["A"]
    expect(done, .idle, .allGone)
    #expect(done?.totals.deleted == 30)
    #expect(done?.campaign == nil && done?.campaigns.map(\.deleted) == [30])
    expect(try await pass(file)["A"], .idle, .allGone)
    #expect(work.planned.count == 1 && work.submitted.count == 1)
    #expect(
      RSEHistory.events(state.rse("A")).map(\.event) == [
        "planned", "submitted", "phase", "collected", "ended",
      ])
    // A new scan is a new campaign.
    work.wait(hours: 5)
    work.list("A", files: 10)
    expect(try await pass(file)["A"], .submitted, .campaignLiving)
    #expect(work.planned.count == 2 && Set(work.planned).count == 2)
  }

  @Test func `an error says how far it is, not what kept it from going on before`() async throws {
    work.list("A", files: 30)
    let frozen = PersonFile(time: "2026-11-01T00:00:00Z", user: "u")
    try state.rse("A").make()
    try CampaignFiles.write(frozen, to: state.rse("A").frozen)
    expect(try await pass(file())["A"], .frozen, .frozen)
    try FileManager.default.removeItem(atPath: state.rse("A").frozen)
    work.slow("A")
    let summary = try await CyclePass(try file(), work, grace: 60, limit: 0.2, now: work.now).run()
    expect(summary.states.first, .idle, .tooSlow)
  }

  @Test func `what a campaign came to is known again after something else was the reason`() async throws {
    work.list("A", files: 30)
    work.end("A", .init(deleted: 20))
    let file = try file(["A"], "max-rounds = 1")
    for _ in 0..<3 { try await pass(file) }
    work.scan("A", CampaignError(.unavailable, "the monitor is down"))
    expect(try await pass(file)["A"], .idle, .monitorUnavailable)
    work.unscan("A")
    let state = try await pass(file)["A"]
    expect(state, .idle, .residual)
    #expect(state?.detail == "20 of 30 files are gone")
  }

  @Test func `a site whose SITECONF does not have the RSE gets no job, and what was submitted is followed`()
    async throws
  {
    work.list("A", files: 30)
    let file = try file()
    work.site("A", .differs("x.xml has B, and not A"))
    let stopped = try await pass(file)["A"]
    expect(stopped, .idle, .siteMismatch)
    #expect(stopped?.detail == "[rse *] names T2_XX_Site, but x.xml has B, and not A")
    work.site("A", .broken("storage.json:3: no JSON; correct it"))
    expect(try await pass(file)["A"], .idle, .siteConfBroken)
    #expect(work.planned == [])
    work.site("A", .agrees)
    work.run(true)
    expect(try await pass(file)["A"], .submitted, .campaignLiving)
    work.site("A", .differs("x"))
    work.run(false)
    let over = try await pass(file)["A"]
    expect(over, .idle, .siteMismatch)
    #expect(over?.totals.deleted == 30 && over?.campaigns.last?.reason == .allGone)
  }

  @Test func `what is left goes into further rounds, as many as allowed`() async throws {
    work.list("A", files: 30)
    work.end("A", .init(deleted: 20))
    let file = try file(["A"], "max-rounds = 3")
    for _ in 0..<6 { try await pass(file) }
    let end = try await pass(file)["A"]
    expect(end, .idle, .residual)
    #expect(work.planned.count == 1)
    #expect(work.submitted.map { $0.split(separator: " ")[1] } == ["1", "2", "3"])
    #expect(end?.totals.deleted == 20)
  }

  @Test func `a state that is lost is made anew from the campaigns`() async throws {
    work.list("A", files: 30)
    work.run(true)
    let file = try file()
    try await pass(file)
    Disk.removeTree(state.rse("A").state)
    expect(try await pass(file)["A"], .submitted, .campaignLiving)
    #expect(work.planned.count == 1 && work.submitted.count == 1)
    Disk.write(state.rse("A").state, "garbage")
    expect(try await pass(file)["A"], .blocked, .damagedState)
    #expect(Disk.read(state.rse("A").state) == "garbage")
  }

  @Test func `a kill after planning leads to no second campaign`() async throws {
    work.list("A", files: 30)
    work.run(true)
    let file = try file()
    try await pass(file)
    // As if the kill had come before anything but the campaign was written.
    for name in ["state.json", "history.jsonl"] { Disk.removeTree("\(state.rse("A").path)/\(name)") }
    let id = try #require(state.rse("A").plannedCampaigns.first?.id)
    Disk.removeTree(state.rse("A").campaign(id).round(1).submission)
    expect(try await pass(file)["A"], .submitted, .campaignLiving)
    #expect(work.planned.count == 1)
  }

  @Test(
    "what keeps it from planning",
    arguments: [
      ("enabled = no", .idle, .disabled), ("window = 00:00-00:01Z", .idle, .outsideWindow),
      ("max-age-hours = 0.1", .idle, .scanTooOld), ("protected = /nowhere", .idle, .protectedMissing),
      ("protected-max-age-hours = 0.1", .idle, .protectedTooOld),
    ] as [(String, Phase, Reason)])
  func gates(setting: String, phase: Phase, reason: Reason) async throws {
    work.list("A", files: 30)
    let old = work.now().addingTimeInterval(-3600)
    try FileManager.default.setAttributes(
      [.modificationDate: old], ofItemAtPath: work.directory.path + "/protected")
    work.wait(hours: 1)
    let text =
      "[cycle]\nstate = \(state.path)\n[rse *]\nprotected = \(work.directory.path)/protected\nsite = S\n[rse A]\nfrom = \(work.directory.path)/A\n\(setting)\n"
    expect(try await pass(try CycleFile(Array(text.utf8), name: "c"))["A"], phase, reason)
    #expect(work.planned.isEmpty)
  }

  @Test func `what is wrong with lists, and with scans`() async throws {
    let file = try file()
    expect(try await pass(file)["A"], .idle, .noScan)
    work.scan("A", .init(.unavailable, "down"))
    expect(try await pass(file)["A"], .idle, .monitorUnavailable)
    work.list("A", files: 3)
    Disk.write(work.directory.path + "/protected", "\n")
    expect(try await pass(file)["A"], .idle, .protectedEmpty)
    Disk.write(work.directory.path + "/protected", "/store/unmerged/Run2026A\n")
    expect(try await pass(file)["A"], .idle, .nothingToDelete)
    // It would be the same again.
    expect(try await pass(file)["A"], .idle, .nothingToDelete)
    work.wait(hours: 1)
    Disk.write(work.directory.path + "/A", "no lfn\nnor this\n")
    expect(try await pass(file)["A"], .idle, .listRefused)
    // It is not fetched with each pass, but after some hours, or when something has changed.
    let attempts = work.attempts
    work.wait(hours: 5)
    expect(try await pass(file)["A"], .idle, .listRefused)
    #expect(work.attempts == attempts)
    expect(try await pass(self.file(["A"], "max-rounds = 2"))["A"], .idle, .listRefused)
    #expect(work.attempts == attempts + 1)
    work.wait(hours: 7)
    expect(try await pass(self.file(["A"], "max-rounds = 2"))["A"], .idle, .listRefused)
    #expect(work.attempts == attempts + 2)
    #expect(work.planned.isEmpty)
  }

  @Test func `protected lists of something else are not the list's fault, and nothing waits for them later`()
    async throws
  {
    let file = try file()
    work.list("A", files: 3)
    Disk.write(work.directory.path + "/protected", "/store/mc/x\n")
    let refused = try await pass(file)["A"]
    expect(refused, .idle, .protectedEmpty)
    #expect(refused?.detail?.hasPrefix(work.directory.path + "/protected: no protected LFN") == true)
    Disk.write(work.directory.path + "/protected", "/store/unmerged/Run2026A/kept\n")
    work.run(true)
    expect(try await pass(file)["A"], .submitted, .campaignLiving)
  }

  @Test func `a list that is replaced while it is read is the next scan's, and nobody has to do anything`()
    async throws
  {
    let file = try file()
    work.list("A", files: 3)
    work.beforeList { work in
      work.wait(hours: 1)
      work.list("A", files: 4)
    }
    let changed = try await pass(file)["A"]
    expect(changed, .idle, .scanChanged)
    #expect(changed?.refusal == nil && changed?.reason.needsPerson == false)
    work.run(true)
    expect(try await pass(file)["A"], .submitted, .campaignLiving)
    #expect(work.planned.count == 1)
  }

  @Test(
    "why there is no plan",
    arguments: [
      (ScanChanged(description: "another scan"), .list, .scanChanged),
      (ListError(source: "l", problem: .changed), .list, .scanChanged),
      (ListError(source: "l", problem: .binary), .list, .listRefused),
      (CampaignError(.usage, "--protected http://x: without TLS"), .protected, .protectedEmpty),
      (CampaignError(.noInput, "404"), .protected, .protectedMissing),
      (CampaignError(.noPermission, "403"), .list, .monitorUnavailable),
      (CampaignError(.usage, "--from http://x: without TLS"), .configuration, .listRefused),
      (CampaignError(.badInput, "max-delete"), .bound, .listRefused),
      (CampaignError(.badInput, "nothing is left"), .jobs, .nothingToDelete),
      (CampaignError(.cannotReport, "disk full"), .list, .cannotWrite),
    ] as [(any Error, PlanStage, Reason)])
  func refusal(error: any Error, stage: PlanStage, reason: Reason) {
    #expect(RSEPass.refusal(error, stage) == .init(.idle, reason, "\(error)"))
  }

  @Test func `a campaign of more files than max-delete allows is not planned`() async throws {
    work.list("A", files: 30)
    let refused = try await pass(file(["A"], "max-delete = 29"))["A"]
    expect(refused, .idle, .listRefused)
    #expect(
      refused?.detail?.contains("the campaign has 30 files, and max-delete allows 29; nothing was planned")
        == true)
    #expect(work.planned.isEmpty)
    work.run(true)
    expect(try await pass(file(["A"], "max-delete = 30"))["A"], .submitted, .campaignLiving)
  }

  @Test func `a large part of the scan waits for a person`() async throws {
    work.list("A", files: 30)
    work.run(true)
    var text = "[cycle]\nstate = \(state.path)\n[rse A]\nsite = S\nfrom = \(work.directory.path)/A\n"
    text +=
      "protected = \(work.directory.path)/protected\nprotected-max-age-hours = 8000\napproval-files = 10\n"
    let strict = try CycleFile(Array(text.utf8), name: "c")
    let waiting = try await pass(strict)["A"]
    expect(waiting, .needsApproval, .tooLargeShare)
    expect(try await pass(strict)["A"], .needsApproval, .tooLargeShare)
    #expect(work.submitted.isEmpty)
    let rseDirectory = state.rse("A")
    // An approval of another campaign is none of this one.
    try CampaignFiles.write(PersonFile(time: "t", user: "u", campaign: "other"), to: rseDirectory.approved)
    expect(try await pass(strict)["A"], .needsApproval, .tooLargeShare)
    try CampaignFiles.write(
      PersonFile(time: "t", user: "u", campaign: waiting?.campaign), to: rseDirectory.approved)
    expect(try await pass(strict)["A"], .submitted, .campaignLiving)
    #expect(work.planned.count == 1)
  }

  @Test func `frozen: what is planned is not submitted, and what runs is collected`() async throws {
    work.list("A", files: 30)
    let file = try file()
    let rseDirectory = state.rse("A")
    try rseDirectory.make()
    try CampaignFiles.write(PersonFile(time: "t", user: "u"), to: rseDirectory.frozen)
    expect(try await pass(file)["A"], .frozen, .frozen)
    #expect(work.planned.isEmpty)
    Disk.removeTree(rseDirectory.frozen)
    work.run(true)
    try await pass(file)
    try CampaignFiles.write(PersonFile(time: "t", user: "u"), to: rseDirectory.frozen)
    work.end("A", .init(deleted: 20))
    work.run(false)
    let frozen = try await pass(file)["A"]
    expect(frozen, .frozen, .frozen)
    #expect(frozen?.totals.deleted == 20)
    #expect(work.submitted.count == 1)
  }

  @Test func `living jobs of others, and a schedd that gives no answer`() async throws {
    work.list("A", files: 30)
    let file = try file()
    work.foreignJobs("A", true)
    expect(try await pass(file)["A"], .planned, .foreignJobs)
    work.foreignJobs("A", false)
    work.failSubmission(.init(.unavailable, "no schedd"))
    expect(try await pass(file)["A"], .planned, .scheddUnavailable)
    work.failSubmission(nil)
    work.run(true)
    expect(try await pass(file)["A"], .submitted, .campaignLiving)
    #expect(work.planned.count == 1 && work.submitted.count == 1)
  }

  @Test func `campaigns that delete little are followed by growing rests`() async throws {
    let file = try file(["A"], "max-rounds = 1")
    var rests: [Double] = []
    for _ in 0..<3 {
      work.list("A", files: 100)
      work.end("A", .init(deleted: 5, error: "endpoint"))
      try await pass(file)
      let state = try await pass(file)["A"]
      expect(state, .resting, .littleDeleted)
      let due = try #require(state?.nextDue.flatMap { try? Date($0, strategy: .iso8601) })
      rests.append((due.timeIntervalSince(work.now()) / 86_400).rounded())
      let count = work.planned.count
      work.list("A", files: 100)
      expect(try await pass(file)["A"], .resting, .littleDeleted)
      #expect(work.planned.count == count)
      work.wait(hours: rests[rests.count - 1] * 24 + 1)
    }
    #expect(rests == [1, 2, 4])
    work.list("A", files: 100)
    work.end("A", .init(deleted: 100, exit: 0))
    try await pass(file)
    let good = try await pass(file)["A"]
    expect(good, .idle, .allGone)
    #expect(good?.poor == 0)
  }

  @Test func `without credentials it is blocked, tries a few files a day, and goes on when they are there`()
    async throws
  {
    let file = try file(["A"], "max-rounds = 1\nprobe-files = 7")
    work.end("A", .init(deleted: 0, error: "auth"))
    for _ in 0..<2 {
      work.list("A", files: 100)
      try await pass(file)
      try await pass(file)
      work.wait(hours: 30)
    }
    let probes = { work.planned.filter { $0.contains(".probe-") }.count }
    work.list("A", files: 100)
    var blocked = try await pass(file)["A"]
    #expect(probes() == 1)
    blocked = try await pass(file)["A"]
    expect(blocked, .blocked, .noCredentials)
    for _ in 0..<5 { expect(try await pass(file)["A"], .blocked, .noCredentials) }
    #expect(probes() == 1)
    #expect(state.rse("A").plannedCampaigns.last?.manifest.counts.files == 7)
    // Somebody changes something: it is tried at once.
    let changed = try self.file(["A"], "max-rounds = 1\nprobe-files = 7\nx509-proxy = /new")
    work.wait(hours: 1)
    try await pass(changed)
    #expect(probes() == 2)
    work.end("A", .init(deleted: 7, exit: 0))
    work.run(false)
    let free = try await pass(changed)["A"]
    #expect(free?.unauthorized == 0)
    // The scan is planned in full by the same pass, without what the trial has removed.
    let full = try #require(state.rse("A").plannedCampaigns.last { !$0.id.contains(".probe-") }?.manifest)
    #expect(full.counts.files == 93 && full.counts.excluded == 7, "\(full)")
    work.wait(hours: 1)
    work.list("A", files: 100)
    work.run(true)
    expect(try await pass(changed)["A"], .submitted, .campaignLiving)
    #expect(probes() == 2)
  }

  @Test func `jobs in flight are bounded over all RSEs`() async throws {
    for rse in ["A", "B", "C"] { work.list(rse, files: 1000) }
    work.run(true)
    let file = try file(
      ["A", "B", "C"], "files-per-job = 100", cycle: "jobs-in-flight = 15\nparallel-rses = 1")
    let states = try await pass(file)
    #expect(states.values.reduce(0) { $0 + $1.jobs.values.reduce(0, +) } == 15)
    #expect(states.values.count { $0.reason == .jobLimit } == 1)
    let again = try await pass(file)
    #expect(again.values.count { $0.reason == .jobLimit } == 1)
    #expect(work.submitted.count == 2)
  }

  @Test(.timeLimit(.minutes(1)))
  func `what hangs delays nobody else, and keeps its lease`() async throws {
    let rses = (0..<6).map { "R\($0)" }
    for rse in rses { work.list(rse, files: 10) }
    work.run(true)
    for rse in ["R0", "R1", "R2"] { work.hang(rse) }
    let file = try file(rses, cycle: "parallel-rses = 4")
    let stop = StopSignal()
    let pass = CyclePass(file, work, grace: 0.2, now: work.now)
    async let summary = pass.run(stop: stop)
    // The others end while three are hanging.
    while work.submitted.count < 3 { try await Task.sleep(for: .milliseconds(10)) }
    stop.stop(.signal("SIGTERM"))
    let ended = try await summary
    #expect(Set(ended.hanging).isSubset(of: ["R0", "R1", "R2"]) && !ended.hanging.isEmpty)
    for rse in ended.hanging { #expect(Disk.exists(state.rse(rse).lease)) }
    #expect(ended.states.count { $0.phase == .submitted } == 3)
  }

  @Test(.timeLimit(.minutes(1)))
  func `what takes too long is told to stop, and says so`() async throws {
    for rse in ["A", "B"] { work.list(rse, files: 10) }
    work.run(true)
    work.slow("A")
    let states = try await CyclePass(file(["A", "B"]), work, grace: 20, limit: 0.5, now: work.now).run()
      .states
    expect(states.first, .idle, .tooSlow)
    expect(states.last, .submitted, .campaignLiving)
    #expect(!Disk.exists(state.rse("A").lease))
    // A pass that is stopped says nothing of the monitor either.
    let stop = StopSignal()
    async let stopped = CyclePass(file(["A"]), work, grace: 20, now: work.now).run(only: ["A"], stop: stop)
    try await Task.sleep(for: .milliseconds(50))
    stop.stop(.signal("SIGTERM"))
    let summary = try await stopped
    if let first = summary.states.first { expect(first, .idle, .stopped) }
    #expect(summary.states.count + summary.left.count == 1)
  }

  @Test func `an RSE that another pass works on is left alone`() async throws {
    work.list("A", files: 10)
    let rseDirectory = state.rse("A")
    try rseDirectory.make()
    var lease = RSELease(now: work.now(), seconds: 600)
    lease.host = "other.test"
    #expect(try lease.take(rseDirectory, now: work.now()) == .taken)
    expect(try await pass(file())["A"], .idle, .leasedElsewhere)
    #expect(work.planned.isEmpty && !Disk.exists(rseDirectory.state))
    work.wait(hours: 1)
    work.run(true)
    expect(try await pass(file())["A"], .submitted, .campaignLiving)
  }

  @Test func `a pass removes what kills have left, and nothing of a process that lives`() async throws {
    work.list("A", files: 10)
    work.run(true)
    let file = try file()
    let campaign = try #require(try await pass(file)["A"]?.campaign)
    let rseDirectory = state.rse("A")
    let parents = [state.path, rseDirectory.path, rseDirectory.campaign(campaign).path]
    // No process has such a number (proc(5), /proc/sys/kernel/pid_max).
    let (dead, living) = (4_999_999, getppid())
    let old = work.now().addingTimeInterval(-100_000)
    func leave(_ names: [String], written: Date?) throws -> [String] {
      let paths = parents.flatMap { parent in names.map { "\(parent)/\($0)" } }
      for path in paths {
        Disk.write(path)
        if let written {
          try FileManager.default.setAttributes([.modificationDate: written], ofItemAtPath: path)
        }
      }
      return paths
    }
    let gone = try leave([".state.json.\(dead).0.tmp", ".lease.a.test.\(dead).4294967295.tmp"], written: old)
    let stays =
      try leave([".state.json.\(living).1.tmp"], written: old)
      + leave([".lease.a.test.\(dead).1.tmp"], written: work.now())
    // Plans for other scans, of long ago and of just now.
    let partial = ["A-earlier.partial-1", "A-now.partial-2"].map { "\(rseDirectory.campaigns)/\($0)" }
    for path in partial { Disk.makeDirectory(path + "/jobs") }
    try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: partial[0])
    _ = try await CyclePass(file, work, isDryRun: true, grace: 1, now: work.now).run()
    #expect((gone + stays + partial).filter { !Disk.exists($0) } == [])
    try await pass(file)
    #expect(gone.filter(Disk.exists) == [] && partial.map(Disk.exists) == [false, true])
    #expect(stays.filter { !Disk.exists($0) } == [])
  }

  @Test func `a dry run changes nothing`() async throws {
    work.list("A", files: 10)
    let state = try await pass(try file(), dryRun: true)["A"]
    #expect(state?.detail?.hasPrefix("would plan a campaign from the scan ") == true)
    #expect(work.planned.isEmpty && !Disk.exists(self.state.path))
  }

  @Test func `campaigns that are over go, but for the newest ones`() async throws {
    let file = try file(["A"], "keep-campaigns = 2")
    for _ in 0..<5 {
      work.list("A", files: 3)
      try await pass(file)
      try await pass(file)
      work.wait(hours: 10)
    }
    #expect(work.planned.count == 5)
    #expect(state.rse("A").plannedCampaigns.map(\.id) == Array(work.planned.suffix(2)))
    // By their age as well, and never the newest one.
    let short = try self.file(["A"], "keep-days = 1")
    work.wait(hours: 100)
    work.list("A", files: 3)
    try await pass(short)
    try await pass(short)
    #expect(state.rse("A").plannedCampaigns.map(\.id) == Array(work.planned.suffix(1)))
  }

  @Test func `campaigns that are over go where they take too much of the disk, the oldest first`()
    async throws
  {
    let file = try file(["A"], "keep-gigabytes = 0.0025")
    for number in 0..<5 {
      work.list("A", files: 3)
      work.run(number == 4)
      try await pass(file)
      try await pass(file)
      let newest = try #require(state.rse("A").plannedCampaigns.last)
      Disk.write(
        state.rse("A").campaign(newest.id).path + "/report", bytes: .init(repeating: 0, count: 1_000_000))
      work.wait(hours: 10)
    }
    #expect(work.planned.count == 5)
    // The first one went when the fourth ended, the second when the fifth was planned, which is at work.
    #expect(state.rse("A").plannedCampaigns.map(\.id) == Array(work.planned.suffix(3)))
    work.run(false)
    try await pass(file)
    #expect(state.rse("A").plannedCampaigns.map(\.id) == Array(work.planned.suffix(2)))
  }

  @Test func `files that several scans have are accounted for`() async throws {
    let file = try file(["A"], "max-rounds = 1\nmin-deleted-fraction = 0")
    work.list("A", files: 30)
    work.end("A", .init(deleted: 0))
    try await pass(file)
    try await pass(file)
    let first = work.planned.count
    #expect(Leftovers.read(state.rse("A"))?.files == 30 && Leftovers.read(state.rse("A"))?.repeated == 0)
    let since = state.rse("A").plannedCampaigns.last?.manifest.source.made
    for files in [20, 40] {
      work.wait(hours: 10)
      work.list("A", files: files)
      try await pass(file)
      try await pass(file)
    }
    let left = try #require(Leftovers.read(state.rse("A")))
    #expect(work.planned.count == first + 2)
    // 20 since the first scan; 20 that the second one did not have begin anew.
    #expect(left.files == 40 && left.repeated == 20 && left.since == since)
    #expect(left.oldest == "/store/unmerged/Run2026A/A/RAW/v1/10000.root")
    #expect(left.directories.map(\.directory) == ["/store/unmerged/Run2026A/A/RAW/v1"])
    #expect(left.directories.first?.files == 20)
    #expect(CycleStatus(file, now: work.now()).rows.first?.leftovers == left)
  }

  @Test func `the document of MSUnmerged`() async throws {
    struct Document: Decodable {
      struct Row: Decodable {
        var name: String
        var isClean: Bool
        var rucioConMonStatus: String?
        var timestamps: [String: Int?]
        var counters: Counters
      }
      struct Counters: Decodable {
        var totalNumFiles: Int
        var filesToDelete: Int
        var filesDeletedSuccess: Int
        var filesDeletedFail: Int
        var dirsToDelete: Int
        var gfalErrors: [String: Int]
      }
      var result: [Row]
    }
    let file = try file(["A", "B"], "max-rounds = 1")
    work.list("A", files: 30)
    work.end("A", .init(deleted: 20, error: "endpoint"))
    try await pass(file)
    try await pass(file)
    let json = MSUnmergedExport.json(CycleStatus(file, now: work.now()), state)
    try JSONDocument.check(json)
    let rows = try JSONDecoder().decode(Document.self, from: Data(json)).result
    #expect(rows.map(\.name) == ["A", "B"] && rows.map(\.isClean) == [false, false])
    let row = try #require(rows.first)
    #expect(
      row.counters.totalNumFiles == 30 && row.counters.filesToDelete == 30 && row.counters.dirsToDelete == 1)
    #expect(row.counters.filesDeletedSuccess == 20 && row.counters.filesDeletedFail == 10)
    #expect(row.counters.gfalErrors == ["endpoint": 5] && row.rucioConMonStatus == "done")
    #expect(row.timestamps["startTime"] == Int(work.now().timeIntervalSince1970))
    #expect(row.timestamps["prevStartTime"] == .some(nil))
  }

  @Test func `the status has every RSE, and counts what was deleted when`() async throws {
    work.list("A", files: 10)
    let file = try file(["A", "B"])
    try await pass(file)
    try await pass(file)
    work.wait(hours: 48)
    work.list("A", files: 5)
    work.end("A", .init(deleted: 5, size: 1000, exit: 0))
    try await pass(file)
    try await pass(file)
    let status = CycleStatus(file, now: work.now())
    let row = try #require(status.rows.first)
    // The first campaign's reports did not say what it freed.
    #expect(row.freed.day == FreedBytes(bytes: 5000))
    #expect(row.freed.week == FreedBytes(bytes: 5000, isPartial: true) && row.freed.month == row.freed.week)
    #expect(row.state.totals.freed == row.freed.week)
    #expect(row.state.campaigns.map(\.bytesFreed) == [0, 5000])
    #expect(
      CycleMetrics.text(status, seconds: 1).contains(
        "swab_rse_freed_bytes_total{rse=\"A\",site=\"T2_XX_Site\"} 5000"))
    #expect(row.deleted == .init(day: 5, week: 15, month: 15))
    #expect(status.rows.map(\.needsPerson) == [false, true])
    #expect(status.phases.map { "\($0.count) \($0.phase)" } == ["2 idle"])
    let lines = Explanation.lines(row, try file.effective("A"), RSEHistory.events(state.rse("A")))
    #expect(
      lines.contains {
        $0.hasPrefix("All in all 2 campaigns deleted 15 files, which freed at least 5 kB; 5 within a day")
      })
    #expect(lines.first?.hasPrefix("A is idle since ") == true)
  }
}
