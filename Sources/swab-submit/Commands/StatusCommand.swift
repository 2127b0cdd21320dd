import ArgumentParser
import Campaign
import CommandSupport
import JobReports
import FoundationEssentials
import Glibc

/// `swab-submit status`.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show the state of a campaign's jobs.",
    discussion: """
      Reads the event log in the campaign's directory, and asks the schedd's queue and history for what has not ended by \
      it. Changes nothing. Where jobs have not ended and the schedd can't be asked, or does not know them, the exit code \
      is 69.
      """)

  @OptionGroup var campaign: CampaignArgument

  @Flag(name: .long, help: "Refresh until all jobs have finished. Ctrl-C stops it, with exit code 75.")
  var watch = false

  @Flag(name: .long, help: "Print JSON: every job with its state and why.")
  var json = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Explain the state of one job: a job of the campaign, such as 0007, or CLUSTER.PROC of any job.",
      valueName: "job"))
  var explain: String?

  /// How long to wait between two looks.
  private static let pause: Duration = .seconds(5)
  /// After so many looks in a row that did not tell how the jobs stand it gives up.
  private static let failureLimit = 3

  func validate() throws {
    if watch, json || explain != nil {
      throw ValidationError("--watch excludes --json and --explain")
    }
  }

  func run() async throws { try await Interruptible.run { try await work() } }

  private func work() async throws {
    let queue = CondorTools(environment: ProcessEnvironment.current)
    do {
      if let explain {
        for line in try await JobExplanation(explain, in: campaign.directory, from: queue).lines {
          Terminal.say(line)
        }
      } else if watch {
        try await watch(queue)
      } else {
        let status = try await CampaignStatus.read(campaign.directory, from: queue)
        if json {
          Terminal.write(StatusJSON.text(status))
        } else {
          for line in StatusText.lines(status) { Terminal.say(line) }
        }
        if status.isUncertain { throw ExitCode(ExitStatus.unavailable.rawValue) }
      }
    } catch let code as ExitCode {
      throw code
    } catch {
      throw CommandFailure(error)
    }
  }

  private func watch(_ queue: CondorTools) async throws {
    let redraws = isatty(1) == 1
    var before: CampaignStatus?
    var lastLine: String?
    var failures = 0
    while true {
      let status = try await CampaignStatus.read(campaign.directory, from: queue, before: before)
      if redraws {
        // To the first place, and everything away from there on.
        Terminal.write(
          Array(("\u{1B}[H\u{1B}[2J" + StatusText.lines(status).joined(separator: "\n") + "\n").utf8))
      } else {
        let line =
          StatusText.states(status.jobs.map { ($0.assessment.state, $0.files) }) + "  "
          + StatusText.progress(status, width: 20)
        if line != lastLine { Terminal.say("\(Date().formatted(.iso8601))  \(line)") }
        lastLine = line
      }
      // A schedd that is restarted answers soon; for one that does not answer nobody waits forever.
      failures = status.isUncertain ? failures + 1 : 0
      if failures == Self.failureLimit {
        for problem in status.problems { Terminal.complain(problem) }
        throw ExitCode(ExitStatus.unavailable.rawValue)
      }
      // Nothing comes of waiting for jobs that were never submitted, or that wait for "collect".
      let waits: [JobState] = [.planned, .submitting, .ended]
      if !status.jobs.contains(where: { $0.assessment.state.isToCome && !waits.contains($0.assessment.state) }
      ) {
        return
      }
      before = status
      try await Task.sleep(for: Self.pause)
    }
  }
}
