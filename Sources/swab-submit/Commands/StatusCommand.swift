import ArgumentParser
import Campaign
import CommandSupport
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// `swab-submit status`.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show how the jobs of a campaign stand.",
    discussion: """
      Asks the schedd's queue and history, and the event log in the campaign's folder where those know nothing any \
      more. Changes nothing.
      """)

  @OptionGroup var campaign: CampaignArgument

  @Flag(name: .long, help: "Go on until no job is to come; Ctrl-C ends it.")
  var watch = false

  @Flag(name: .long, help: "Print JSON: every job with its state and why.")
  var json = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Say why one job is in its state: a job of the campaign, such as 0007, or CLUSTER.PROC of any job.",
      valueName: "job"))
  var explain: String?

  /// How long to wait between two looks.
  private static let pause: Duration = .seconds(5)

  func validate() throws {
    if watch, json || explain != nil {
      throw ValidationError("--watch goes with neither --json nor --explain")
    }
  }

  func run() async throws {
    let queue = CondorTools(environment: ProcessEnvironment.current)
    do {
      if let explain {
        for line in try await JobExplanation(explain, in: campaign.folder, from: queue).lines {
          Terminal.say(line)
        }
      } else if watch {
        try await watch(queue)
      } else {
        let status = try await CampaignStatus.read(campaign.folder, from: queue)
        if json {
          Terminal.write(StatusJSON.text(status))
        } else {
          for line in StatusText.lines(status) { Terminal.say(line) }
        }
      }
    } catch {
      throw CommandFailure(error)
    }
  }

  private func watch(_ queue: CondorTools) async throws {
    let redraws = isatty(1) == 1
    var before: CampaignStatus?
    var lastLine: String?
    while true {
      let status = try await CampaignStatus.read(campaign.folder, from: queue, before: before)
      if redraws {
        // To the first place, and everything away from there on.
        Terminal.write(
          Array(("\u{1B}[H\u{1B}[2J" + StatusText.lines(status).joined(separator: "\n") + "\n").utf8))
      } else {
        let line =
          StatusText.states(status.jobs.map { ($0.verdict.state, $0.files) }) + "  "
          + StatusText.progress(status, width: 20)
        if line != lastLine { Terminal.say("\(Date().formatted(.iso8601))  \(line)") }
        lastLine = line
      }
      // Nothing comes of waiting for jobs that were never submitted, or that wait for "collect".
      let waits: [JobState] = [.planned, .submitting, .ended]
      if !status.jobs.contains(where: { $0.verdict.state.isToCome && !waits.contains($0.verdict.state) }) {
        return
      }
      before = status
      try await Task.sleep(for: Self.pause)
    }
  }
}
