import Deletion

/// Why something can't be done with a campaign: the exit code, and one line for a person.
public struct CampaignError: ExitingError, Sendable, Equatable {
  /// How the program ends.
  public var status: ExitStatus
  /// What is wrong, where, and what to do.
  public var description: String

  /// Makes the error.
  public init(_ status: ExitStatus, _ text: String) {
    self.status = status
    description = MessageText.oneLine(text, limit: 2048)
  }
}
