import DeletionModel
import ListReading
import CampaignFixtures
import FoundationEssentials
import Synchronization
import TestSupport
import Testing
@testable import ProcessRunning
@testable import BackendTools

@testable import Campaign

@Suite struct CampaignSubmitterTests {
  /// A campaign in a directory of its own, and a schedd that is made up.
  struct Fixture {
    let temporary: TemporaryDirectory
    let directory: CampaignDirectory
    let now: Date

    init(_ manifest: CampaignManifest = Campaigns.manifest()) throws {
      temporary = try TemporaryDirectory()
      directory = CampaignDirectory("\(temporary.path)/it's \"c\"")
      now = try #require(Campaigns.now)
      try Campaigns.write(manifest, to: directory)
    }

    func submitter(_ fake: FakeCondor, web: any ListClient = FakeListClient([])) -> CampaignSubmitter {
      let now = now
      return CampaignSubmitter(
        directory, tools: CondorToolsTests.tools(fake), refresh: ProtectedRefresh(web: web),
        credentials: FakeMacaroonClient.unasked, now: { now })
    }

    func submit(_ fake: FakeCondor) async throws -> Submission {
      let submitter = submitter(fake)
      switch try await submitter.prepare(.init()) {
      case .submitted(let submission, _, _): return submission
      case .ready(let prepared): return try await submitter.submit(prepared).submission
      }
    }

    var submission: Submission? {
      get throws { try CampaignFiles.submission(directory.round(1)) }
    }
  }

  static func calls(_ fake: FakeCondor, of tool: String) -> Int {
    fake.invocations.count { $0.tool == tool }
  }

  static let working: FakeCondor.Answer = { (call: ToolInvocation) throws(ToolFailure) -> ToolRun in
    switch call.tool {
    case "condor_submit": .ended(0, output: "7.0 - 7.1\n")
    case "condor_history": .ended(0, output: "[\n]\n")
    default: .ended(0)
    }
  }

  @Test("what must not go on is not submitted, also where that is known only when everything is ready")
  func forbidden() async throws {
    let fixture = try Fixture()
    let fake = FakeCondor(Self.working)
    let submitter = fixture.submitter(fake)
    guard case .ready(let prepared) = try await submitter.prepare(.init()) else {
      Issue.record("it is not ready")
      return
    }
    let error = await #expect(throws: CampaignError.self) {
      try await submitter.submit(prepared, mayGoOn: { false })
    }
    #expect(error == CampaignSubmitter.mustNotGoOn && Self.calls(fake, of: "condor_submit") == 0)
    #expect(try fixture.submission == nil)
    #expect(try await fixture.submit(fake).cluster == 7)
  }

  @Test("a campaign of too many files is refused before a round is made of it")
  func tooMany() throws {
    var manifest = Campaigns.manifest()
    manifest.counts.files = 8
    let fixture = try Fixture(manifest)
    let submitter = fixture.submitter(FakeCondor(Self.working))
    var options = CampaignSubmitter.Options()
    try submitter.checkSize(options)
    options.maxDelete = 7
    #expect(throws: CampaignError.self) { try submitter.checkSize(options) }
  }

  @Test("a round is submitted once, in its directory, with what its jobs need")
  func once() async throws {
    let fixture = try Fixture()
    let fake = FakeCondor(Self.working)
    #expect(try await fixture.submit(fake).cluster == 7)
    #expect(try await fixture.submit(fake).cluster == 7)
    #expect(Self.calls(fake, of: "condor_submit") == 1)
    let call = try #require(fake.invocations.first { $0.tool == "condor_submit" })
    #expect(call.workingDirectory == fixture.directory.path)
    #expect(try fixture.submission?.cluster == 7)
    #expect(try fixture.submission?.schedd == .init(name: "schedd@test", address: "<127.0.0.1:9618>"))
  }

  @Test("after a failure the round counts as not submitted, where the schedd says so")
  func failure() async throws {
    let fixture = try Fixture()
    let fake = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      call.tool == "condor_submit" ? .ended(1, errorOutput: "ERROR: nope") : try Self.working(call)
    }
    await #expect(throws: CampaignError.self) { try await fixture.submit(fake) }
    #expect(try fixture.submission == nil)
    #expect(try await fixture.submit(FakeCondor(Self.working)).cluster == 7)
  }

  @Test(
    "a schedd that can't be reached leaves a campaign that can be submitted elsewhere",
    arguments: ["schedd a@b", "local schedd", "nothing that anybody has seen before"])
  func neverReached(_ what: String) async throws {
    let fixture = try Fixture()
    let fake = FakeCondor(exit: 1, errorOutput: "\nERROR: Can't find address of \(what)\n")
    await #expect(throws: CampaignError.self) { try await fixture.submit(fake) }
    #expect(try fixture.submission == nil)
    #expect(Self.calls(fake, of: "condor_submit") == 0)
    #expect(try await JobRemoval.remove(fixture.directory, tools: CondorToolsTests.tools(fake)).isEmpty)
    // It may also be that only condor_submit finds none.
    let half = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      call.tool == "condor_submit"
        ? .ended(1, errorOutput: "\nERROR: Can't find address of local schedd\n") : try Self.working(call)
    }
    await #expect(throws: NothingSubmitted.self) { try await fixture.submit(half) }
    #expect(try fixture.submission == nil)
    let none = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in throw .notFound(call.tool) }
    await #expect(throws: CampaignError.self) { try await fixture.submit(none) }
    #expect(try fixture.submission == nil)
    #expect(try await fixture.submit(FakeCondor(Self.working)).cluster == 7)
  }

  @Test("where condor_submit and the schedd are both silent, the schedd is asked before the next try")
  func silence() async throws {
    let fixture = try Fixture()
    let begun = Mutex(false)
    let dying = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      if call.tool == "condor_submit" { begun.withLock { $0 = true } }
      return begun.withLock { $0 } ? .ended(1) : try Self.working(call)
    }
    await #expect(throws: CampaignError.self) { try await fixture.submit(dying) }
    #expect(try fixture.submission != nil)
    // Still silent: nothing is submitted.
    let again = FakeCondor(exit: 1)
    await #expect(throws: CampaignError.self) { try await fixture.submit(again) }
    #expect(Self.calls(again, of: "condor_submit") == 0)
    // It has the jobs after all.
    let alive = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      call.tool == "condor_q" && !call.arguments.contains("-factory")
        ? .ended(0, output: "[{\"ClusterId\":5,\"JobStatus\":1}]") : .ended(call.tool == "condor_q" ? 0 : 1)
    }
    #expect(try await fixture.submit(alive).cluster == 5)
    #expect(Self.calls(alive, of: "condor_submit") == 0)
    #expect(try fixture.submission?.cluster == 5)
  }

  @Test("jobs that have left the queue are found in the history, or by the event log")
  func past() async throws {
    let fixture = try Fixture()
    let begun = Submission(submitted: "x", target: .init(), cluster: nil, jobs: 2, payload: nil)
    try CampaignFiles.write(begun, to: fixture.directory.round(1).submission)
    let fake = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      call.tool == "condor_history" ? .ended(0, output: "[{\"ClusterId\":6}]") : try Self.working(call)
    }
    #expect(try await fixture.submit(fake).cluster == 6)
    #expect(Self.calls(fake, of: "condor_submit") == 0)
    try CampaignFiles.write(begun, to: fixture.directory.round(1).submission)
    func event(_ campaign: String) -> String {
      """
      <c>
          <a n="MyType"><s>SubmitEvent</s></a>
          <a n="Cluster"><i>9</i></a>
          <a n="Proc"><i>0</i></a>
          <a n="UserNotes"><s>\(EarlierJobs.note(campaign: campaign, round: 1))</s></a>
          <a n="EventTypeNumber"><i>0</i></a>
      </c>

      """
    }
    // A job of a campaign that was in the same place before still writes its log.
    Disk.write(fixture.directory.round(1).events, event("test-0"))
    await #expect(throws: CampaignError.self) { try await fixture.submit(FakeCondor(exit: 1)) }
    #expect(try fixture.submission?.cluster == nil)
    Disk.write(fixture.directory.round(1).events, event("test-1"))
    #expect(try await fixture.submit(FakeCondor(exit: 1)).cluster == 9)
  }

  @Test("spooled jobs that never got their files are removed and submitted again")
  func halfSpooled() async throws {
    let fixture = try Fixture()
    let begun = Submission(submitted: "x", target: .init(spool: true), cluster: nil, jobs: 2, payload: nil)
    try CampaignFiles.write(begun, to: fixture.directory.round(1).submission)
    let removed = Mutex(false)
    let fake = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      if call.tool == "condor_rm" { removed.withLock { $0 = true } }
      if call.tool == "condor_q", !call.arguments.contains("-factory"), !removed.withLock({ $0 }) {
        return .ended(0, output: "[{\"ClusterId\":5,\"JobStatus\":5,\"HoldReasonCode\":16}]")
      }
      // The removed ones, to whoever doesn't leave them out.
      if call.tool == "condor_history", !call.arguments.joined().contains(EarlierJobs.removal) {
        return .ended(0, output: "[{\"ClusterId\":5}]")
      }
      return try Self.working(call)
    }
    #expect(try await fixture.submit(fake).cluster == 7)
    #expect(removed.withLock { $0 })
  }

  @Test("two at once: the second one submits nothing, and removes nothing of what is on its way")
  func twoAtOnce() async throws {
    let fixture = try Fixture()
    let begun = Submission(submitted: "x", target: .init(spool: true), cluster: nil, jobs: 2, payload: nil)
    try CampaignFiles.write(begun, to: fixture.directory.round(1).submission)
    let lock = try SubmissionLock(fixture.directory)
    let fake = FakeCondor(Self.working)
    let error = await #expect(throws: CampaignError.self) { try await fixture.submit(fake) }
    #expect(error?.status == .stoppedEarly)
    #expect(fake.invocations.isEmpty)
    withExtendedLifetime(lock) {}
  }

  @Test("what may not be submitted")
  func refused() async throws {
    let expired = try Fixture(Campaigns.manifest(expires: "2026-01-01T01:00:00Z"))
    let error = await #expect(throws: CampaignError.self) {
      try await expired.submit(FakeCondor(Self.working))
    }
    #expect(error?.description.contains("expired at 2026-01-01T01:00:00Z") == true)
    var foreign = Campaigns.manifest()
    foreign.site = "T2\"_$(x)"
    let foreignFixture = try Fixture(foreign)
    await #expect(throws: CampaignError.self) { try await foreignFixture.submit(FakeCondor(Self.working)) }
    let incomplete = try Fixture()
    try FileManager.default.removeItem(atPath: incomplete.directory.round(1).job(JobID(2)).list)
    await #expect(throws: CampaignError.self) { try await incomplete.submit(FakeCondor(Self.working)) }
    for (path, isThrottled, isRefused) in [
      ("/a $(b)", false, false), ("/a $(b)", true, true), ("/a $$(b)", false, true), ("/a\nb", false, true),
      ("/a\"',%é\\", true, false),
    ] {
      let check = { try CampaignCheck.checkPath(CampaignDirectory(path), isThrottled: isThrottled) }
      if isRefused { #expect(throws: CampaignError.self, performing: check) } else { try check() }
    }
  }

  @Test(
    "a list or a job file that was changed since the plan is not submitted",
    arguments: ["lfns.txt.gz", "job.json"])
  func changed(_ name: String) async throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    _ = try fixture.plan()
    let submitter = CampaignSubmitter(
      fixture.campaign, tools: CondorToolsTests.tools(FakeCondor(Self.working)),
      refresh: ProtectedRefresh(web: FakeListClient([])), credentials: FakeMacaroonClient.unasked)
    var options = CampaignSubmitter.Options()
    let program = try Fixture()
    options.payload = "\(program.directory.payload)/swab"
    options.wrapper = "\(program.directory.payload)/swab-job.sh"
    guard case .ready = try await submitter.prepare(options) else {
      Issue.record("it can be submitted")
      return
    }
    let path = "\(fixture.campaign.round(1).job(JobID(1)).path)/\(name)"
    Disk.write(path, bytes: Disk.bytes(path) + [0x20])
    let error = await #expect(throws: CampaignError.self) { try await submitter.prepare(options) }
    #expect(error?.description.contains("was changed since it was planned") == true)
  }

  @Test("protected lists are read again: their union goes along")
  func protectedAgain() async throws {
    let temporary = try TemporaryDirectory()
    let list = "\(temporary.path)/protected"
    try Data("/store/unmerged/new\n/store/unmerged/keep/\n".utf8).write(to: URL(filePath: list))
    let fixture = try Fixture(Campaigns.manifest(protected: [list]))
    _ = try await fixture.submit(FakeCondor(Self.working))
    var entries: [String] = []
    try ProtectedListReader.read(fixture.directory.round(1).protected) { entries.append($0) }
    #expect(entries == ["/store/unmerged/keep", "/store/unmerged/new"])
  }

  @Test("a protected list on a server is read again, also when the plan was made long ago")
  func protectedOnServer() async throws {
    let url = "https://wmstats.example/protected"
    for isThere in [true, false] {
      let fixture = try Fixture(Campaigns.manifest(created: "2025-12-30T00:00:00Z", protected: [url]))
      let web = FakeListClient([
        .init("{\"result\":[\"/store/unmerged/served\"]}", status: isThere ? 200 : 404)
      ])
      let submitter = fixture.submitter(FakeCondor(Self.working), web: web)
      if isThere {
        guard case .ready(let prepared) = try await submitter.prepare(.init()) else {
          Issue.record("it was not submitted before")
          return
        }
        #expect(prepared.protected == (2, 1))
      } else {
        await #expect(throws: CampaignError.self) { try await submitter.prepare(.init()) }
      }
      #expect(web.asked == [url])
    }
  }

  @Test(
    "a protected list that is gone is a warning for a day, then a refusal",
    arguments: [("2026-01-01T00:00:00Z", true), ("2025-12-30T00:00:00Z", false)])
  func protectedGone(_ row: (String, Bool)) async throws {
    let fixture = try Fixture(Campaigns.manifest(created: row.0, protected: ["/nowhere/protected"]))
    let submitter = fixture.submitter(FakeCondor(Self.working))
    guard row.1 else {
      let error = await #expect(throws: CampaignError.self) { try await submitter.prepare(.init()) }
      #expect(error?.description.contains("/nowhere/protected") == true)
      return
    }
    guard case .ready(let prepared) = try await submitter.prepare(.init()) else {
      Issue.record("it was not submitted before")
      return
    }
    #expect(prepared.warnings.count == 1)
  }

  @Test("a campaign of more files than max-delete allows is not submitted")
  func maxDelete() async throws {
    var manifest = Campaigns.manifest()
    manifest.counts.files = 3
    let fixture = try Fixture(manifest)
    let fake = FakeCondor(Self.working)
    let submitter = fixture.submitter(fake)
    var options = CampaignSubmitter.Options()
    Disk.write(fixture.directory.configuration, "[job]\nmax-delete = 2\n")
    let error = await #expect(throws: CampaignError.self) { try await submitter.prepare(options) }
    #expect(error?.status == .badInput)
    #expect(error?.description.contains("max-delete allows 2; nothing was submitted") == true)
    #expect(Self.calls(fake, of: "condor_submit") == 0)
    options.maxDelete = 3
    guard case .ready = try await submitter.prepare(options) else { Issue.record("refused"); return }
  }

  @Test("a spooled submission that would fill the schedd's spool is refused, unless that is accepted")
  func largeSpool() async throws {
    let fixture = try Fixture()
    // Once for each of two jobs.
    Disk.write(
      "\(fixture.directory.payload)/swab", bytes: Campaigns.elf + Array(repeating: 0, count: 600_000),
      mode: 0o755)
    Disk.write(fixture.directory.configuration, "[job]\nspool-limit = 1\n")
    let submitter = fixture.submitter(FakeCondor(Self.working))
    var options = CampaignSubmitter.Options()
    func isReady() async throws -> Bool {
      guard case .ready = try await submitter.prepare(options) else { return false }
      return true
    }
    #expect(try await isReady())
    options.target.spool = true
    Disk.write(fixture.directory.configuration, "[job]\nspool-limit = 2\n")
    #expect(try await isReady())
    Disk.write(
      "\(fixture.directory.payload)/swab", bytes: Campaigns.elf + Array(repeating: 0, count: 1_500_000),
      mode: 0o755)
    let error = await #expect(throws: CampaignError.self) { try await submitter.prepare(options) }
    #expect(error?.description.contains("2 jobs would take 3 MB") == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("--accept large-spool") == true)
    options.accepted = [.largeSpool]
    #expect(try await isReady())
    (options.accepted, options.payload) = ([], "https://x.test/swab")
    #expect(try await isReady())
    (options.target.spool, options.target.gridResource) = (false, "batch slurm")
    await #expect(throws: CampaignError.self) { try await submitter.prepare(options) }
  }

  @Test("remove finds the jobs of a lost submission.json by the event log", arguments: [true, false])
  func removalOfLost(isLogged: Bool) async throws {
    let fixture = try Fixture()
    let manifest = try CampaignFiles.manifest(fixture.directory)
    let note = EarlierJobs.note(campaign: isLogged ? manifest.id : "other", round: 1)
    Disk.write(
      fixture.directory.round(1).events,
      EventLogTests.xml(0, 0, "    <a n=\"UserNotes\"><s>\(note)</s></a>\n"))
    let fake = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      .ended(0, output: call.tool == "condor_q" ? "[{\"JobStatus\":1}]" : "")
    }
    let removed = try await JobRemoval.remove(fixture.directory, tools: CondorToolsTests.tools(fake))
    #expect(removed.map(\.jobs) == (isLogged ? [1] : []))
    #expect(Self.calls(fake, of: "condor_rm") > 0 || !isLogged)
  }

  @Test("remove takes the jobs of every schedd that got some, but for those whose output is to be fetched")
  func removal() async throws {
    let fixture = try Fixture()
    _ = try await fixture.submit(FakeCondor(Self.working))
    let fake = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      guard call.tool == "condor_q" else { return .ended(0) }
      return .ended(0, output: "[{\"JobStatus\":1},\n{\"JobStatus\":4},\n{\"JobStatus\":2}]")
    }
    let removed = try await JobRemoval.remove(fixture.directory, tools: CondorToolsTests.tools(fake))
    #expect(removed == [.init(target: .init(), jobs: 2, ended: 1)])
    let constraint = try #require(fake.invocations.last?.arguments.last)
    #expect(constraint.hasPrefix("(SwabCampaign =?= \"test-1\" && "))
    #expect(constraint.contains("JobStatus =!= 4"))
    // Not what a gridmanager made of them.
    #expect(constraint.contains("SubmitterGlobalJobId =?= undefined"))
  }
}
