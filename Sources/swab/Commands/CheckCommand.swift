import ArgumentParser
import CommandSupport
import DeletionEngine
import JobReports

/// `swab check`.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Show what Swab would work with here: site, stage-out entries, tools, credentials, endpoints.",
    discussion: """
      Nothing is deleted, and no credential leaves the machine: an endpoint is only connected to. Ends with 78 when \
      no stage-out entry can be used, with 69 when no endpoint answers, else with 0.
      """)

  @OptionGroup(title: "Where") var site: SiteOptions

  @Flag(name: .long, help: "Connect to nothing.")
  var offline = false

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() async throws {
    let environment = ProcessEnvironment.current
    let setup: SiteSetup
    do {
      setup = try SiteSetup(
        site: site, rse: site.rse, backend: nil, override: nil, protectedLFNs: [],
        registry: .standard(time: SystemTime(), variables: environment), environment: environment,
        requiresRoute: false)
    } catch {
      throw CommandFailure(error)
    }
    let findings = await CheckFindings.gather(setup, environment: environment, offline: offline)
    if json {
      Terminal.write(CheckText.json(findings))
    } else {
      for line in CheckText.lines(findings) { Terminal.say(line) }
    }
    if setup.routes.isEmpty { throw ExitCode(ExitStatus.badSiteConfig.rawValue) }
    if !findings.endpoints.isEmpty, findings.endpoints.allSatisfy({ $0.finding?.state.isDead == true }) {
      throw ExitCode(ExitStatus.unavailable.rawValue)
    }
  }
}
