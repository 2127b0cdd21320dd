/// What is wrong with a value, and what to do.
package struct SettingProblem: Error, CustomStringConvertible {
  package var text: String
  package var description: String { text }

  package init(_ text: String) { self.text = text }
}

/// Values of a configuration file that have a form.
package enum SettingValue {
  /// A whole number of a range.
  package static func number(_ text: String, in range: ClosedRange<Int>) throws(SettingProblem) -> Int {
    guard let number = Int(text), range.contains(number) else {
      throw SettingProblem("\"\(text)\" is no whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A number of a range.
  package static func decimal(_ text: String, in range: ClosedRange<Double>) throws(SettingProblem) -> Double
  {
    guard let number = Double(text), range.contains(number) else {
      throw SettingProblem("\"\(text)\" is no number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// `yes` or `no`.
  package static func flag(_ text: String) throws(SettingProblem) -> Bool {
    guard text == "yes" || text == "no" else { throw SettingProblem("\"\(text)\" is neither yes nor no") }
    return text == "yes"
  }

  /// What stands between blanks.
  package static func parts(_ text: String) -> [String] {
    text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
  }
}
