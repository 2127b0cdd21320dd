import ArgumentParser
import CommandSupport
import CondorJob
import DeletionModel
import JobReports
import Logging
import Synchronization
import SystemPackage
import Threads

/// Lets a run be followed: on standard error, and in its job ad.
struct RunMonitor {
  private let meter: ProgressMeter
  private let report: ProgressReport?
  private let jobAd: JobAdProgress?

  init(_ meter: ProgressMeter, _ options: LogOptions, environment: [String: String], log: Logger) {
    self.meter = meter
    report = ProgressReport(options.progress, quiet: options.quiet, meter)
    jobAd = JobAdProgress(environment: environment, total: meter.total, log: log)
  }

  /// Does the work.
  ///
  /// - Parameter request: who asks how far the run is gets the answer from here meanwhile.
  func during(stop: StopSignal, _ request: StateRequest, _ work: () async throws -> Void) async throws {
    request.answer { [meter] in Task { LogOutput.writeSentence(await meter.state().logLine) } }
    defer { request.answer(with: "the files have been dealt with; the report is being written") }
    func shown() async throws {
      if let report { try await report.during(work) } else { try await work() }
    }
    guard let jobAd else { return try await shown() }
    // Not at once: what an earlier run has settled is known when the lists have been read.
    try await PeriodicTask.every(
      JobAdProgress.interval, first: .seconds(2), { await jobAd.tell(meter.counts) }, during: shown)
    // Who was told to stop has no time for a starter that is slow.
    if stop.reason == nil { await jobAd.tell(meter.counts) }
  }
}

/// Answers who asks, with SIGUSR1, how far the run is.
final class StateRequest: Sendable {
  private let speaker = Mutex<@Sendable () -> Void>({})

  init() { answer(with: "the configuration and the lists are being read; nothing has been deleted yet") }

  /// Says how far the run is.
  func callAsFunction() { speaker.withLock { $0 }() }

  /// From now on this answers.
  func answer(_ speak: @escaping @Sendable () -> Void) { speaker.withLock { $0 = speak } }

  /// From now on this is the answer.
  func answer(with sentence: String) { answer { LogOutput.writeSentence(LogLine(.info, sentence)) } }
}

/// Says on standard error how far a run has come: on a terminal in one line that changes every second, else in log lines,
/// each after twice the time of the one before.
struct ProgressReport: Sendable {
  /// When it is said.
  enum Mode: String, ExpressibleByArgument, CaseIterable {
    /// Unless the run is to be quiet.
    case auto
    case on, off
  }

  /// The time to the first log line, and the longest between two.
  private static let interval = (first: Duration.seconds(10), longest: Duration.seconds(600))

  private let meter: ProgressMeter
  private let saysEnd: Bool

  /// Nil where nothing is to be said.
  init?(_ mode: Mode, quiet: Bool, _ meter: ProgressMeter) {
    guard mode == .on || (mode == .auto && !quiet) else { return nil }
    self.meter = meter
    saysEnd = mode == .on || LogOutput.isInteractive
  }

  /// Speaks until the work is done, and once more then.
  func during(_ work: () async throws -> Void) async throws {
    let isInteractive = LogOutput.isInteractive
    let (first, longest) = isInteractive ? (.seconds(1), .seconds(1)) : Self.interval
    try await PeriodicTask.every(
      first, longest: longest,
      { [meter] in
        let state = await meter.state()
        if Task.isCancelled { return }
        if isInteractive {
          LogOutput.replaceLine(state.shortLine)
        } else {
          LogOutput.writeSentence(state.logLine)
        }
      }, during: work)
    if saysEnd { LogOutput.writeSentence(await meter.state(isEnd: true).logLine) }
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

  /// Hands the counts over, on a thread of its own: a starter that hangs must not stop Swift's tasks.
  func tell(_ counts: OutcomeCounts) async {
    let attributes = [
      ("ChirpSwabTotal", total), ("ChirpSwabDone", counts.requested), ("ChirpSwabDeleted", counts[.deleted]),
      ("ChirpSwabAbsent", counts[.absent]), ("ChirpSwabFailed", counts[.failed]),
      ("ChirpSwabRefused", counts[.refused]),
    ]
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      do throws(Errno) {
        try DetachedThread.start {
          do throws(ChirpError) {
            try chirp.set(attributes)
          } catch {
            log.info("the progress is not in the job ad: \(error)")
          }
          done.resume()
        }
      } catch {
        log.info("the progress is not in the job ad: no thread: \(error)")
        done.resume()
      }
    }
  }
}

/// Something that is done from time to time during the work.
enum PeriodicTask {
  /// Does `tick` after `first`, and then each time that `interval` has passed, until `work` is done; what it is about then
  /// is waited for.
  ///
  /// - Parameter longest: until it is so long the interval doubles; nil: it stays.
  static func every(
    _ interval: Duration, first: Duration? = nil, longest: Duration? = nil,
    _ tick: @escaping @Sendable () async -> Void, during work: () async throws -> Void
  ) async rethrows {
    let ticker = Task {
      var next = interval
      var pause = first ?? interval
      while (try? await Task.sleep(for: pause)) != nil {
        await tick()
        if first == nil, let longest { next = min(next * 2, longest) }
        pause = next
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
