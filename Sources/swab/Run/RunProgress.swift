import ArgumentParser
import CommandSupport
import CondorJob
import DeletionEngine
import DeletionModel
import JobReports
import RunJournal
import Dispatch
import Logging
import Synchronization
import SystemPackage
import Glibc

/// Lets a run be followed: on standard error, and in its job ad.
struct RunMonitor {
  private let report: ProgressReport?
  private let jobAd: JobAdProgress?
  private let counts: @Sendable () async -> OutcomeCounts

  /// Nil where nobody follows.
  init?(
    total: Int, recorder: ReportRecorder, circuits: CircuitBoard, _ options: LogOptions,
    environment: [String: String], log: Logger
  ) {
    counts = { await recorder.totals.counts }
    report = ProgressReport(
      options.progress, quiet: options.quiet, total: total, counts: counts, circuits: circuits)
    jobAd = JobAdProgress(environment: environment, total: total, log: log)
    if report == nil, jobAd == nil { return nil }
  }

  /// Does the work.
  func during(stop: StopSignal, _ work: () async throws -> Void) async throws {
    func shown() async throws {
      if let report { try await report.during(work) } else { try await work() }
    }
    guard let jobAd else { return try await shown() }
    // Not at once: what an earlier run has settled is known when the lists have been read.
    try await PeriodicTask.every(
      JobAdProgress.interval, first: .seconds(2), { await jobAd.tell(counts()) }, during: shown)
    // Who was told to stop has no time for a starter that is slow.
    if stop.reason == nil { await jobAd.tell(counts()) }
  }
}

/// Says on standard error how far a run has come: on a terminal in one line that changes every second, else in a
/// line every ten seconds.
struct ProgressReport: Sendable {
  /// When it is said.
  enum Mode: String, ExpressibleByArgument, CaseIterable {
    /// On a terminal.
    case auto
    case on, off
  }

  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let total: Int
  private let counts: @Sendable () async -> OutcomeCounts
  private let circuits: CircuitBoard

  /// Nil where nothing is to be said.
  init?(
    _ mode: Mode, quiet: Bool, total: Int, counts: @escaping @Sendable () async -> OutcomeCounts,
    circuits: CircuitBoard
  ) {
    guard mode == .on || (mode == .auto && !quiet && isatty(STDERR_FILENO) == 1) else { return nil }
    self.total = total
    self.circuits = circuits
    self.counts = counts
  }

  /// Speaks until the work is done, and once more then.
  func during(_ work: () async throws -> Void) async throws {
    try await PeriodicTask.every(
      isTerminal ? .seconds(1) : .seconds(10), { await say(isLast: false) }, during: work)
    await say(isLast: true)
  }

  private func say(isLast: Bool) async {
    let line = ProgressText.line(await counts(), of: total, waiting: isLast ? [] : circuits.waiting)
    if Task.isCancelled, !isLast { return }
    // To the beginning of the line, which is cleared first.
    let text = isTerminal ? "\r\u{1b}[K\(line)\(isLast ? "\n" : "")" : "swab: \(line)\n"
    _ = try? FileDescriptor.standardError.writeAll(text.utf8)
  }
}

/// Puts the progress of a run into the job ad: `ChirpSwabTotal`, `ChirpSwabDone`, `ChirpSwabDeleted`,
/// `ChirpSwabAbsent`, `ChirpSwabFailed` and `ChirpSwabRefused`.
struct JobAdProgress {
  private let chirp: ChirpClient
  private let total: Int
  private let log: Logger

  /// Nil outside of HTCondor.
  init?(environment: [String: String], total: Int, log: Logger) {
    guard let chirp = ChirpClient(environment: environment) else { return nil }
    self.chirp = chirp
    self.total = total
    self.log = log
  }

  /// How often the counts are handed over.
  static let interval = Duration.seconds(20)

  /// Hands the counts over, on a thread of Dispatch: a starter that hangs must not stop Swift's tasks.
  func tell(_ counts: OutcomeCounts) async {
    let attributes = [
      ("ChirpSwabTotal", total), ("ChirpSwabDone", counts.requested), ("ChirpSwabDeleted", counts[.deleted]),
      ("ChirpSwabAbsent", counts[.absent]), ("ChirpSwabFailed", counts[.failed]),
      ("ChirpSwabRefused", counts[.refused]),
    ]
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      DispatchQueue.global().async {
        do throws(ChirpError) {
          try chirp.set(attributes)
        } catch {
          log.info("the progress is not in the job ad: \(error)")
        }
        done.resume()
      }
    }
  }
}

/// Something that is done from time to time during the work.
enum PeriodicTask {
  /// Does `tick` after `first`, and then each time that `interval` has passed, until `work` is done; what it is about then
  /// is waited for.
  static func every(
    _ interval: Duration, first: Duration? = nil, _ tick: @escaping @Sendable () async -> Void,
    during work: () async throws -> Void
  ) async rethrows {
    let ticker = Task {
      var pause = first ?? interval
      while (try? await Task.sleep(for: pause)) != nil {
        await tick()
        pause = interval
      }
    }
    do {
      try await work()
    } catch {
      ticker.cancel()
      throw error
    }
    ticker.cancel()
    await ticker.value
  }
}

/// How far a run has come, in one line.
enum ProgressText {
  /// Such as `1200 of 5000 files: 1150 deleted, 40 absent, 10 failed; waiting for root://h:1094: next try in 8 s`.
  static func line(_ counts: OutcomeCounts, of total: Int, waiting: [CircuitBoard.Waiting] = []) -> String {
    let parts = Outcome.allCases.filter { counts[$0] > 0 }.map { "\(counts[$0]) \(word($0))" }
    let done = "\(counts.requested) of \(total) files"
    return (parts.isEmpty ? done : "\(done): \(parts.joined(separator: ", "))") + text(waiting)
  }

  private static func text(_ waiting: [CircuitBoard.Waiting]) -> String {
    guard let first = waiting.first else { return "" }
    let next = first.remaining.map { "next try in \(Int($0.inSeconds.rounded(.up))) s" } ?? "trying"
    let others = waiting.count > 1 ? " and \(waiting.count - 1) other endpoints" : ""
    return "; waiting for \(first.endpoint)\(others): \(next) (\(first.reason))"
  }

  private static func word(_ outcome: Outcome) -> String {
    outcome == .notAttempted ? "not attempted" : outcome.rawValue
  }
}

/// Writes what waits in a journal five times a second, and brings it to the disk every five seconds.
final class JournalUpkeep {
  private let timer: any DispatchSourceTimer

  /// Begins. On threads of Dispatch: a disk that is slow must not stop Swift's tasks.
  init(_ journal: Journal) {
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "swab.journal"))
    var turns = 0
    timer.setEventHandler {
      turns += 1
      if turns % 25 == 0 { journal.synchronize() } else { journal.flush() }
    }
    timer.schedule(deadline: .now() + .milliseconds(200), repeating: .milliseconds(200))
    timer.resume()
  }

  deinit { timer.cancel() }
}

/// Ends the process when it is to stop before its work has begun.
///
/// Until then it reads lists and configurations, and a pipe that nobody writes to or a file system that hangs
/// can't be interrupted. Nothing has been deleted yet, so nothing is lost.
final class EarlyEnd: Sendable {
  /// The report to leave; nil before there is one, and once the work has begun.
  private let report = Mutex<RunReport?>(nil)

  /// From now on a stop ends the process.
  func arm(_ report: RunReport) { self.report.withLock { $0 = report } }

  /// From now on a stop is left to the engine.
  func disarm() { report.withLock { $0 = nil } }

  /// Leaves the report and ends the process, if it is still time for that.
  ///
  /// On a thread of Dispatch, because those of Swift's tasks may all be busy reading.
  func end(_ reason: StopReason) {
    report.withLock { report in
      guard let report else { return }
      let failure = report.failure(stoppedBy: reason)
      try? report.abandonUnbegun(failure)
      Terminal.complain(failure.description)
      _exit(failure.status.rawValue)
    }
  }

  /// Ends the process so many seconds from now.
  func end(after seconds: Double) {
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds) {
      self.end(.deadline)
      LastResort.putOff()
    }
  }
}
