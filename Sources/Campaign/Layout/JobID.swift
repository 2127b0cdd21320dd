/// A job of a campaign: a number from 1, unique over all of its rounds, written with at least four digits.
package struct JobID: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The number.
  package var number: Int

  /// The job of this number.
  package init(_ number: Int) { self.number = number }

  /// Reads what ``description`` writes, with or without its zeros; nil for anything else.
  package init?(text: some StringProtocol) {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
      number > 0
    else { return nil }
    self.number = number
  }

  /// `0007`.
  package var description: String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// By number.
  package static func < (left: JobID, right: JobID) -> Bool { left.number < right.number }
}
