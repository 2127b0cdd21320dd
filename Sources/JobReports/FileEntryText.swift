import DeletionModel
import ByteStreams

/// The three forms in which a report names a file.
package enum FileEntryText {
  /// One entry of `files`.
  package static func write(
    _ record: FileRecord, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.newline()
    json.beginObject()
    writeMembers(record, routes, to: &json)
    json.endObject()
  }

  /// What is inside of such an entry.
  package static func writeMembers(
    _ record: FileRecord, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.member("lfn", record.lfn)
    json.member("pfn", record.pfn)
    json.member("rse", rse(of: record, routes))
    json.member("backend", record.backend)
    json.member("outcome", record.outcome.rawValue)
    json.member("attempts", record.attempts)
    json.member("seconds", seconds: record.seconds)
    if let confirmedBy = record.confirmedBy {
      json.member("confirmedBy", confirmedBy)
    }
    if let failure = record.failure {
      json.beginObject("error")
      json.member("class", failure.kind)
      json.member("code", failure.code)
      json.member("message", failure.message)
      json.endObject()
    }
  }

  /// One entry of `cleanup.removed`, with the attributes that WMCore's report has
  /// (WMCore, FwkJobReport/Report.py, `addRemovedCleanupFile`).
  package static func writeRemoved(
    _ record: FileRecord, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.newline()
    json.beginObject()
    writeCleanupAttributes(record, routes, to: &json)
    json.endObject()
  }

  /// One entry of `cleanup.unremoved`, which WMCore makes and never fills.
  package static func writeUnremoved(
    _ record: FileRecord, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.newline()
    json.beginObject()
    writeCleanupAttributes(record, routes, to: &json)
    json.member("Outcome", record.outcome.rawValue)
    json.member("Reason", record.failure?.message)
    json.endObject()
  }

  private static func writeCleanupAttributes(
    _ record: FileRecord, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.member("LFN", record.lfn)
    json.member("PFN", record.pfn)
    json.member("PNN", rse(of: record, routes))
    json.member(
      "StageOutCommand", record.route.flatMap { routes.indices.contains($0) ? routes[$0].command : nil })
  }

  private static func rse(of record: FileRecord, _ routes: [DeletionRoute.Description]) -> String? {
    record.route.flatMap { routes.indices.contains($0) ? routes[$0].rse : nil }
  }
}

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
