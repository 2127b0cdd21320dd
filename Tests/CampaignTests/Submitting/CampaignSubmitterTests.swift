import Backends
import Deletion
import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@testable import Campaign

@Suite struct CampaignSubmitterTests {
  /// A campaign in a folder of its own, and a schedd that is made up.
  struct Place {
    let temporary: TemporaryFolder
    let folder: CampaignFolder
    let now: Date

    init(_ manifest: CampaignManifest = Campaigns.manifest()) throws {
      temporary = try TemporaryFolder()
      folder = CampaignFolder("\(temporary.path)/it's \"c\"")
      now = try #require(Campaigns.now)
      try Campaigns.write(manifest, to: folder)
    }

    func submitter(_ fake: FakeCondor, web: any WebDoor = FakeWebDoor([])) -> CampaignSubmitter {
      let now = now
      return CampaignSubmitter(
        folder, tools: CondorToolsTests.tools(fake), refresh: ProtectedRefresh(web: web), now: { now })
    }

    func submit(_ fake: FakeCondor) async throws -> Submission {
      let submitter = submitter(fake)
      switch try await submitter.prepare(.init()) {
      case .submitted(let submission, _, _): return submission
      case .ready(let prepared): return try await submitter.submit(prepared)
      }
    }

    var submission: Submission? {
      get throws { try CampaignFiles.submission(folder.round(1)) }
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

  @Test("a round is submitted once, in its folder, with what its jobs need")
  func once() async throws {
    let place = try Place()
    let fake = FakeCondor(Self.working)
    #expect(try await place.submit(fake).cluster == 7)
    #expect(try await place.submit(fake).cluster == 7)
    #expect(Self.calls(fake, of: "condor_submit") == 1)
    let call = try #require(fake.invocations.first { $0.tool == "condor_submit" })
    #expect(call.workingDirectory == place.folder.path)
    #expect(try place.submission?.cluster == 7)
  }

  @Test("after a failure the round counts as not submitted, where the schedd says so")
  func failure() async throws {
    let place = try Place()
    let fake = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      call.tool == "condor_submit" ? .ended(1, errorOutput: "ERROR: nope") : try Self.working(call)
    }
    await #expect(throws: CampaignError.self) { try await place.submit(fake) }
    #expect(try place.submission == nil)
    #expect(try await place.submit(FakeCondor(Self.working)).cluster == 7)
  }

  @Test("a schedd that was never reached is not asked, and another one can be taken")
  func neverReached() async throws {
    let place = try Place()
    let fake = FakeCondor(exit: 1, errorOutput: "\nERROR: Can't find address of schedd a@b\n")
    await #expect(throws: NothingSubmitted.self) { try await place.submit(fake) }
    #expect(try place.submission == nil)
    #expect(fake.invocations.count == 1)
    let none = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in throw .notFound(call.tool) }
    await #expect(throws: NothingSubmitted.self) { try await place.submit(none) }
    #expect(try place.submission == nil)
  }

  @Test("where condor_submit and the schedd are both silent, the schedd is asked before the next try")
  func silence() async throws {
    let place = try Place()
    let dead = FakeCondor(exit: 1)
    await #expect(throws: CampaignError.self) { try await place.submit(dead) }
    #expect(try place.submission != nil)
    // Still silent: nothing is submitted.
    let again = FakeCondor(exit: 1)
    await #expect(throws: CampaignError.self) { try await place.submit(again) }
    #expect(Self.calls(again, of: "condor_submit") == 0)
    // It has the jobs after all.
    let alive = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      call.tool == "condor_q" ? .ended(0, output: "[{\"ClusterId\":5,\"JobStatus\":1}]") : .ended(1)
    }
    #expect(try await place.submit(alive).cluster == 5)
    #expect(Self.calls(alive, of: "condor_submit") == 0)
    #expect(try place.submission?.cluster == 5)
  }

  @Test("jobs that have left the queue are found in the history, or by the event log")
  func past() async throws {
    let place = try Place()
    let begun = Submission(submitted: "x", target: .init(), cluster: nil, jobs: 2, payload: nil)
    try CampaignFiles.write(begun, to: place.folder.round(1).submission)
    let fake = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      call.tool == "condor_history" ? .ended(0, output: "[{\"ClusterId\":6}]") : try Self.working(call)
    }
    #expect(try await place.submit(fake).cluster == 6)
    #expect(Self.calls(fake, of: "condor_submit") == 0)
    try CampaignFiles.write(begun, to: place.folder.round(1).submission)
    let event = "<c>\n    <a n=\"MyType\"><s>SubmitEvent</s></a>\n    <a n=\"Cluster\"><i>9</i></a>\n"
    try Data(event.utf8).write(to: URL(filePath: place.folder.round(1).events))
    #expect(try await place.submit(FakeCondor(exit: 1)).cluster == 9)
  }

  @Test("spooled jobs that never got their files are removed and submitted again")
  func halfSpooled() async throws {
    let place = try Place()
    let begun = Submission(submitted: "x", target: .init(spool: true), cluster: nil, jobs: 2, payload: nil)
    try CampaignFiles.write(begun, to: place.folder.round(1).submission)
    let removed = Mutex(false)
    let fake = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      if call.tool == "condor_rm" { removed.withLock { $0 = true } }
      if call.tool == "condor_q", !removed.withLock({ $0 }) {
        return .ended(0, output: "[{\"ClusterId\":5,\"JobStatus\":5,\"HoldReasonCode\":16}]")
      }
      // The removed ones, to whoever doesn't leave them out.
      if call.tool == "condor_history", !call.arguments.joined().contains(SubmittedCluster.removal) {
        return .ended(0, output: "[{\"ClusterId\":5}]")
      }
      return try Self.working(call)
    }
    #expect(try await place.submit(fake).cluster == 7)
    #expect(removed.withLock { $0 })
  }

  @Test("two at once: the second one submits nothing, and removes nothing of what is on its way")
  func twoAtOnce() async throws {
    let place = try Place()
    let begun = Submission(submitted: "x", target: .init(spool: true), cluster: nil, jobs: 2, payload: nil)
    try CampaignFiles.write(begun, to: place.folder.round(1).submission)
    let lock = try SubmissionLock(place.folder)
    let fake = FakeCondor(Self.working)
    let error = await #expect(throws: CampaignError.self) { try await place.submit(fake) }
    #expect(error?.status == .stoppedEarly)
    #expect(fake.invocations.isEmpty)
    withExtendedLifetime(lock) {}
  }

  @Test("what may not be submitted")
  func refused() async throws {
    let expired = try Place(Campaigns.manifest(expires: "2026-01-01T01:00:00Z"))
    let error = await #expect(throws: CampaignError.self) {
      try await expired.submit(FakeCondor(Self.working))
    }
    #expect(error?.description.contains("expired at 2026-01-01T01:00:00Z") == true)
    var foreign = Campaigns.manifest()
    foreign.site = "T2\"_$(x)"
    let foreignPlace = try Place(foreign)
    await #expect(throws: CampaignError.self) { try await foreignPlace.submit(FakeCondor(Self.working)) }
    let incomplete = try Place()
    try FileManager.default.removeItem(atPath: incomplete.folder.round(1).job(JobID(2)).list)
    await #expect(throws: CampaignError.self) { try await incomplete.submit(FakeCondor(Self.working)) }
    for (path, isThrottled, isRefused) in [
      ("/a $(b)", false, false), ("/a $(b)", true, true), ("/a $$(b)", false, true), ("/a\nb", false, true),
      ("/a\"',%é\\", true, false),
    ] {
      let check = { try CampaignCheck.checkPath(CampaignFolder(path), isThrottled: isThrottled) }
      if isRefused { #expect(throws: CampaignError.self, performing: check) } else { try check() }
    }
  }

  @Test("protected lists are read again: their union goes along")
  func protectedAgain() async throws {
    let temporary = try TemporaryFolder()
    let list = "\(temporary.path)/protected"
    try Data("/store/unmerged/new\n/store/unmerged/keep/\n".utf8).write(to: URL(filePath: list))
    let place = try Place(Campaigns.manifest(protected: [list]))
    _ = try await place.submit(FakeCondor(Self.working))
    var entries: [String] = []
    try ProtectedListReader.read(place.folder.round(1).protected) { entries.append($0) }
    #expect(entries == ["/store/unmerged/keep", "/store/unmerged/new"])
  }

  @Test("a protected list on a server is read again, also when the plan was made long ago")
  func protectedOnServer() async throws {
    let url = "https://wmstats.example/protected"
    for isThere in [true, false] {
      let place = try Place(Campaigns.manifest(created: "2025-12-30T00:00:00Z", protected: [url]))
      let web = FakeWebDoor([.init("{\"result\":[\"/store/unmerged/served\"]}", status: isThere ? 200 : 404)])
      let submitter = place.submitter(FakeCondor(Self.working), web: web)
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
    let place = try Place(Campaigns.manifest(created: row.0, protected: ["/nowhere/protected"]))
    let submitter = place.submitter(FakeCondor(Self.working))
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

  @Test("remove takes the jobs of every schedd that got some, but for those whose output is to be fetched")
  func removal() async throws {
    let place = try Place()
    _ = try await place.submit(FakeCondor(Self.working))
    let fake = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      guard call.tool == "condor_q" else { return .ended(0) }
      return .ended(0, output: "[{\"JobStatus\":1},\n{\"JobStatus\":4},\n{\"JobStatus\":2}]")
    }
    let removed = try await JobRemoval.remove(place.folder, tools: CondorToolsTests.tools(fake))
    #expect(removed == [.init(target: .init(), jobs: 2, ended: 1)])
    let constraint = try #require(fake.invocations.last?.arguments.last)
    #expect(constraint.hasPrefix("(SwabCampaign =?= \"test-1\" && "))
    #expect(constraint.contains("JobStatus =!= 4"))
    // Not what a gridmanager made of them.
    #expect(constraint.contains("SubmitterGlobalJobId =?= undefined"))
  }
}
