import ArgumentParser
import Campaign
import CommandSupport
import JobReports
import FoundationEssentials

/// `swab-submit resubmit`.
struct ResubmitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resubmit",
    abstract: "Submit what is left as the next round.",
    discussion: """
      Collects first. The next round has the files that are not gone, also those of jobs that --max-jobs has left out, but not \
      those that the safety rules refuse or that failed permanently. It goes to the same schedd as the round before, unless \
      another one is given. Refused while \
      jobs have not ended, so that no file is ever in two jobs: wait, or "remove" them.
      """)

  @OptionGroup var campaign: CampaignArgument
  @OptionGroup(title: "Where") var targetOptions: TargetOptions
  @OptionGroup(title: "What") var what: JobOptions

  @Flag(name: .long, help: CampaignCollection.assumeLostHelp)
  var assumeLost = false

  @Flag(
    name: .long,
    help: "Print the submit description of the next round, and do nothing: nothing is collected either.")
  var dryRun = false

  @Flag(name: .long, help: "Print JSON, as \"submit\" does; where nothing is left, what is left out.")
  var json = false

  func run() async throws { try await Interruptible.run { try await work() } }

  private func work() async throws {
    do {
      let tools = CondorTools(environment: ProcessEnvironment.current)
      let next = NextRound(campaign.directory, now: Date())
      let status: CampaignStatus
      var collection: CollectionRecord?
      let result: NextRound.Result
      var draft: NextRound.Draft?
      if dryRun {
        status = try await uncollected(tools)
        (result, draft) = try next.draft(status)
      } else {
        // Before a round is there that can't be submitted.
        try CampaignSubmitter.make(campaign.directory, tools).checkSize(what.options(target: .init()))
        (status, collection) = try await CampaignCollection(campaign.directory, assumeLost: assumeLost).run()
        result = try next.make(status)
      }
      var leftOut: Int?
      switch result {
      case .nothing(let leftOut):
        if json {
          Terminal.write(SubmissionDocument(campaign: status.manifest.id, leftOut: leftOut).json)
        } else {
          Terminal.say("nothing is left for another round" + Self.suffix(leftOut))
        }
        // Also where lists are lost, so that nobody knows what is left.
        let isDone = collection.map { $0.exit == ExitStatus.allGone.rawValue } ?? true
        if let collection, leftOut == 0, !isDone { Terminal.warn(collection.sums.exitReason) }
        if leftOut > 0 || !isDone { throw ExitCode(ExitStatus.someNotGone.rawValue) }
        return
      case .made(let round, let notTried):
        leftOut = notTried
        Terminal.note(
          "round \(round.round)\(dryRun ? " would have" : ":") \(round.files) files in \(round.jobs.count) jobs"
            + Self.suffix(notTried))
      case .there(let round):
        Terminal.note("round \(round.round) was made before and not submitted: \(round.files) files")
      }
      try await submit(
        tools, like: status.rounds.compactMap(\.submission).last?.target, leftOut: leftOut, draft)
    } catch let code as ExitCode {
      throw code
    } catch {
      throw CommandFailure(error)
    }
  }

  /// How the campaign stands, without what jobs have left at a schedd: to fetch that is more than a dry run may do.
  private func uncollected(_ tools: CondorTools) async throws -> CampaignStatus {
    var status = try await CampaignStatus.read(campaign.directory, from: tools)
    if assumeLost { status.assumeLost() }
    let waiting = status.jobs.count(where: \.isAtSchedd)
    guard waiting == 0 else {
      throw CampaignError(
        .stoppedEarly,
        "the output of \(waiting) jobs is at the schedd, and a dry run does not fetch it: \"collect\" does")
    }
    return status
  }

  private func submit(
    _ tools: CondorTools, like earlier: Submission.Target?, leftOut: Int?, _ draft: NextRound.Draft?
  ) async throws {
    let submitter = CampaignSubmitter.make(campaign.directory, tools)
    switch try await submitter.prepare(
      what.options(target: targetOptions.target(earlier: earlier)), dryRun: dryRun, draft: draft,
      asksSchedd: false)
    {
    case .submitted(let submission, let manifest, let round):
      SubmissionText.print(
        submission, manifest, round, leftOut: leftOut, isNew: false, asJSON: json)
    case .ready(let prepared):
      for warning in prepared.warnings { Terminal.warn(warning) }
      if dryRun { return Terminal.write(Array(prepared.description.utf8)) }
      let done = try await submitter.submit(prepared) { Terminal.warn($0) }
      SubmissionText.print(
        done.submission, prepared.manifest, prepared.round, left: prepared.left, leftOut: leftOut,
        isNew: done.isNew, asJSON: json)
    }
  }

  private static func suffix(_ leftOut: Int) -> String {
    leftOut > 0 ? "; \(leftOut) that are not gone would not go in another round and are left out" : ""
  }
}
