import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

@Suite("Latency") struct LatencyHistogramTests {
  @Test("percentiles are within an eighth", arguments: [0.000_001, 0.000_5, 0.02, 1, 59.9, 3600])
  func accuracy(seconds: Double) {
    var histogram = LatencyHistogram()
    for _ in 0..<100 { histogram.add(seconds) }
    histogram.add(seconds * 100)
    let median = histogram.percentile(0.5)
    #expect(median >= seconds * 0.99 && median <= seconds * 1.13 + 0.000_001)
    #expect(histogram.max == seconds * 100)
    #expect(histogram.percentile(1) == histogram.max)
  }

  @Test("no answers, odd answers")
  func odd() {
    var histogram = LatencyHistogram()
    #expect(histogram.percentile(0.99) == 0)
    for value in [0, -1, Double.nan, .infinity, 1e300] { histogram.add(value) }
    #expect(histogram.count == 5)
  }

  @Test("adding, and going through a report, lose nothing")
  func adding() {
    var left = LatencyHistogram()
    var right = LatencyHistogram()
    for value in 1...1000 { left.add(Double(value) / 1e4) }
    for value in 1...500 { right.add(Double(value) / 10) }
    var sum = left
    sum.add(LatencyHistogram(filled: right.filled, max: right.max))
    for value in 1...500 { left.add(Double(value) / 10) }
    #expect(sum == left)
  }

  private static let bars: [(times: [Double], limit: Int, counts: [Int])] = [
    ([], 10, []), ([0.000_009], 10, [1]), ([0.000_009, 0.000_010, 0.000_020], 10, [2, 1]),
    ([0.000_009, 0.000_070], 10, [1, 0, 0, 1]), ([0.000_009, 0.000_070], 2, [1, 1]),
    ([0.000_009, 0.000_070], 1, [2]), ([0, 1e300], 16, [1] + Array(repeating: 0, count: 12) + [1]),
  ]

  @Test("bars hold every answer, and are no more than wanted", arguments: bars)
  func complete(times: [Double], limit: Int, counts: [Int]) {
    var histogram = LatencyHistogram()
    for time in times { histogram.add(time) }
    let bars = histogram.bars(limit: limit)
    #expect(bars.map(\.count) == counts)
    #expect(zip(bars, bars.dropFirst()).allSatisfy { $0.upTo < $1.upTo })
    #expect(times.allSatisfy { time in bars.contains { time <= $0.upTo } || time > 1e7 })
  }
}
