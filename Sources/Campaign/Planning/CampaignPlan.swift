/// What was planned, for the person who has to agree to it.
package struct CampaignPlan: Sendable, Equatable, Codable {
  /// The value of `schema`.
  package static let schema = "swab.plan/1"

  /// Entries of the list that one safety rule refused.
  package struct Refused: Sendable, Equatable, Codable {
    /// The rule, as in job reports.
    package var rule: String
    /// How many entries.
    package var count: Int
    /// What was wrong with the first one.
    package var example: String
  }

  /// `swab.plan/1`.
  package var schema = Self.schema
  /// The campaign's directory, absolute.
  package var directory: String
  /// What is in `campaign.json`.
  package var campaign: CampaignManifest
  /// How many different protected LFNs there are.
  package var protectedEntries: Int
  /// What was refused, protection apart, the most first.
  package var refused: [Refused]
  /// Some of the files, from the whole list.
  package var sample: [String]
  /// What a person should know, a line each.
  package var warnings: [String]
}
