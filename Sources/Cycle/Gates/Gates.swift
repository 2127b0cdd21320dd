import Campaign
import FoundationEssentials

/// Whether something may be done for an RSE: from what is known to yes or no, without looking anywhere.
package enum Gates {
  /// No, and why.
  package struct Stop: Sendable, Equatable {
    package var phase: Phase
    package var reason: Reason
    /// What the reason says of this RSE, with numbers.
    package var detail: String?

    package init(_ phase: Phase, _ reason: Reason, _ detail: String? = nil) {
      (self.phase, self.reason, self.detail) = (phase, reason, detail)
    }
  }

  /// What holds before anything is planned or submitted: what persons, the configuration and the past say.
  package struct Standing: Sendable, Equatable {
    package var now: Date
    package var isEnabled = true
    package var isNamed = true
    package var site: String?
    package var window: TimeWindow?
    package var frozen: PersonFile?
    /// Whether the site could not be told, and why.
    package var siteProblem: String?
    /// Whether Rucio lets files be deleted there; nil: it has not said so for long.
    package var mayDelete: Bool? = true
    /// Until when it rests.
    package var restsUntil: Date?
    /// Why it rests.
    package var restReason = Reason.littleDeleted
    /// Whether it is blocked, and the next trial of a few files is not due.
    package var isBlocked = false

    package init(now: Date) { self.now = now }
  }

  /// The first that forbids to go on; nil: nothing does.
  package static func stop(_ standing: Standing) -> Stop? {
    if let frozen = standing.frozen {
      return Stop(
        .frozen, .frozen, "by \(frozen.user) at \(frozen.time)\(frozen.reason.map { ": \($0)" } ?? "")")
    }
    if !standing.isNamed { return Stop(.idle, .disabled, "it is not among the RSEs any more") }
    if !standing.isEnabled { return Stop(.idle, .disabled) }
    if standing.site == nil { return Stop(.unmapped, .unmapped, standing.siteProblem) }
    switch standing.mayDelete {
    case true: break
    case false: return Stop(.idle, .notAvailable)
    case nil: return Stop(.idle, .rucioSilent)
    }
    if let window = standing.window, !window.contains(standing.now) {
      return Stop(.idle, .outsideWindow, "window = \(window.text)")
    }
    if standing.isBlocked { return Stop(.blocked, .noCredentials) }
    if let until = standing.restsUntil, standing.now < until {
      return Stop(.resting, standing.restReason, "until \(until.formatted(.iso8601))")
    }
    return nil
  }

  /// Whether the site that was named for an RSE is one whose jobs can delete from it.
  ///
  /// - Parameter source: who named the site.
  package static func stop(_ finding: SiteFinding, site: String, source: String) -> Stop? {
    switch finding {
    case .unknown, .agrees: nil
    case .broken(let text): Stop(.idle, .siteConfBroken, "\(site): \(text)")
    case .differs(let text): Stop(.idle, .siteMismatch, "\(source) names \(site), but \(text)")
    }
  }

  /// What the consistency monitor says of the newest scan.
  package enum ScanAnswer: Sendable, Equatable {
    /// It has none.
    case none(String)
    /// It gives no answer that can be used.
    case unavailable(String)
    /// What it says; `status` is `done` where there is a list.
    case scan(RSEState.Scan, status: String, problem: String?, rootFailed: Bool)
  }

  /// Whether there is a scan to plan from.
  ///
  /// - Parameter deletedUntil: when the last campaign was over that deleted something: a scan that began earlier may list
  ///   files that are gone, and where nearly all are, it would look like a wrong prefix. Nil: there was none.
  package static func stop(
    _ answer: ScanAnswer, planned: RSEState.Scan?, deletedUntil: Date?, maxAgeHours: Double, now: Date
  ) -> Stop? {
    let scan: RSEState.Scan
    switch answer {
    case .none(let text): return Stop(.idle, .noScan, text)
    case .unavailable(let text): return Stop(.idle, .monitorUnavailable, text)
    case .scan(let found, let status, let problem, let rootFailed):
      let text = problem.flatMap { $0.isEmpty ? nil : ": \($0)" } ?? ""
      if status == "failed" { return Stop(.idle, .scanFailed, "\(found.run)\(text)") }
      if status != "done" { return Stop(.idle, .scanNotDone, "\(found.run) is \(status)\(text)") }
      if rootFailed {
        return Stop(.idle, .scanFailed, "\(found.run): the topmost directory could not be listed")
      }
      scan = found
    }
    // A scan that began earlier is one that was there before: the monitor was set back.
    if let planned, planned.run == scan.run || scan.started <= planned.started {
      return Stop(.idle, .sameScan, planned.run)
    }
    guard let started = try? Date(scan.started, strategy: .iso8601) else {
      return Stop(
        .idle, .monitorUnavailable, "the scan \(scan.run) began at \"\(scan.started)\", which is no time")
    }
    if let deletedUntil, started < deletedUntil {
      return Stop(
        .idle, .scanOverlaps,
        "\(scan.run) began at \(scan.started), and the campaign was over at \(deletedUntil.formatted(.iso8601))"
      )
    }
    let hours = now.timeIntervalSince(started) / 3600
    if hours > maxAgeHours {
      return Stop(
        .idle, .scanTooOld, "\(scan.run) began \(Int(hours)) hours ago, and max-age-hours is \(maxAgeHours)")
    }
    return nil
  }

  /// What is known of a protected list before the plan reads it.
  package enum ProtectedList: Sendable, Equatable {
    /// A URL, which is as fresh as its answer.
    case url(String)
    /// A file that was written so many hours ago.
    case file(String, hours: Double)
    case missing(String)
  }

  /// Whether the protected lists can be gone by.
  package static func stop(_ lists: [ProtectedList], maxAgeHours: Double) -> Stop? {
    if lists.isEmpty { return Stop(.idle, .protectedMissing, "the configuration names none: protected = …") }
    for list in lists {
      switch list {
      case .url: continue
      case .missing(let text): return Stop(.idle, .protectedMissing, text)
      case .file(let path, let hours) where hours > maxAgeHours:
        return Stop(
          .idle, .protectedTooOld,
          "\(path) was written \(Int(hours)) hours ago, and protected-max-age-hours is \(maxAgeHours)")
      case .file: continue
      }
    }
    return nil
  }

  /// What a plan would delete, beside what was deleted before.
  package struct Amount: Sendable, Equatable {
    package var listed: Int
    package var files: Int
    /// The files of the last campaigns, without trials.
    package var before: [Int]

    package init(listed: Int, files: Int, before: [Int]) {
      (self.listed, self.files, self.before) = (listed, files, before)
    }
  }

  /// Whether a person has to approve of a plan.
  package static func stop(_ amount: Amount, maxFraction: Double, maxGrowth: Double, from least: Int) -> Stop?
  {
    guard amount.files >= least else { return nil }
    if Double(amount.files) > maxFraction * Double(amount.listed) {
      return Stop(
        .needsApproval, .tooLargeShare,
        "\(amount.files) of \(amount.listed) files, and max-fraction is \(maxFraction)")
    }
    let last = amount.before.suffix(5).sorted()
    guard !last.isEmpty else { return nil }
    let median = (last[(last.count - 1) / 2] + last[last.count / 2]) / 2
    if Double(amount.files) > maxGrowth * Double(max(median, 1)) {
      return Stop(
        .needsApproval, .tooManyFiles,
        "\(amount.files) files, the median of the last \(last.count) campaigns is \(median), and max-growth is \(maxGrowth)"
      )
    }
    return nil
  }

  /// After a campaign that deleted little: how long to rest, in days. It grows with each one in a row.
  package static func restDays(after poor: Int) -> Int { rests[min(max(poor, 1), rests.count) - 1] }

  private static let rests = [1, 2, 4, 7]

  /// Whether a rest lasts that ends at this time. A longer one than there is was begun by a clock that was wrong.
  static func isRest(until due: Date, now: Date) -> Bool {
    now < due && due.addingTimeInterval(Double(-(rests.last ?? 0)) * 86_400).isPast(at: now)
  }
}
