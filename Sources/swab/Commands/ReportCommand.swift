import ArgumentParser
import ByteStreams
import CommandSupport
import Deletion

/// `swab report`.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Read job reports.",
    subcommands: [SummaryCommand.self, MergeCommand.self, SchemaCommand.self])

  struct SummaryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "summary", abstract: "Show the sums of one or several reports.")

    @Argument(help: ArgumentHelp("Job reports, plain or gzipped.", valueName: "file"))
    var files: [String]

    @Flag(name: .long, help: "Print a report without its files instead.")
    var json = false

    func run() throws {
      do {
        let (header, state) = try ReportMerge.reading(files).report(
          tool: Version.tool("swab"), job: Machine.job(environment: ProcessEnvironment.current))
        if json {
          Terminal.write(ReportDocument.withoutFiles(header, state))
        } else {
          SummaryText.print(state, header, reportPath: nil)
        }
      } catch {
        throw CommandFailure(error)
      }
    }
  }

  struct MergeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "merge", abstract: "Put several reports together to one.")

    @Argument(help: ArgumentHelp("Job reports, plain or gzipped.", valueName: "file"))
    var files: [String]

    @Option(name: .shortAndLong, help: ArgumentHelp("Where the merged report goes.", valueName: "file"))
    var output: String

    func run() async throws {
      do {
        let merge = try ReportMerge.reading(files)
        let (header, state) = merge.report(
          tool: Version.tool("swab"), job: Machine.job(environment: ProcessEnvironment.current))
        do {
          try await merge.write(header, state, to: output)
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

    func run() { Terminal.say(JobReportSchema.text) }
  }
}

extension ReportMerge {
  /// The reports of these files.
  fileprivate static func reading(_ paths: [String]) throws -> ReportMerge {
    let folder = SpoolFile.folder(environment: ProcessEnvironment.current)
    return try ReportMerge(paths.map { try ReportFile($0, spoolFolder: folder) })
  }
}
