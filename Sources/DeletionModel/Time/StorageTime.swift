import FoundationEssentials

/// A moment of the calendar as storages tell it, to the nanosecond, between 1970 and 2262.
package struct StorageTime: Sendable, Comparable {
  /// Since 1970.
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// - Parameter seconds: since 1970; beyond what can be held it is the first or the last moment.
  package init(seconds: Int64, nanoseconds: Int64 = 0) {
    let (whole, isTooLarge) = seconds.multipliedReportingOverflow(by: Self.second)
    let (sum, isOver) = whole.addingReportingOverflow(nanoseconds)
    self.nanoseconds = isTooLarge || isOver ? (seconds < 0 ? .min : .max) : sum
  }

  /// Reads a time of ISO 8601 in the form of RFC 3339, such as `2026-01-31T12:00:00Z` or `2026-01-31T13:00:00.25+01:00`; nil
  /// for anything else, and for one without a time zone: it could be any of 26 hours.
  package init?(_ text: String) {
    let rest = text.dropFirst(19)
    let digits = rest.first == "." ? rest.dropFirst().prefix { $0.isASCII && $0.isNumber } : ""
    let zone = rest.dropFirst(digits.isEmpty ? 0 : digits.count + 1)
    guard let seconds = Self.seconds(text.prefix(19)), (0..<9_214_646_400).contains(seconds),
      digits.count <= 9, let fraction = Int64(digits + String(repeating: "0", count: 9 - digits.count))
    else { return nil }
    if zone == "Z" {
      self.init(seconds: seconds, nanoseconds: fraction)
    } else {
      guard zone.first == "+" || zone.first == "-",
        let offset = Self.seconds("1970-01-01T\(zone.dropFirst()):00")
      else { return nil }
      self.init(seconds: seconds + (zone.first == "+" ? -offset : offset), nanoseconds: fraction)
    }
  }

  package static func < (left: StorageTime, right: StorageTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// In UTC, as it is read: `2026-01-31T12:00:00Z`, with a fraction where there is one.
  package var text: String {
    let time = max(0, nanoseconds)
    let text = Date(timeIntervalSince1970: Double(time / Self.second)).formatted(.iso8601)
    var fraction = String(Self.second + time % Self.second).dropFirst()
    while fraction.last == "0" { fraction.removeLast() }
    return fraction.isEmpty ? text : "\(text.dropLast()).\(fraction)Z"
  }

  private static let second: Int64 = 1_000_000_000

  /// Since 1970; nil for anything but a time in UTC without its `Z`. `Date` takes forms that are no RFC 3339, and days that
  /// no month has, but writes neither.
  private static func seconds(_ text: some StringProtocol) -> Int64? {
    guard let date = try? Date("\(text)Z", strategy: .iso8601), date.formatted(.iso8601) == "\(text)Z"
    else { return nil }
    return Int64(date.timeIntervalSince1970)
  }
}
