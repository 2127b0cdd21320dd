import FoundationEssentials

/// The times of a certificate (RFC 5280 section 4.1.2.5), both in UTC and with seconds.
enum DERTime {
  /// The moment that a UTCTime `YYMMDDHHMMSSZ` or a GeneralizedTime `YYYYMMDDHHMMSSZ` names.
  static func date(_ element: DERElement) throws(DERFlaw) -> Date {
    let yearDigits = try yearDigits(element.tag)
    guard element.content.count == yearDigits + 11, element.content.last == UInt8(ascii: "Z") else {
      throw DERFlaw()
    }
    var digits: [Int] = []
    for byte in element.content.dropLast() {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { throw DERFlaw() }
      digits.append(Int(byte - UInt8(ascii: "0")))
    }
    let yearText = digits[..<yearDigits].reduce(0) { $0 * 10 + $1 }
    // In UTCTime, 50 to 99 are the twentieth century.
    let year = yearDigits == 4 ? yearText : yearText + (yearText < 50 ? 2000 : 1900)
    let pairs = stride(from: yearDigits, to: digits.count, by: 2).map { digits[$0] * 10 + digits[$0 + 1] }
    let (month, day, hour, minute, second) = (pairs[0], pairs[1], pairs[2], pairs[3], pairs[4])
    guard (1...12).contains(month), (1...daysIn(month, of: year)).contains(day), hour < 24, minute < 60,
      second < 60
    else { throw DERFlaw() }
    let seconds = ((daysSince1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
    return Date(timeIntervalSince1970: Double(seconds))
  }

  private static func yearDigits(_ tag: UInt8) throws(DERFlaw) -> Int {
    switch tag {
    case DERElement.utcTime: 2
    case DERElement.generalizedTime: 4
    default: throw DERFlaw()
    }
  }

  private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func daysIn(_ month: Int, of year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// In the Gregorian calendar: whole years, then whole months, then days.
  private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let before = year - 1
    // 719,162 days lie between the first of January of the years 1 and 1970. The year 0 is one leap year earlier.
    let toYear = year == 0 ? -366 : before * 365 + before / 4 - before / 100 + before / 400
    let toMonth = (1..<month).reduce(0) { $0 + daysIn($1, of: year) }
    return toYear + toMonth + day - 1 - 719_162
  }
}
