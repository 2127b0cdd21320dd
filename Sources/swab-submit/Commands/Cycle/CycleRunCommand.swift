import ArgumentParser
import ByteStreams
import Campaign
import CommandSupport
import Cycle
import DeletionModel
import JobReports
import FoundationEssentials

/// `swab-submit cycle run`.
struct CycleRunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "One pass over all RSEs.",
    discussion: """
      Can be killed at any moment and started again: no scan is planned twice, and no job submitted twice. A second pass on \
      the same machine ends with exit code 75. The exit code is 0 when every RSE was looked at, whatever was found; 69 when \
      nothing could be reached for any of them; 75 when the pass was stopped.
      """)

  @OptionGroup var options: CycleOptions

  @Option(name: .long, help: ArgumentHelp("Only this RSE. May be given more than once.", valueName: "rse"))
  var only: [String] = []

  @Flag(name: .long, help: "Do nothing, and print what would be done.")
  var dryRun = false

  @Flag(name: .long, help: "Print how all RSEs stand as JSON, as in status.json.")
  var json = false

  func run() async throws {
    let stop = StopSignal()
    let watch = SignalWatch { stop.stop($0) }
    defer { withExtendedLifetime(watch) {} }
    do {
      try await pass(stop)
    } catch let code as ExitCode {
      throw code
    } catch {
      throw CommandFailure(error)
    }
  }

  private func pass(_ stop: StopSignal) async throws {
    var file = try options.file()
    let lock = dryRun ? nil : try CyclePass.lock(StateDirectory(file.cycle.state))
    defer { withExtendedLifetime(lock) {} }
    let begun = Date()
    let survey = await FleetSurvey(file, environment: ProcessEnvironment.current).update(
      now: begun, keeping: !dryRun, stop: stop)
    for problem in survey.problems { Terminal.warn(problem) }
    file = file.with(survey.fleet, now: begun)
    for rse in only { try file.check(rse) }
    let pass = CyclePass(file, RealCampaignWork.ofCommand, isDryRun: dryRun)
    if file.rses.isEmpty, !survey.problems.isEmpty {
      throw CommandFailure(.unavailable, "no RSE is known, and Rucio has not told of any")
    }
    guard !file.followed.isEmpty else {
      throw CommandFailure(
        .badSiteConfig, "\(file.name) names no RSE: add [rse NAME] sections, or rses = … in [cycle]")
    }
    let summary = try await pass.run(only: only.isEmpty ? nil : only, stop: stop)
    let status = CycleStatus(file, states: summary.states, now: Date())
    var unwritten: [String] = []
    if !dryRun {
      let seconds = Date().timeIntervalSince(begun)
      unwritten = write(status, file, seconds: seconds)
      // Also where the disk is full: then nobody learns it otherwise. With RSEs that were not asked for this would not be the whole truth.
      if only.isEmpty, stop.reason == nil {
        for problem in await CycleNotifier(file, environment: ProcessEnvironment.current).notify(
          status, seconds: seconds)
        {
          Terminal.warn(problem)
        }
      }
    }
    if json {
      Terminal.write(status.json)
    } else {
      for line in CycleText.lines(status, only: only.isEmpty ? nil : only) { Terminal.say(line) }
    }
    for rse in summary.hanging {
      Terminal.complain("\(rse): it did not end when its time was over, and is left to itself")
    }
    if let first = unwritten.first {
      let more = unwritten.count > 1 ? "; and \(unwritten.count - 1) more files can't be written" : ""
      let failure = CommandFailure(.cannotReport, first + more)
      if stop.reason == nil { throw failure }
      Terminal.complain(failure.description)
    }
    if stop.reason != nil { throw ExitCode(ExitStatus.stoppedEarly.rawValue) }
    let asked = summary.states.filter { !Self.unasked.contains($0.reason) && $0.phase != .resting }
    if !asked.isEmpty, asked.allSatisfy({ Self.outOfReach.contains($0.reason) }) {
      throw CommandFailure(
        .unavailable, "nothing could be reached for any RSE; \"cycle explain RSE\" says what")
    }
  }

  /// For these nobody was asked anything.
  private static let unasked: Set<Reason> = [
    .frozen, .disabled, .outsideWindow, .unmapped, .noCredentials, .leasedElsewhere,
  ]
  private static let outOfReach: Set<Reason> = [
    .monitorUnavailable, .scheddUnavailable, .scheddRefused, .protectedMissing, .rucioSilent,
  ]

  /// Writes what can be written.
  ///
  /// - Returns: why some of it could not be, a line each.
  private func write(_ status: CycleStatus, _ file: CycleFile, seconds: Double) -> [String] {
    let directory = StateDirectory(file.cycle.state)
    var problems: [String] = []
    do { try status.write(to: directory) } catch { problems.append("\(error)") }
    do { try CycleMetrics.write(status, seconds: seconds, to: directory) } catch {
      problems.append("\(error)")
    }
    return problems + CyclePage.write(status, file)
  }
}

extension RealCampaignWork {
  /// As the commands for single campaigns do it.
  static var ofCommand: RealCampaignWork {
    RealCampaignWork(
      environment: ProcessEnvironment.current, tool: "swab-submit \(Release.version) (\(Version.commit))",
      credentials: .ofThisMachine
    ) { campaign in
      let collected = try await CampaignCollection(campaign).run()
      // That there is no page is no reason to stop.
      try? HTMLPage.write(collected.1.page, to: campaign.path + "/index.html")
      return collected
    }
  }
}
