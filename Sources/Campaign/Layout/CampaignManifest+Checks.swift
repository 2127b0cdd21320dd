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

  /// Refuses a campaign of more files than it may have. Throws ``CampaignError``.
  ///
  /// - Parameters:
  ///   - maxDelete: so many it may have; nil: any number.
  ///   - undone: what is then not done: "planned".
  func check(maxDelete: Int?, not undone: String) throws(CampaignError) {
    guard let maxDelete, counts.files > maxDelete else { return }
    throw CampaignError(
      .badInput,
      "\(source.location): the campaign has \(counts.files) files, and max-delete allows \(maxDelete); nothing was \(undone): "
        + "see whether the list is the right one, and raise max-delete where it is")
  }
}
