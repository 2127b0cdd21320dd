import CommandSupport
import DeletionEngine
import DeletionModel
import JobReports
import Synchronization

/// Measures how fast a run gets on.
final class ProgressMeter: Sendable {
  /// How many files are to be deleted.
  let total: Int
  private let recorder: ReportRecorder
  private let circuits: CircuitBoard
  private let time: any TimeSource
  private let began: Moment
  private let pace: Mutex<ProgressPace>

  /// - Parameter began: when the run did.
  init(
    total: Int, recorder: ReportRecorder, circuits: CircuitBoard, time: any TimeSource, began: Moment
  ) {
    self.total = total
    self.recorder = recorder
    self.circuits = circuits
    self.time = time
    self.began = began
    pace = Mutex(ProgressPace(at: time.now()))
  }

  /// How the files ended that have.
  var counts: OutcomeCounts { get async { await recorder.totals.counts } }

  /// How far it is now.
  ///
  /// - Parameter isEnd: whether nothing more will be done: the rate is that of the whole run, and nothing is waited for.
  func state(isEnd: Bool = false) async -> ProgressState {
    let totals = await recorder.totals
    let now = time.now()
    let asked = totals.counts.gone + totals.counts[.failed] - totals.storage.reduce(0) { $0 + $1.earlier }
    let rate = pace.withLock { isEnd ? $0.overall(asked, at: now) : $0.rate(asked, at: now) }
    return ProgressState(
      counts: totals.counts, total: total, freed: totals.freed, seconds: (now - began).inSeconds, rate: rate,
      waiting: isEnd ? [] : circuits.waiting, isEnd: isEnd)
  }
}

/// How many files a second a run has dealt with lately. Pure.
struct ProgressPace: Sendable {
  /// What happened longer ago than this counts only where nothing later is known.
  private static let memory = Duration.seconds(30)

  private var samples: [(asked: Int, moment: Moment)]

  /// - Parameter moment: when the first request could be sent.
  init(at moment: Moment) { samples = [(0, moment)] }

  /// Takes how many files the storage has been asked for so far; nil where no time has passed.
  mutating func rate(_ asked: Int, at now: Moment) -> Double? {
    samples.append((asked, now))
    // The last of those that are old is what the others are compared with. The first stays, for the rate of all.
    while samples.count > 3, now - samples[2].moment >= Self.memory { samples.remove(at: 1) }
    let isYoung = now - samples[0].moment < Self.memory
    return Self.rate(from: samples[isYoung ? 0 : 1], asked, now)
  }

  /// The rate of the whole run.
  func overall(_ asked: Int, at now: Moment) -> Double? { Self.rate(from: samples[0], asked, now) }

  private static func rate(from start: (asked: Int, moment: Moment), _ asked: Int, _ now: Moment) -> Double? {
    now > start.moment ? Double(max(0, asked - start.asked)) / (now - start.moment).inSeconds : nil
  }
}

/// How far a run has come at a moment.
struct ProgressState: Sendable {
  let counts: OutcomeCounts
  /// How many files are to be deleted.
  let total: Int
  /// What the deleted files had in them, as far as the storage has named their sizes.
  let freed: FreedBytes
  /// Since the run began.
  let seconds: Double
  /// Files a second; nil where that is not known.
  let rate: Double?
  /// The endpoints that are waited for.
  let waiting: [CircuitBoard.Waiting]
  /// Whether nothing more will be done.
  let isEnd: Bool

  /// How long it will take at this rate, in seconds; nil where that can't be said.
  var remaining: Double? {
    guard let rate, rate > 0, waiting.isEmpty, !isEnd, counts.requested < total else { return nil }
    return Double(total - counts.requested) / rate
  }

  /// A whole percentage, which is 100 only at the end.
  private var percent: Int { total > 0 ? counts.requested * 100 / total : 100 }

  /// `1200 of 5000 files (24 %): 1150 deleted, 40 absent, 10 failed; 43 files/s, 0:29 so far, 1:28 left, 1.2 TB freed;
  /// overload at https://h:443: next try in 12 s (HTTP 503: …)`.
  var line: String {
    let parts = Outcome.allCases.filter { counts[$0] > 0 }.map { "\(counts[$0]) \($0.label)" }
    let done = "\(counts.requested) of \(total) files (\(percent) %)"
    let speed = [rate.map(Self.rate), "\(Self.clock(seconds))\(isEnd ? "" : " so far")", left, size]
      .compactMap { $0 }
    return (parts.isEmpty ? done : "\(done): \(parts.joined(separator: ", "))")
      + "; \(speed.joined(separator: ", "))" + (wait.map { "; \($0)" } ?? "")
  }

  /// The same for a line of a terminal: what is waited for comes in the place of how long it takes.
  var shortLine: String {
    let failed = counts[.failed] > 0 ? "\(counts[.failed]) failed" : nil
    let parts = [
      "\(percent) % \(counts.requested) of \(total) files", failed, wait == nil ? rate.map(Self.rate) : nil,
      Self.clock(seconds), left, size,
    ]
    return parts.compactMap { $0 }.joined(separator: ", ") + (wait.map { "; \($0)" } ?? "")
  }

  /// The line for a log, with all of it in fields as well.
  var logLine: LogLine {
    var fields: [(key: String, value: LogLine.Value)] = [
      ("event", .text("progress")), ("total", .count(total)), ("done", .count(counts.requested)),
    ]
    fields += Outcome.allCases.map { ($0.rawValue, .count(counts[$0])) }
    if freed.bytes > 0 { fields.append(("bytesFreed", .count(freed.bytes))) }
    fields.append(("elapsedSeconds", .number(seconds)))
    if let rate { fields.append(("filesPerSecond", .number(rate))) }
    if let remaining { fields.append(("remainingSeconds", .number(remaining))) }
    if let first = waiting.first {
      fields.append(("waitingFor", .text(first.endpoint)))
      if let next = first.remaining { fields.append(("nextTrySeconds", .number(next.inSeconds))) }
    }
    return LogLine(.info, line, fields)
  }

  private var left: String? { remaining.map { "\(Self.clock($0)) left" } }

  private var size: String? { freed.bytes > 0 ? "\(freed.text) freed" : nil }

  /// `overload at https://h:443: next try in 12 s (HTTP 503: …)`.
  private var wait: String? {
    guard let first = waiting.first else { return nil }
    let next = first.remaining.map { "next try in \(Int($0.inSeconds.rounded(.up))) s" } ?? "trying it now"
    let others = waiting.count > 1 ? " and \(waiting.count - 1) other endpoints" : ""
    let reason = first.error.map { " (\($0.text))" } ?? ""
    return "\(Self.condition(first.error)) \(first.endpoint)\(others): \(next)\(reason)"
  }

  private static func condition(_ error: DeletionError?) -> String {
    guard let error else { return "no answer from" }
    return switch error.errorClass {
    case .overload: "overload at"
    case .auth: "refused by"
    default: error.isUnavailable ? "no answer from" : "failures at"
    }
  }

  private static func rate(_ rate: Double) -> String {
    rate < 10 ? "\((rate * 10).rounded() / 10) files/s" : "\(Int(rate.rounded())) files/s"
  }

  /// `0:29`, `1:02:03`.
  private static func clock(_ seconds: Double) -> String {
    // A rate that is next to nothing makes it longer than any number holds.
    let whole = Int(min(max(0, seconds), 360_000_000).rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
  }
}
