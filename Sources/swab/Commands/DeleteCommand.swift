import ArgumentParser
import JobReports

/// `swab delete`.
struct DeleteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", _superCommandName: "swab",
    abstract: "Delete files and report what became of each.",
    discussion: """
      Every list is read whole before anything is deleted, so that a damaged one deletes nothing. An LFN that \
      breaks a safety rule is refused and named in the report.

      Examples:
        swab delete --from list.txt.gz --protected protected.txt --dry-run -v
        swab delete --from list.txt.gz --protected protected.txt --report report.json.gz --journal list.journal
      """)

  @OptionGroup(title: "What") var lists: ListOptions
  @OptionGroup(title: "Where") var site: SiteOptions
  @OptionGroup(title: "How") var backends: BackendOptions
  @OptionGroup(title: "Safety") var safety: SafetyOptions
  @OptionGroup(title: "Pace") var pace: PaceOptions
  @OptionGroup(title: "Report") var report: DeleteReportOptions
  @OptionGroup(title: "Going on") var resume: ResumeOptions
  @OptionGroup(title: "Log") var log: LogOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A job file (swab.job/1); this command line overrides what it says.", valueName: "file"))
  var job: String?

  @Flag(
    name: .long,
    help:
      "At the end, remove the directories that deleted and absent files leave empty, up to the allowed roots. Over HTTP none is."
  )
  var pruneEmptyDirectories = false

  @Flag(name: .long, help: "Show what would be done, and delete nothing; -v names each file.")
  var dryRun = false

  mutating func run() async throws {
    let status = try await DeleteRun(command: self).run()
    if status != .allGone { throw ExitCode(status.rawValue) }
  }
}

/// What is reported, and where.
struct DeleteReportOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Write the job report here, gzipped where the name ends in .gz; - for standard output.",
      valueName: "file"))
  var report: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Which files the report names one by one: all, failed (everything that is not gone) or none. (default: all)",
      valueName: "which"))
  var reportFiles: ReportFiles?
}

extension ReportFiles: ExpressibleByArgument {}
