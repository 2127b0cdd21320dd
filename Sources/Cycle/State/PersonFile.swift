import Campaign
import FoundationEssentials

/// What a person has decided about an RSE, in a file of its own: a pass that is at work never writes over it.
package struct PersonFile: Sendable, Equatable, Codable {
  /// The value of `schema`.
  package static let schema = "swab.cycle-word/1"

  package var schema = PersonFile.schema
  /// When. ISO 8601.
  package var time: String
  /// Which user.
  package var user: String
  /// Why, if the person said so.
  package var reason: String?
  /// Of an approval: the campaign.
  package var campaign: String?

  package init(time: String, user: String, reason: String? = nil, campaign: String? = nil) {
    (self.time, self.user, self.reason, self.campaign) = (time, user, reason, campaign)
  }

  /// Reads one; nil where there is none. Throws ``CampaignError``.
  package static func read(_ path: String) throws -> PersonFile? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try CampaignFiles.read(path, schema)
  }
}
