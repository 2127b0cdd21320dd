import ArgumentParser
import ByteStreams
import CommandSupport
import DeletionModel
import JobReports

/// `swab report`.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Read job reports.",
    subcommands: [SummaryCommand.self, MergeCommand.self, SchemaCommand.self])

  struct SummaryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "summary",
      abstract: "Show the totals of one or more reports, and how long storage took to answer.",
      discussion: """
        The time is that in which at least one of the runs was at work. A report that is named twice counts once.

        Example: swab report summary report.json.gz
        """)

    @Argument(help: ArgumentHelp("Job reports, plain or gzipped.", valueName: "file"))
    var files: [String]

    @OptionGroup var messages: MessageOptions

    @Flag(name: .long, help: "Print a report without its files instead.")
    var json = false

    func run() throws {
      do {
        let merge = try ReportMerge.reading(files)
        let (header, state) = merge.report(
          tool: Version.tool("swab"), job: Machine.job(environment: ProcessEnvironment.current))
        if json {
          // Of a single report what it says, whoever wrote it.
          Terminal.write(
            merge.onlyReport.map { $0 + [UInt8(ascii: "\n")] } ?? ReportDocument.withoutFiles(header, state))
        } else {
          Terminal.say("run       \(MessageText.oneLine(merge.runs, limit: 1024))")
          let lines = SummaryText.lines(state, header)
          // How it ended stands last.
          for line in lines.dropLast() + LatencyText.lines(state.totals.latency) + lines.suffix(1) {
            Terminal.say(line)
          }
        }
      } catch {
        throw CommandFailure(error)
      }
    }
  }

  struct MergeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "merge", abstract: "Merge several reports into one.",
      discussion: "A report that is named twice counts once.")

    @Argument(help: ArgumentHelp("Job reports, plain or gzipped.", valueName: "file"))
    var files: [String]

    @OptionGroup var messages: MessageOptions

    @Option(
      name: .shortAndLong,
      help: ArgumentHelp("Where the merged report goes; - for standard output.", valueName: "file"))
    var output: String

    func run() async throws {
      do {
        let merge = try ReportMerge.reading(files)
        let (header, state) = merge.report(
          tool: Version.tool("swab"), job: Machine.job(environment: ProcessEnvironment.current))
        do {
          try await merge.write(
            header, state, to: ReportTarget(option: output),
            temporary: SpoolFile.directory(environment: ProcessEnvironment.current))
        } catch {
          throw CommandFailure(.cannotReport, "the merged report can't be written: \(error)")
        }
      } catch {
        throw CommandFailure(error)
      }
    }
  }

  struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "schema", abstract: "Print the JSON Schema (draft 2020-12) of the job report.")

    @OptionGroup var messages: MessageOptions

    func run() { Terminal.say(JobReportSchema.text) }
  }
}

extension ReportMerge {
  /// The reports of these files.
  fileprivate static func reading(_ paths: [String]) throws -> ReportMerge {
    let directory = SpoolFile.directory(environment: ProcessEnvironment.current)
    let merge = try ReportMerge(paths.map { try ReportFile($0, spoolDirectory: directory) })
    for (name, first) in merge.repeated {
      Terminal.warn("\(name): the same report as \(first), counted once")
    }
    return merge
  }
}
