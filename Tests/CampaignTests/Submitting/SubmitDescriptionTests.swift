import Testing

@testable import Campaign

@Suite struct SubmitDescriptionTests {
  @Test("the description of a round, line by line")
  func golden() throws {
    let config = """
      [job]
      memory = 700
      max-materialize = 1
      oauth-services = cms
      oauth-permissions.cms = storage.modify:/store/unmerged
      x509-proxy = auto
      priority = 5
      """
    #expect(
      try Campaigns.description(config: config) == """
        # Round 1 of the campaign test-1: 20 files.

        universe = vanilla
        batch_name = name

        executable = payload/swab-job.sh
        arguments = "delete --job job.json --report report.json.gz --journal swab.test-1.journal --deadline auto --checkpoint --checkpoint-every 1800 --not-newer-than 2026-01-01T00:00:00.999999999Z"
        environment = "SWAB_MIN_FAIL_SECONDS=300"
        initialdir = jobs/$(job)
        should_transfer_files = YES
        transfer_input_files = job.json, lfns.txt.gz, swab.test-1.journal, ../../protected.txt.gz, ../../payload/swab
        transfer_output_files = report.json.gz, swab.test-1.journal
        output = job.out
        error = job.err
        log = ../../events.log
        log_xml = True
        submit_event_user_notes = swab campaign test-1 round 1
        notification = never
        when_to_transfer_output = ON_EXIT_OR_EVICT
        transfer_checkpoint_files = swab.test-1.journal, report.json.gz
        job_ad_information_attrs = RemoteHost, LastRemoteHost, ChirpSwabTotal, ChirpSwabDone, ChirpSwabDeleted, ChirpSwabFailed
        checkpoint_exit_code = 85

        request_cpus = 1
        request_memory = 700MB
        request_disk = 1024MB
        requirements = (TARGET.GLIDEIN_CMSSite =?= undefined || stringListMember(TARGET.GLIDEIN_CMSSite, MY.DESIRED_Sites)) && (TARGET.ioslots =?= undefined || TARGET.ioslots >= MY.Requestioslots) && (time() - EnteredCurrentStatus > 3000 || (splitSlotName(TARGET.Name)[1] =!= splitSlotName(MachineAttrName0)[1] && (TARGET.Machine =!= MachineAttrMachine0 || !regexp("@glidein_", TARGET.Name)) && splitSlotName(TARGET.Name)[1] =!= splitSlotName(MachineAttrName1)[1] && (TARGET.Machine =!= MachineAttrMachine1 || !regexp("@glidein_", TARGET.Name)) && splitSlotName(TARGET.Name)[1] =!= splitSlotName(MachineAttrName2)[1] && (TARGET.Machine =!= MachineAttrMachine2 || !regexp("@glidein_", TARGET.Name))))
        priority = 5

        use_oauth_services = cms
        cms_oauth_permissions = storage.modify:/store/unmerged
        use_x509userproxy = True

        My.JobLeaseDuration = (isUndefined(MachineAttrMaxHibernateTime0) ? 1200 : MachineAttrMaxHibernateTime0)
        periodic_remove = (JobStatus == 5 && time() - EnteredCurrentStatus > 86400 || JobStatus == 5 && HoldReasonCode =!= 1 && time() - EnteredCurrentStatus > 3600) || (JobStatus == 1 && time() > 1767398400)
        My.PeriodicRemoveReason = ifThenElse(JobStatus == 5, strcat("held for too long: ", HoldReason), "it had not started when the campaign expired")
        max_retries = 3
        retry_until = ExitBySignal =!= true && !member(ExitCode, {70, 78}) && (!member(ExitCode, {65, 69, 73, 75, 76, 77}) || (ChirpSwabDeleted =!= undefined && ChirpSwabDeleted > 0))
        periodic_release = member(HoldReasonCode, {6, 7, 8, 11, 12, 13, 18}) && NumHolds <= 3 && time() - EnteredCurrentStatus > 600

        My.SwabCampaign = "test-1"
        My.SwabRound = 1
        My.SwabJob = "$(job)"
        My.SwabRSE = "T2_XX_Local"
        My.DESIRED_Sites = "T2_XX_Local"
        My.ExtDESIRED_Sites = "T2_XX_Local"
        My.CMS_JobType = "Cleanup"
        My.CMS_Type = "production"
        My.CMS_WMTool = "swab"
        My.CMS_SubmissionTool = "swab-submit"
        My.CMS_CampaignName = "name"
        My.MaxWallTimeMins = 480
        My.OriginalMaxWallTimeMins = 480
        My.EstimatedSingleCoreMins = 480
        My.Requestioslots = 1
        My.RequiresGPU = 0
        My.REQUIRED_OS = "any"
        My.REQUIRED_MINIMUM_MICROARCH = 0
        My.JobMachineAttrs = "GLIDEIN_CMSSite,GLIDEIN_Gatekeeper,MaxHibernateTime,Machine,Name"
        My.JobMachineAttrsHistoryLength = 3

        max_materialize = 1

        queue job from (
        0001
        0002
        )

        """)
  }

  @Test("a later round finds the payload one directory up; a payload on the nodes is not sent")
  func laterRound() throws {
    let later = try Campaigns.description(round: Campaigns.round(2))
    #expect(later.contains("\nexecutable = ../payload/swab-job.sh\n"))
    #expect(later.contains("../../protected.txt.gz, ../../../payload/swab\n"))
    let onNode = try Campaigns.description(payload: "/cvmfs/x y/swab")
    #expect(onNode.contains("../../protected.txt.gz\n"))
    #expect(onNode.contains("'SWAB_PAYLOAD=/cvmfs/x y/swab'"))
    let fetched = try Campaigns.description(payload: "https://x.test/a/swab")
    #expect(fetched.contains("../../protected.txt.gz, https://x.test/a/swab\n"))
    #expect(!fetched.contains("SWAB_PAYLOAD") && !fetched.contains("payload/swab\n"))
  }

  @Test("machines that earlier rounds came to nothing on are left out; names that are none are not written")
  func avoidedHosts() throws {
    var round = Campaigns.round(2)
    round.avoidedHosts = ["bad@node.test", "other.test", "x\"}) || true", ""]
    let text = try Campaigns.description(round: round)
    #expect(
      text.contains(
        "!member(splitSlotName(TARGET.Name)[1], {\"bad@node.test\", \"other.test\"}) && "
          + "!member(TARGET.Machine, {\"bad@node.test\", \"other.test\"})"))
    #expect(!text.contains("|| true"))
  }

  @Test("where a failing job is not kept waiting it is not kept from its machine either")
  func noHistory() throws {
    let text = try Campaigns.description(config: "[job]\nminimum-fail-seconds = 0")
    #expect(!text.contains("MachineAttrName0") && !text.contains("HistoryLength"))
  }

  @Test(
    "a compute element is reached by its host, or as it is written",
    arguments: [
      ("ce.example", "condor ce.example ce.example:9619"),
      ("ce.example:9700", "condor ce.example ce.example:9700"),
      ("condor s@x y:1", "condor s@x y:1"),
    ])
  func computeElement(_ row: (String, String)) throws {
    let text = try Campaigns.description(target: .init(ce: row.0))
    #expect(text.contains("\nuniverse = grid\ngrid_resource = \(row.1)\n"))
    #expect(!text.contains("checkpoint_exit_code"))
  }

  @Test("what a batch system or a spooling schedd can't do is left out")
  func otherTargets() throws {
    let batch = try Campaigns.description(target: .init(gridResource: "batch slurm"))
    #expect(batch.contains("grid_resource = batch slurm\n"))
    #expect(!batch.contains("max_retries"))
    #expect(!batch.contains("requirements"))
    let spooled = try Campaigns.description(
      config: "[job]\nmax-materialize = 1\nmax-idle = 1", target: .init(spool: true))
    #expect(!spooled.contains("max_materialize"))
    #expect(!spooled.contains("max_idle"))
    // All at once, but only one of them runs.
    #expect(spooled.contains("\nconcurrency_limits = swab.t2_xx_local:2308032\n"))
  }

  @Test("a throttle that can't be held to is told of, or has something in its place")
  func spooledThrottle() throws {
    func of(_ config: String, _ target: Submission.Target, jobs: Int = 20) throws -> (
      text: String, warnings: [String]
    ) {
      let settings = try JobSettings(Array("[job]\n\(config)".utf8), name: "c", site: "T2_XX_Local")
      let description = SubmitDescription(
        manifest: Campaigns.manifest(), round: Campaigns.round(jobs: jobs), settings: settings,
        target: target,
        payload: nil)
      return (try description.text(), description.warnings)
    }
    let spool = Submission.Target(spool: true)
    let limited = try of("max-materialize = 7", spool)
    // Seven of them fit, and no eighth.
    #expect(
      limited.text.contains("concurrency_limits = swab.t2_xx_local:329718\n") && limited.warnings.count == 1)
    #expect(7 * 329_718 <= SubmitDescription.defaultLimit && 8 * 329_718 > SubmitDescription.defaultLimit)
    let own = try of("max-materialize = 7\nconcurrency-limits = disk_x:2, swab", spool)
    #expect(own.text.contains("concurrency_limits = disk_x:2, swab\n") && own.warnings.isEmpty)
    for target in [
      Submission.Target(spool: true, ce: "ce.x"), .init(spool: true, gridResource: "batch slurm"),
    ] {
      let handedOn = try of("max-materialize = 7", target)
      #expect(!handedOn.text.contains("concurrency_limits") && handedOn.warnings.count == 1)
    }
    #expect(try of("max-idle = 3\nmax-materialize = 0", spool).warnings.count == 1)
    let few = try of("max-materialize = 20", spool)
    #expect(!few.text.contains("concurrency_limits") && few.warnings.isEmpty)
    let local = try of("max-materialize = 7", .init())
    #expect(!local.text.contains("concurrency_limits") && local.warnings.isEmpty)
  }

  @Test("what a storage bears reaches the payload")
  func pace() throws {
    let text = try Campaigns.description(
      config:
        "[site]\nconcurrency = 3\nmax-rate = 7\ntimeout = 9\nprune-empty-directories = yes\nno-look = yes\ndcache-frontend = https://f:3880\nlog-url = https://c/l\nlog-token-file = log.use"
    )
    #expect(
      text.contains(
        " --concurrency 3 --max-rate 7 --timeout 9 --prune-empty-directories --not-newer-than 2026-01-01T00:00:00.999999999Z --no-look --dcache-frontend https://f:3880 --log-url https://c/l --log-token-file log.use\"\n"
      ))
    let plain = try Campaigns.description(config: "[site]\nprune-empty-directories = no\nno-look = no")
    #expect(!plain.contains("--concurrency") && !plain.contains("--prune"))
  }

  /// When the scan had ended counts, else when the list was made, to the end of the second.
  @Test(
    arguments: [
      ("", nil, "2026-01-01T00:00:00.999999999Z"),
      ("scan", "2026-01-01T03:00:00Z", "2026-01-01T03:00:00.999999999Z"),
      ("off", nil, nil), ("2025-12-31T13:00:00+01:00", nil, "2025-12-31T12:00:00Z"),
    ] as [(String, String?, String?)])
  func `what is newer than the scan stays`(value: String, ended: String?, argument: String?) throws {
    var manifest = Campaigns.manifest()
    manifest.source.ended = ended
    let text = try Campaigns.description(
      manifest, config: value.isEmpty ? "" : "[job]\nnot-newer-than = \(value)\n")
    #expect(text.contains("--not-newer-than") == (argument != nil))
    if let argument { #expect(text.contains(" --not-newer-than \(argument)\"")) }
    #expect(throws: CampaignError.self) {
      try Campaigns.description(config: "[job]\nnot-newer-than = yesterday\n")
    }
  }

  @Test("a container image is named, and sent unless the nodes have it")
  func container() throws {
    let sent = try Campaigns.description(config: "[job]\ncontainer-image = docker://a/b:c")
    #expect(sent.contains("\ncontainer_image = docker://a/b:c\n"))
    #expect(!sent.contains("transfer_container"))
    let there = try Campaigns.description(
      config: "[job]\ncontainer-image = /cvmfs/x\nsingularity-image = /cvmfs/\"y")
    #expect(there.contains("\ncontainer_image = /cvmfs/x\ntransfer_container = False\n"))
    #expect(there.contains("\nMy.SingularityImage = \"/cvmfs/\\\"y\"\n"))
  }

  @Test("the rules of a site reach its jobs, and nobody else's")
  func sites() throws {
    let config = """
      [site]
      job-class = long
      requested-runtime = 60
      [site T2_XX_Local]
      job-class = "short"
      project = a $(b)
      requirements = X =?= "$(y)"
      +Odd = strcat("a\\"b", "$$(Arch:none)")
      [site T2_XX_Other]
      project = other
      """
    let text = try Campaigns.description(config: config)
    #expect(text.contains("My.JobFlavour = \"\\\"short\\\"\"\n"))
    #expect(text.contains("My.RequestRuntime = 60\n"))
    #expect(text.contains("My.MyProject = \"a $(DOLLAR)(b)\"\n"))
    #expect(text.contains(" && (TARGET.Runtime =?= undefined || TARGET.Runtime >= MY.RequestRuntime)"))
    #expect(text.contains(" && (X =?= \"$(DOLLAR)(y)\")\n"))
    #expect(text.contains("My.Odd = strcat(\"a\\\"b\", \"$$(Arch:none)\")\n"))
  }

  /// Whatever a name holds, the description has the same lines, and no macro but those of ours.
  @Test(
    "a name can't break out",
    arguments: [
      "a\"b", "it's", "a,b", "a b", "$(job)", "$$(Arch)", "$$$(x)", "$ENV(HOME)", "$", "a$", "%s", "@=end",
      "a\nqueue 100", "a\r\nqueue", "end\\", "\\", "é日本", "#", ")", "\u{301}\"", "\"\u{301} $\u{301}(x)",
      "\u{0}", " a ", "", "x\u{2028}queue",
    ])
  func hostileNames(_ name: String) throws {
    let plain = Self.lines(try Campaigns.description())
    let text = try Campaigns.description(Campaigns.manifest(name: name))
    let lines = Self.lines(text)
    #expect(lines.count == plain.count)
    for (line, expected) in zip(lines, plain) where line != expected {
      let isLabel = ["batch_name = ", "My.CMS_CampaignName = \""].contains { line.utf8.starts(with: $0.utf8) }
      #expect(isLabel)
      #expect(!line.hasSuffix("\\"))
      #expect(Self.macros(in: line) == 0)
    }
  }

  @Test(
    "a value of the environment arrives as it is, or is refused",
    arguments: [
      ("a\"b", "A=a\"\"b"), ("it's", "'A=it''s'"), ("a b", "'A=a b'"), ("$(x)", "A=$(DOLLAR)(x)"),
      ("\"\u{301}", "A=\"\"\u{301}"), ("%s,@=#\\x", "A=%s,@=#\\x"), ("$$(x)", nil), ("x$$", nil),
    ] as [(String, String?)])
  func environment(_ row: (String, String?)) throws {
    let variables = [JobSettings.Variable(name: "A", value: row.0)]
    guard let expected = row.1 else {
      #expect(throws: CampaignError.self) { try SubmitText.environment(variables) }
      return
    }
    #expect(try SubmitText.environment(variables) == "\"\(expected)\"")
  }

  /// As condor_submit sees them: by line feeds alone.
  private static func lines(_ text: String) -> [String] {
    text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(Substring($0)) }
  }

  /// Dollar signs that are not written as `$(DOLLAR)`.
  private static func macros(in line: String) -> Int {
    let escape = Array("$(DOLLAR)".utf8)
    let escapes = line.utf8.indices.count { line.utf8[$0...].starts(with: escape) }
    return line.utf8.count { $0 == UInt8(ascii: "$") } - escapes
  }
}
