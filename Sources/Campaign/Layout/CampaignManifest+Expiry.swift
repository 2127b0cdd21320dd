import FoundationEssentials

extension CampaignManifest {
  /// ``expires`` as a time. Throws ``CampaignError`` where it is none.
  func expiry() throws(CampaignError) -> Date {
    guard let end = try? Date(expires, strategy: .iso8601) else {
      throw CampaignError(
        .badInput, "campaign.json: \"expires\" is \"\(expires)\", which is no ISO 8601 time")
    }
    return end
  }

  /// Refuses a campaign whose list has grown old. Throws ``CampaignError``.
  func checkExpiry(now: Date) throws(CampaignError) {
    guard now < (try expiry()) else {
      throw CampaignError(.badInput, "the campaign expired at \(expires): plan it again from a fresh list")
    }
  }
}
