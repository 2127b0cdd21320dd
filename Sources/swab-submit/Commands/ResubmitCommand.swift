import ArgumentParser
import Campaign
import CommandSupport
import Deletion
import FoundationEssentials

/// `swab-submit resubmit`.
struct ResubmitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resubmit",
    abstract: "Submit what is left as the next round.",
    discussion: """
      Collects first. The next round has the files that are not gone, without those that the safety rules refuse or \
      that the storage will never delete. It goes to where the round before went, unless said otherwise. Refused while \
      jobs have not ended, so that no file is ever in two jobs: wait, or "remove" them.
      """)

  @OptionGroup var campaign: CampaignArgument
  @OptionGroup(title: "Where") var place: TargetOptions
  @OptionGroup(title: "What") var what: JobOptions

  @Flag(name: .long, help: "Make the round and print its submit description, but don't submit.")
  var dryRun = false

  func run() async throws {
    do {
      let tools = CondorTools(environment: ProcessEnvironment.current)
      let (status, _) = try await CampaignCollection(campaign.folder).run()
      switch try NextRound(campaign.folder, now: Date()).make(status) {
      case .nothing(let leftOut):
        Terminal.say("nothing is left for another round" + Self.words(leftOut))
        if leftOut > 0 { throw ExitCode(ExitStatus.someNotGone.rawValue) }
        return
      case .made(let round, let leftOut):
        Terminal.note(
          "round \(round.round): \(round.files) files in \(round.jobs.count) jobs" + Self.words(leftOut))
      case .there(let round):
        Terminal.note("round \(round.round) was made before and not submitted: \(round.files) files")
      }
      try await submit(tools, like: status.rounds.compactMap(\.submission).last?.target)
    } catch let code as ExitCode {
      throw code
    } catch {
      throw CommandFailure(error)
    }
  }

  private func submit(_ tools: CondorTools, like earlier: Submission.Target?) async throws {
    let submitter = CampaignSubmitter.make(campaign.folder, tools)
    switch try await submitter.prepare(what.options(target: place.target(earlier: earlier)), dryRun: dryRun) {
    case .submitted(let submission, let manifest, let round):
      SubmissionText.print(submission, manifest, round, isNew: false, asJSON: false)
    case .ready(let prepared):
      for warning in prepared.warnings { Terminal.complain("warning: \(warning)") }
      if dryRun { return Terminal.write(Array(prepared.description.utf8)) }
      let submission = try await submitter.submit(prepared)
      SubmissionText.print(submission, prepared.manifest, prepared.round, isNew: true, asJSON: false)
    }
  }

  private static func words(_ leftOut: Int) -> String {
    leftOut > 0 ? "; \(leftOut) that are not gone would not go in another round and are left out" : ""
  }
}
