import CommandSupport
import JobReports

/// How long storage took to answer, as a histogram of characters.
enum LatencyText {
  /// How many bars there are at most.
  private static let bars = 16
  /// How many characters the longest bar has.
  private static let width = 50

  /// The percentiles, and a bar for each doubling of the time; nothing where no answer was counted.
  static func lines(_ latency: LatencyHistogram) -> [String] {
    guard latency.count > 0 else { return [] }
    let marks = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)].map {
      "\($0.0) \(LatencyHistogram.text(latency.percentile($0.1)))"
    }
    let bars = latency.bars(limit: bars)
    let most = bars.map(\.count).max() ?? 1
    let numbers = bars.map { "\($0.count)" }
    let digits = numbers.map(\.count).max() ?? 1
    return ["latency   \(marks.joined(separator: ", ")), longest \(LatencyHistogram.text(latency.max))"]
      + zip(bars, numbers).map { bar, number in
        let label = "up to \(LatencyHistogram.text(bar.upTo))"
        // What there is of anything shows.
        let length = bar.count == 0 ? 0 : max(1, bar.count * width / most)
        let line =
          "\(String(repeating: " ", count: max(0, 18 - label.count)))\(label) \(String(repeating: " ", count: digits - number.count))\(number)"
        return length == 0 ? line : "\(line) \(String(repeating: "#", count: length))"
      }
  }
}
