/// The three forms of a date in HTTP (RFC 9110 section 5.6.7).
enum HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Seconds since 1970; nil for what is no date.
  ///
  /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
  static func seconds(_ text: String) -> Int64? {
    let words = text.split { $0 == " " || $0 == "-" || $0 == "," }.map(String.init)
    if words.count == 6, words[5] == "GMT" {
      return seconds(year: words[3], month: words[2], day: words[1], time: words[4])
    }
    if words.count == 5 { return seconds(year: words[4], month: words[1], day: words[2], time: words[3]) }
    return nil
  }

  private static func seconds(year: String, month: String, day: String, time: String) -> Int64? {
    let clock = time.split(separator: ":", omittingEmptySubsequences: false).map { number(String($0)) }
    guard var year = number(year), let month = months.firstIndex(of: month), let day = number(day),
      (1...31).contains(day), clock.count == 3, let hour = clock[0], let minute = clock[1],
      let second = clock[2], hour < 24, minute < 60, second <= 60
    else { return nil }
    // Two digits mean the past 50 years or the coming ones; the past ones are never asked for here.
    if year < 100 { year += year < 70 ? 2000 : 1900 }
    return days(year: year, month: Int64(month) + 1, day: day) * 86_400 + hour * 3600 + minute * 60 + second
  }

  private static func number(_ text: String) -> Int64? {
    guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return Int64(text)
  }

  /// Days since 1970 in the Gregorian calendar, with years that begin in March, so that the leap day is last.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = year / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
