/// What was planned, for the person who has to agree to it.
public struct CampaignPlan: Sendable, Equatable, Codable {
  /// The value of `schema`.
  public static let schema = "swab.plan/1"

  /// Entries of the list that one safety rule refused.
  public struct Refused: Sendable, Equatable, Codable {
    /// The rule, as in job reports.
    public var rule: String
    /// How many entries.
    public var count: Int
    /// What was wrong with the first one.
    public var example: String
  }

  /// `swab.plan/1`.
  public var schema = Self.schema
  /// The campaign's folder, absolute.
  public var folder: String
  /// What is in `campaign.json`.
  public var campaign: CampaignManifest
  /// How many different protected LFNs there are.
  public var protectedEntries: Int
  /// What was refused, protection apart, the most first.
  public var refused: [Refused]
  /// Some of the files, from the whole list.
  public var sample: [String]
  /// What a person should know, a line each.
  public var warnings: [String]
}
