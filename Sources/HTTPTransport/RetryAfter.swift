import CLibCurl
import DeletionModel

/// A date in one of the three forms of HTTP (RFC 9110 section 5.6.7).
package enum HTTPDate {
  /// Seconds since 1970; nil for what is no date.
  package static func seconds(_ text: String) -> Int64? {
    let moment = curl_getdate(text, nil)
    return moment < 0 ? nil : Int64(moment)
  }
}

/// `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date.
package enum RetryAfter {
  /// How long to wait, never negative.
  /// - Parameters:
  ///   - text: the field's value.
  ///   - date: the server's own `Date`, which a date is counted from; its clock may be wrong, but then it is wrong
  ///     in both.
  ///   - now: seconds since 1970, for a server without a `Date`.
  /// - Returns: nil for what is neither.
  package static func duration(_ text: String, date: String?, now: Int64) -> Duration? {
    let value = MessageLines.trimmed(text)
    if !value.isEmpty, value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
      // A number out of range means: not in this run.
      return .seconds(min(Int64(value) ?? Int64.max, longest))
    }
    guard let moment = HTTPDate.seconds(value) else { return nil }
    let start = date.flatMap { HTTPDate.seconds($0) } ?? now
    return .seconds(min(max(0, moment - start), longest))
  }

  /// A year: nothing that is added to a clock may overflow.
  private static let longest: Int64 = 366 * 86_400
}
