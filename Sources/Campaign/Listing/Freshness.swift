import FoundationEssentials

/// How old a list may be: files that it lists as unneeded may be in use again.
enum Freshness {
  /// How far ahead another machine's clock may be, in seconds.
  static let clockSkew = 3600.0

  /// - Parameters:
  ///   - maxAge: in hours.
  ///   - what: what it is about, for the message.
  /// - Throws: ``CampaignError`` for what is too old, or is of the future.
  static func check(made: Date, now: Date, maxAge: Double, what: String) throws(CampaignError) {
    let age = now.timeIntervalSince(made)
    guard age <= maxAge * 3600 else {
      throw CampaignError(
        .badInput,
        "\(what): made at \(made.formatted(.iso8601)), \(hours(age)) hours ago, and --max-age is \(hours(maxAge * 3600)) hours; get a newer list"
      )
    }
    guard age >= -clockSkew else {
      throw CampaignError(.badInput, "\(what): made at \(made.formatted(.iso8601)), which is in the future")
    }
  }

  /// When a campaign's jobs begin to refuse to run: when the list has reached its age, but not within a day of planning.
  static func expiry(made: Date, planned: Date, maxAge: Double) -> Date {
    max(made.addingTimeInterval(maxAge * 3600), planned.addingTimeInterval(86_400))
  }

  private static func hours(_ seconds: Double) -> String {
    let tenths = (seconds / 360).rounded() / 10
    return Int(exactly: tenths).map { "\($0)" } ?? "\(tenths)"
  }
}
