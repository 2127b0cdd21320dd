/// How long storage took to answer: enough to tell percentiles within a tenth, in a fixed amount of memory, and
/// to be added to another one exactly.
package struct LatencyHistogram: Sendable, Equatable {
  /// Each power of two of microseconds is cut in eight.
  private static let parts = 8
  private static let size = 45 * parts

  private var counts: [Int]
  /// The longest time seen, in seconds.
  package private(set) var max = 0.0
  /// How many times were added.
  package private(set) var count = 0

  /// An empty histogram.
  package init() { counts = Array(repeating: 0, count: Self.size) }

  /// Adds a time in seconds.
  package mutating func add(_ seconds: Double) {
    counts[Self.bucket(of: seconds)] += 1
    count += 1
    max = Swift.max(max, seconds)
  }

  /// Adds all times of another histogram.
  package mutating func add(_ other: LatencyHistogram) {
    for (index, number) in other.counts.enumerated() { counts[index] += number }
    count += other.count
    max = Swift.max(max, other.max)
  }

  /// The time that so large a share of the answers did not exceed, in seconds; 0 without answers.
  ///
  /// - Parameter share: from 0 to 1.
  package func percentile(_ share: Double) -> Double {
    guard count > 0 else { return 0 }
    let rank = Swift.max(1, Int((Double(count) * share).rounded(.up)))
    var seen = 0
    for (index, number) in counts.enumerated() {
      seen += number
      if seen >= rank { return min(Self.upperBound(of: index), max) }
    }
    return max
  }

  /// The filled buckets as (number, count), and back: what a report carries so that reports can be merged.
  package var filled: [[Int]] {
    counts.enumerated().compactMap { $1 > 0 ? [$0, $1] : nil }
  }

  /// From what a report carries; buckets that don't exist are left out.
  package init(filled: [[Int]], max: Double) {
    self.init()
    for pair in filled where pair.count == 2 && counts.indices.contains(pair[0]) && pair[1] > 0 {
      counts[pair[0]] += pair[1]
      count += pair[1]
    }
    self.max = max
  }

  /// How many answers came within times that double from bar to bar; the first and the last are not empty. Where that
  /// would be more than `limit` bars, several doublings make one.
  package func bars(limit: Int) -> [(upTo: Double, count: Int)] {
    var bars = stride(from: 0, to: Self.size, by: Self.parts).map { start in
      (
        upTo: Self.upperBound(of: start + Self.parts - 1),
        count: counts[start..<start + Self.parts].reduce(0, +)
      )
    }
    bars = Array(bars.drop { $0.count == 0 })
    while let last = bars.last, last.count == 0 { bars.removeLast() }
    let step = (bars.count + Swift.max(1, limit) - 1) / Swift.max(1, limit)
    guard step > 1 else { return bars }
    return stride(from: 0, to: bars.count, by: step).map { start in
      let some = bars[start..<min(start + step, bars.count)]
      return (some.last?.upTo ?? 0, some.reduce(0) { $0 + $1.count })
    }
  }

  /// `8 µs`, `1.3 ms`, `131 ms`, `16.8 s`.
  package static func text(_ seconds: Double) -> String {
    let (value, unit) =
      seconds < 0.001 ? (seconds * 1e6, "µs") : seconds < 1 ? (seconds * 1000, "ms") : (seconds, "s")
    let number =
      value < 99.5 && unit != "µs"
      ? "\((value * 10).rounded() / 10)" : "\(Int(Swift.min(value, 1e9).rounded()))"
    return "\(number.hasSuffix(".0") ? String(number.dropLast(2)) : number) \(unit)"
  }

  private static func bucket(of seconds: Double) -> Int {
    guard seconds.isFinite, seconds > 0 else { return 0 }
    let micros = UInt64(min(seconds * 1e6, 1e13))
    if micros < UInt64(parts) { return Int(micros) }
    let power = 63 - micros.leadingZeroBitCount
    let part = Int((micros >> (power - 3)) & 7)
    return min((power - 2) * parts + part, size - 1)
  }

  private static func upperBound(of bucket: Int) -> Double {
    if bucket < parts { return Double(bucket + 1) / 1e6 }
    let power = bucket / parts + 2
    let width = Double(UInt64(1) << (power - 3))
    return (Double(UInt64(1) << power) + Double(bucket % parts + 1) * width) / 1e6
  }
}
