/// `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date.
enum RetryAfter {
  /// How long to wait, never negative.
  /// - Parameters:
  ///   - text: the field's value.
  ///   - date: the server's own `Date`, which a date is counted from; its clock may be wrong, but then it is wrong
  ///     in both.
  ///   - now: seconds since 1970, for a server without a `Date`.
  /// - Returns: nil for what is neither.
  static func duration(_ text: String, date: String?, now: Int64) -> Duration? {
    let words = MessageWords.trimmed(text)
    if !words.isEmpty, words.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
      // A number beyond all measure means: not in this run.
      return .seconds(min(Int64(words) ?? Int64.max, longest))
    }
    guard let moment = HTTPDate.seconds(words) else { return nil }
    let start = date.flatMap { HTTPDate.seconds(MessageWords.trimmed($0)) } ?? now
    return .seconds(min(max(0, moment - start), longest))
  }

  /// A year: nothing that is added to a clock may overflow.
  private static let longest: Int64 = 366 * 86_400
}
