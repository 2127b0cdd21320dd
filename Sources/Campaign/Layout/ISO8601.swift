import FoundationEssentials

extension Date {
  /// A time as the documents of campaigns and of the cycle have it, in ISO 8601; nil for any other text.
  package init?(iso8601 text: String) {
    guard let date = try? Date(text, strategy: .iso8601) else { return nil }
    self = date
  }
}
