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
    let bytes = Array(text.utf8)
    guard let day = Self.fields(bytes, 0, "0000-00-00T"), let clock = Self.fields(bytes, 11, "00:00:00"),
      (1970...2261).contains(day[0]), (1...12).contains(day[1]), day[2] >= 1,
      day[2] <= Self.days(of: day[1], day[0]), clock[0] < 24, clock[1] < 60, clock[2] < 60
    else { return nil }
    var position = 19
    var fraction: Int64 = 0
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      var unit = Self.second / 10
      position += 1
      while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
        if unit == 0 { return nil }
        fraction += Int64(bytes[position] - 0x30) * unit
        unit /= 10
        position += 1
      }
      if unit == Self.second / 10 { return nil }
    }
    guard position < bytes.count else { return nil }
    var zone: Int64 = 0
    if bytes[position] != UInt8(ascii: "Z") || position + 1 < bytes.count {
      let isEast = bytes[position] == UInt8(ascii: "+")
      guard isEast || bytes[position] == UInt8(ascii: "-"), bytes.count == position + 6,
        let offset = Self.fields(bytes, position + 1, "00:00"), offset[0] < 24, offset[1] < 60
      else { return nil }
      zone = (offset[0] * 60 + offset[1]) * (isEast ? 60 : -60)
    }
    let seconds = Self.days(before: day[0], day[1]) + day[2] - 1
    self.init(
      seconds: seconds * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2] - zone, nanoseconds: fraction)
  }

  package static func < (left: StorageTime, right: StorageTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// In UTC, as it is read: `2026-01-31T12:00:00Z`, with a fraction where there is one.
  package var text: String {
    let time = max(0, nanoseconds)
    let day = time / Self.second / 86_400
    var (year, month) = (Int64(1970), Int64(1))
    while Self.days(before: year + 1, 1) <= day { year += 1 }
    while month < 12, Self.days(before: year, month + 1) <= day { month += 1 }
    let clock = time / Self.second % 86_400
    var text = Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-"
    text += Self.padded(day - Self.days(before: year, month) + 1, 2) + "T"
    text += Self.padded(clock / 3600, 2) + ":" + Self.padded(clock / 60 % 60, 2) + ":"
    text += Self.padded(clock % 60, 2)
    var (fraction, digits) = (time % Self.second, 9)
    if fraction > 0 {
      while fraction % 10 == 0 { (fraction, digits) = (fraction / 10, digits - 1) }
      text += "." + Self.padded(fraction, digits)
    }
    return text + "Z"
  }

  private static let second: Int64 = 1_000_000_000

  /// The numbers in a text of this form, in which a 0 stands for any digit; nil where it has another.
  private static func fields(_ bytes: [UInt8], _ start: Int, _ form: StaticString) -> [Int64]? {
    guard bytes.count >= start + form.utf8CodeUnitCount else { return nil }
    var fields: [Int64] = [0]
    for index in 0..<form.utf8CodeUnitCount {
      let (byte, wanted) = (bytes[start + index], form.utf8Start[index])
      if wanted == UInt8(ascii: "0"), (0x30...0x39).contains(byte) {
        fields[fields.count - 1] = fields[fields.count - 1] * 10 + Int64(byte - 0x30)
      } else if byte == wanted, wanted != UInt8(ascii: "0") {
        fields.append(0)
      } else {
        return nil
      }
    }
    return fields
  }

  private static func padded(_ number: Int64, _ digits: Int) -> String {
    let text = "\(number)"
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }

  private static func days(of month: Int64, _ year: Int64) -> Int64 {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return month == 2 ? (isLeap ? 29 : 28) : 30 + (month + month / 8) % 2
  }

  /// Days from 1970 to the first of a month of the Gregorian calendar.
  private static func days(before year: Int64, _ month: Int64) -> Int64 {
    let last = year - 1
    var days = 365 * (year - 1970) + last / 4 - last / 100 + last / 400 - 477
    for earlier in 1..<month { days += Self.days(of: earlier, year) }
    return days
  }
}
