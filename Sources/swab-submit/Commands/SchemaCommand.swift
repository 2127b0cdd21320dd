import ArgumentParser
import Campaign
import CommandSupport
import Cycle

/// `swab-submit schema`.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print the JSON Schema (draft 2020-12) of a document.",
    discussion: """
      Members may be added to a document at any time, and values to its classes and codes; nothing else changes without \
      another number behind its name. "swab schema" has the job file and the job report.
      """)

  /// The documents that `swab-submit` prints.
  enum Document: String, ExpressibleByArgument, CaseIterable {
    case report, plan, submit, remove, status
    case cycleStatus = "cycle-status"
    case cycleExplanation = "cycle-explanation"
    case cycleConfig = "cycle-config"
    case cycleWord = "cycle-word"
    case cycleUnfreeze = "cycle-unfreeze"

    var text: String {
      switch self {
      case .report: CampaignReportSchema.text
      case .plan: PlanSchema.text
      case .submit: SubmissionDocument.schemaText
      case .remove: RemovalDocument.schemaText
      case .status: StatusSchema.text
      case .cycleStatus: CycleStatusSchema.text
      case .cycleExplanation: ExplanationDocument.schemaText
      case .cycleConfig: ConfigurationDocument.schemaText
      case .cycleWord: PersonFile.schemaText
      case .cycleUnfreeze: UnfreezeDocument.schemaText
      }
    }
  }

  @Argument(help: "Which document.")
  var document: Document
  @OptionGroup var messages: MessageOptions

  func run() { Terminal.say(document.text) }
}
