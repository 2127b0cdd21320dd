import Campaign
import FoundationEssentials

/// When something may be begun: `mon-fri 08:00-18:00Z`, several behind semicolons. Always in UTC.
///
/// Days and hours may be left out: `sat,sun`, `22:00-06:00Z`. A span that goes beyond midnight belongs to the day on which
/// it begins.
package struct TimeWindow: Sendable, Equatable {
  private struct Span: Sendable, Equatable {
    /// From Monday, 0, on.
    var days: Set<Int>
    /// Minutes since midnight; ``end`` is beyond 1440 where it is on the next day.
    var begin: Int
    var end: Int
  }

  private static let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
  private static let day = 1440

  private var spans: [Span] = []
  /// As it was written.
  package let text: String

  /// Reads a text.
  package init(_ text: String) throws(SettingProblem) {
    self.text = text
    for part in text.split(separator: ";") { spans.append(try Self.span(SettingValue.parts(String(part)))) }
    if spans.isEmpty { throw Self.problem(text) }
  }

  /// Whether a time is in it.
  package func contains(_ time: Date) -> Bool {
    let minutes = Int((time.timeIntervalSince1970 / 60).rounded(.down))
    // 1970-01-01 was a Thursday.
    let monday = minutes + 3 * Self.day
    let (weekday, minute) = (monday / Self.day % 7, monday % Self.day)
    return spans.contains { span in
      (span.days.contains(weekday) && span.begin <= minute && minute < span.end)
        || (span.days.contains((weekday + 6) % 7) && minute + Self.day < span.end)
    }
  }

  private static func span(_ parts: [String]) throws(SettingProblem) -> Span {
    guard (1...2).contains(parts.count), let last = parts.last else {
      throw problem(parts.joined(separator: " "))
    }
    let hasHours = last.contains(":")
    if parts.count == 2, !hasHours { throw problem(parts.joined(separator: " ")) }
    let days = hasHours && parts.count == 1 ? Set(0..<7) : try self.days(parts[0])
    let (begin, end) = hasHours ? try hours(last) : (0, day)
    return Span(days: days, begin: begin, end: end)
  }

  private static func days(_ text: String) throws(SettingProblem) -> Set<Int> {
    var days: Set<Int> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
      guard (1...2).contains(ends.count),
        let first = ends.first.flatMap({ names.firstIndex(of: String($0)) }),
        let last = ends.last.flatMap({ names.firstIndex(of: String($0)) })
      else { throw problem(text) }
      // Also fri-mon.
      for offset in 0...((last - first + 7) % 7) { days.insert((first + offset) % 7) }
    }
    return days
  }

  private static func hours(_ text: String) throws(SettingProblem) -> (Int, Int) {
    let ends = text.dropLast().split(separator: "-", omittingEmptySubsequences: false)
    guard text.hasSuffix("Z"), ends.count == 2, let begin = minute(ends[0]), let end = minute(ends[1]),
      begin != end, begin < day
    else { throw problem(text) }
    return (begin, end > begin ? end : end + day)
  }

  private static func minute(_ text: Substring) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int(parts[0]),
      let minute = Int(parts[1]), (0...59).contains(minute),
      (0...23).contains(hour) || (hour == 24 && minute == 0)
    else { return nil }
    return hour * 60 + minute
  }

  private static func problem(_ text: String) -> SettingProblem {
    SettingProblem("\"\(text)\" is no time such as \"mon-fri 08:00-18:00Z; sat,sun\" (UTC, with its Z)")
  }
}
