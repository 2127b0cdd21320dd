import ByteStreams
import DeletionModel
import FoundationEssentials
import Synchronization
import TestSupport
import Testing
@testable import ProcessRunning
@testable import BackendTools

@testable import Campaign

/// Nothing is submitted before the schedd has been asked what it has.
@Suite struct EarlierJobsTests {
  /// A schedd with jobs, by what is asked for.
  struct Schedd {
    /// Ads of the round's own jobs, and of its clusters that are to be made bit by bit.
    var own = ""
    var ownFactories = ""
    /// Of other jobs for the same RSE, likewise.
    var others = ""
    var otherFactories = ""
    /// Own jobs of the past.
    var past = ""
    var name = "schedd@test"

    var condor: FakeCondor {
      let schedd = self
      return FakeCondor(schedd: name) { (call: ToolInvocation) throws(ToolFailure) in
        let message = call.arguments.joined(separator: " ")
        switch call.tool {
        case "condor_q":
          // What is asked of others names the RSE.
          let isOthers = message.contains("SwabRSE =?=")
          let ads =
            message.contains("-factory")
            ? (isOthers ? schedd.otherFactories : schedd.ownFactories)
            : (isOthers ? schedd.others : schedd.own)
          return .ended(0, output: ads.isEmpty ? "" : "[\(ads)]")
        case "condor_history": return .ended(0, output: "[\(schedd.past)]")
        default: return try CampaignSubmitterTests.working(call)
        }
      }
    }
  }

  private static let other = #"{"ClusterId":3,"SwabCampaign":"other-1","SwabRound":1,"Owner":"bob"}"#

  @Test(
    "living jobs for the same RSE are refused, unless that is accepted",
    arguments: [
      (Schedd(others: other), "1 living job of the campaign other-1 of bob"),
      // Between the end of one job and the making of the next one there may be none.
      (Schedd(otherFactories: other), "1 living job of the campaign other-1 of bob"),
      (
        Schedd(others: #"{"ClusterId":3,"SwabCampaign":"test-1","SwabRound":2}"#),
        "of round 2 of this campaign"
      ),
      (
        Schedd(others: other + "," + other.replacing("other-1", with: "x-2")), "2 living jobs of the campaign"
      ),
    ])
  func overlap(_ row: (Schedd, String)) async throws {
    let fixture = try CampaignSubmitterTests.Fixture()
    let condor = row.0.condor
    let error = await #expect(throws: CampaignError.self) { try await fixture.submit(condor) }
    #expect(
      error?.status == .stoppedEarly && error?.description.contains(row.1) == true,
      "\(error?.description ?? "")")
    #expect(error?.description.contains("--accept overlap") == true)
    #expect(CampaignSubmitterTests.calls(condor, of: "condor_submit") == 0)
    #expect(try fixture.submission == nil)
    var options = CampaignSubmitter.Options()
    options.accepted = [.overlap]
    guard case .ready(let prepared) = try await fixture.submitter(condor).prepare(options) else {
      Issue.record("it was not submitted before")
      return
    }
    #expect(try await fixture.submitter(condor).submit(prepared).isNew)
  }

  @Test("a lost submission.json is found again, by the directory that gets the output")
  func lost() async throws {
    let fixture = try CampaignSubmitterTests.Fixture()
    func ad(_ directory: String, _ more: String = "") -> String {
      let text = directory.replacing("\"", with: "\\\"")
      return #"{"ClusterId":5,"JobStatus":2,"Owner":"bob","Iwd":"\#(text)"\#(more)}"#
    }
    let own = fixture.directory.round(1).job(JobID(1)).path
    for schedd in [
      Schedd(own: ad(own)), Schedd(ownFactories: ad(own)), Schedd(past: ad(own)),
      // A spooled job runs in the schedd's own directory.
      Schedd(own: ad("/spool/5/0", #","SUBMIT_Iwd":"\#(own.replacing("\"", with: "\\\""))""#)),
    ] {
      try? FileManager.default.removeItem(atPath: fixture.directory.round(1).submission)
      let condor = schedd.condor
      #expect(try await fixture.submit(condor).cluster == 5)
      #expect(try fixture.submission?.cluster == 5 && fixture.submission?.schedd?.name == "schedd@test")
      #expect(try fixture.submission?.target.spool == schedd.own.contains("SUBMIT_Iwd"))
      #expect(CampaignSubmitterTests.calls(condor, of: "condor_submit") == 0)
    }
    // A copy of the directory, a moved one, a restored one, another account's.
    for schedd in [
      Schedd(own: ad("/elsewhere/c/jobs/0001")), Schedd(past: ad(fixture.directory.path + "2/jobs/0001")),
    ] {
      try? FileManager.default.removeItem(atPath: fixture.directory.round(1).submission)
      let condor = schedd.condor
      let error = await #expect(throws: CampaignError.self) { try await fixture.submit(condor) }
      #expect(error?.description.contains("from another directory") == true, "\(error?.description ?? "")")
      #expect(CampaignSubmitterTests.calls(condor, of: "condor_submit") == 0)
      #expect(try fixture.submission == nil)
    }
  }

  @Test(
    "what its jobs are still to be sent is put back into a directory that was restored from an earlier copy")
  func restored() async throws {
    let fixture = try CampaignSubmitterTests.Fixture()
    let (own, aside) = (fixture.directory.payload, fixture.directory.path + ".payload")
    try FileManager.default.moveItem(atPath: own, toPath: aside)
    var options = CampaignSubmitter.Options()
    options.payload = "\(aside)/\(PayloadFiles.executable)"
    options.wrapper = "\(aside)/\(PayloadFiles.wrapper)"
    let directory = fixture.directory.round(1).job(JobID(1)).path.replacing("\"", with: "\\\"")
    let condor = Schedd(own: #"{"ClusterId":5,"JobStatus":2,"Iwd":"\#(directory)"}"#).condor
    guard case .submitted(let found, _, _) = try await fixture.submitter(condor).prepare(options) else {
      Issue.record("it was not found")
      return
    }
    #expect(found.cluster == 5)
    for name in [PayloadFiles.executable, PayloadFiles.wrapper] {
      #expect(Disk.bytes("\(own)/\(name)") == Disk.bytes("\(aside)/\(name)"))
    }
    // What is there stays: jobs have begun with it.
    Disk.write("\(own)/\(PayloadFiles.wrapper)", "#!/bin/sh\n# older\n", mode: 0o755)
    try FileManager.default.removeItem(atPath: fixture.directory.round(1).submission)
    _ = try await fixture.submitter(condor).prepare(options)
    #expect(Disk.read("\(own)/\(PayloadFiles.wrapper)").hasSuffix("# older\n"))
    try FileManager.default.removeItem(atPath: aside)
  }

  @Test(
    "of two submissions at the same time, which no lock knows of, the first one stays",
    arguments: ["SwabRSE =?=", "SwabRound =?= 1"])
  func atTheSameTime(_ what: String) async throws {
    let fixture = try CampaignSubmitterTests.Fixture()
    let removed = Mutex<[String]>([])
    let condor = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      let message = call.arguments.joined(separator: " ")
      // The other ones came between our look and our jobs, which are cluster 7.
      if call.tool == "condor_q", message.contains(what), message.contains("ClusterId < 7"),
        !message.contains("-factory")
      {
        return .ended(0, output: "[\(Self.other)]")
      }
      if call.tool == "condor_rm" { removed.withLock { $0.append(message) } }
      return try CampaignSubmitterTests.working(call)
    }
    let error = await #expect(throws: CampaignError.self) { try await fixture.submit(condor) }
    #expect(error?.status == .stoppedEarly)
    #expect(removed.withLock { $0.count == 1 && $0[0].contains("ClusterId == 7") })
    #expect(try fixture.submission == nil)
  }

  @Test("what another schedd says is not gone by, and nothing is removed there")
  func anotherSchedd() async throws {
    let fixture = try CampaignSubmitterTests.Fixture()
    _ = try await fixture.submit(Schedd().condor)
    let other = Schedd(own: #"{"JobStatus":1}"#, name: "schedd@elsewhere").condor
    let error = await #expect(throws: CampaignError.self) {
      try await JobRemoval.remove(fixture.directory, tools: CondorToolsTests.tools(other))
    }
    #expect(error?.status == .unavailable)
    #expect(
      error?.description.contains("the jobs are at the schedd schedd@test") == true
        && error?.description.contains("is schedd@elsewhere") == true)
    #expect(CampaignSubmitterTests.calls(other, of: "condor_rm") == 0)
    let status = try await CampaignStatus.read(fixture.directory, from: CondorToolsTests.tools(other))
    #expect(status.problems.count == 1 && status.problems[0].contains("schedd@elsewhere"))
    // Begun and not finished: the other one is not asked whether it has the jobs.
    var begun = try #require(try fixture.submission)
    begun.cluster = nil
    try CampaignFiles.write(begun, to: fixture.directory.round(1).submission)
    await #expect(throws: CampaignError.self) { try await fixture.submit(other) }
    #expect(CampaignSubmitterTests.calls(other, of: "condor_submit") == 0)
  }

  @Test("a submission that was cut short is not made again at a schedd of the same name elsewhere")
  func elsewhere() async throws {
    let fixture = try CampaignSubmitterTests.Fixture()
    var begun = Submission(
      submitted: "2026-01-01T00:00:00Z", target: .init(),
      schedd: .init(name: "schedd@test", address: "<10.0.0.1:9618>"), cluster: nil, jobs: 2, payload: nil)
    func submit(_ schedd: Schedd, _ accepted: Set<Acceptance> = []) async throws -> (Submission, FakeCondor) {
      try CampaignFiles.write(begun, to: fixture.directory.round(1).submission)
      let condor = schedd.condor
      var options = CampaignSubmitter.Options()
      options.accepted = accepted
      switch try await fixture.submitter(condor).prepare(options) {
      case .submitted(let submission, _, _): return (submission, condor)
      case .ready(let prepared):
        return (try await fixture.submitter(condor).submit(prepared).submission, condor)
      }
    }
    let error = await #expect(throws: CampaignError.self) { try await submit(Schedd()) }
    #expect(
      error?.status == .unavailable && error?.description.contains("--accept moved-schedd") == true,
      "\(error?.description ?? "")")
    #expect(try fixture.submission == begun)
    let there = try await submit(Schedd(own: #"{"ClusterId":5,"JobStatus":1}"#))
    #expect(there.0.cluster == 5 && CampaignSubmitterTests.calls(there.1, of: "condor_submit") == 0)
    #expect(try await submit(Schedd(), [.movedSchedd]).0.cluster == 7)
    begun.schedd?.address = "<127.0.0.1:9618>"
    #expect(try await submit(Schedd()).0.cluster == 7)
  }

  @Test(
    "of a round that was submitted in part it is known how many jobs that were, also when submission.json is lost"
  )
  func part() async throws {
    let fixture = try CampaignSubmitterTests.Fixture()
    Disk.write(fixture.directory.configuration, "[job]\nmax-jobs = 1\n")
    let condor = Schedd().condor
    let sent = try await fixture.submit(condor)
    #expect(sent.jobs == 1 && sent.cluster == 7)
    let description = Disk.read(fixture.directory.round(1).description)
    #expect(description.contains("My.SwabJobs = 1\n") && description.hasSuffix("queue job from (\n0001\n)\n"))
    let note = EarlierJobs.note(campaign: "test-1", round: 1, jobs: 1)
    #expect(description.contains("submit_event_user_notes = \(note)\n"))
    // Once more submits nothing, with whatever limit.
    var options = CampaignSubmitter.Options()
    options.maxJobs = 2
    guard case .submitted(sent, _, let round) = try await fixture.submitter(condor).prepare(options) else {
      Issue.record("it was submitted before")
      return
    }
    #expect(round.jobs.count == 2)
    let own = fixture.directory.round(1).job(JobID(1)).path.replacing("\"", with: "\\\"")
    let ad = #"{"ClusterId":7,"JobStatus":2,"Iwd":"\#(own)","SwabJobs":1}"#
    for schedd in [Schedd(own: ad), Schedd(ownFactories: ad), Schedd(past: ad)] {
      try FileManager.default.removeItem(atPath: fixture.directory.round(1).submission)
      #expect(try await fixture.submit(schedd.condor).jobs == 1)
    }
    try FileManager.default.removeItem(atPath: fixture.directory.round(1).submission)
    Disk.write(
      fixture.directory.round(1).events,
      EventLogTests.xml(0, 0, "    <a n=\"UserNotes\"><s>\(note)</s></a>\n"))
    let found = try await fixture.submit(Schedd().condor)
    #expect(found.jobs == 1 && found.cluster == 10)
    #expect(CampaignSubmitterTests.calls(condor, of: "condor_submit") == 1)
  }

  /// A site's condor_submit is a script with a child, which outlives a killed `swab-submit`.
  @Test func scriptWithChild() async throws {
    let fixture = try CampaignSubmitterTests.Fixture(
      Campaigns.manifest(created: Date().formatted(.iso8601), expires: "2099-01-01T00:00:00Z"))
    let bin = "\(fixture.temporary.path)/bin"
    let (begun, go, done) = ("\(bin)/begun", "\(bin)/go", "\(bin)/done")
    Disk.makeDirectory(bin)
    for (name, text) in [
      ("condor_submit", "\(bin)/child\nexit $?"),
      (
        "child",
        "touch \(begun)\nuntil [ -e \(go) ]; do sleep 0.05; done\necho x >>\(done)\necho '7.0 - 7.1'"
      ),
      (
        "condor_q",
        """
        case "$*" in
          *-totals*) echo '-- Schedd: s@test : <127.0.0.1:1?... @ now' ;;
          *-factory* | *'SwabRSE =?='* | *'ClusterId <'*) ;;
          *) [ ! -e \(done) ] || echo '[{"ClusterId":7,"JobStatus":1}]' ;;
        esac
        """
      ),
      ("condor_history", "echo '[ ]'"),
    ] { Disk.write("\(bin)/\(name)", "#!/bin/sh\n\(text)\n", mode: 0o755) }
    func start() throws -> Program {
      try Program(
        Repository.builtSwabSubmit, ["submit", fixture.directory.path, "--yes"],
        environment: ["PATH": "\(bin):/usr/bin:/bin"])
    }
    let killed = try start()
    try await killed.wait(until: "the child has begun") { Disk.exists(begun) }
    killed.send(9)
    #expect(try await killed.finish().signal == 9)
    let second = try await start().finish()
    #expect(second.code == 75, "\(second.errors)")
    Disk.write(go)
    try await Waiting.wait(until: "the child has ended") {
      try LockedFile(fixture.directory.manifest).lock() == .held
    }
    let third = try await start().finish()
    #expect(third.code == 0 && third.text.contains("submitted before"), "\(third.errors)\(third.text)")
    #expect(Disk.read(done) == "x\n")
  }
}
