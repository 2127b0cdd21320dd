import ArgumentParser
import CommandSupport
import JobReports

/// `swab schema`.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print the JSON Schema (draft 2020-12) of a document.",
    discussion: """
      Members may be added to a document at any time, and values to its classes and codes; nothing else changes without \
      another number behind its name.

      Example: swab schema report
      """)

  /// The documents that `swab` reads or prints.
  enum Document: String, ExpressibleByArgument, CaseIterable {
    case report, job, check, backends, resolve

    var text: String {
      switch self {
      case .report: JobReportSchema.text
      case .job: SchemaTexts.job
      case .check: SchemaTexts.check
      case .backends: SchemaTexts.backends
      case .resolve: SchemaTexts.resolve
      }
    }
  }

  @Argument(help: "Which document.")
  var document: Document
  @OptionGroup var messages: MessageOptions

  func run() { Terminal.say(document.text) }
}
