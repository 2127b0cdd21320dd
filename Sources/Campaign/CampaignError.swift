import DeletionModel
import JobReports

/// Why something can't be done with a campaign: the exit code, and one line for a person.
package struct CampaignError: ExitingError, Sendable, Equatable {
  /// How the program ends.
  package var status: ExitStatus
  /// What is wrong, where, and what to do.
  package var description: String

  package init(_ status: ExitStatus, _ text: String) {
    self.status = status
    description = MessageText.oneLine(text, limit: 2048)
  }
}
