import Campaign
import FoundationEssentials
import Synchronization

/// How much may be at work at the same time, over all RSEs of a pass.
package final class CycleBudget: Sendable {
  /// What an RSE has at work.
  package struct Use: Sendable, Equatable {
    /// Jobs that have not ended.
    package var jobs = 0
    /// Their files.
    package var files = 0
    /// The schedd that has them.
    package var schedd = ""
    /// The storage that they work at: several RSEs may share one.
    package var host = ""
    /// Files that were submitted within the last 24 hours.
    package var filesOfDay = 0

    package init(jobs: Int = 0, files: Int = 0, schedd: String = "", host: String = "", filesOfDay: Int = 0) {
      (self.jobs, self.files, self.schedd) = (jobs, files, schedd)
      (self.host, self.filesOfDay) = (host, filesOfDay)
    }
  }

  /// What may be submitted.
  package enum Grant: Sendable, Equatable {
    /// The first jobs of the round.
    case jobs(Int)
    case none(Reason, String)
  }

  private let settings: CycleSettings
  private let uses: Mutex<[String: Use]>

  package init(_ settings: CycleSettings, _ uses: [String: Use] = [:]) {
    self.settings = settings
    self.uses = Mutex(uses)
  }

  /// Notes how many jobs and files of an RSE have not ended.
  package func note(_ rse: String, _ settings: RSESettings, jobs: Int, files: Int) {
    uses.withLock {
      let ofDay = $0[rse]?.filesOfDay ?? 0
      $0[rse] = Use(
        jobs: jobs, files: files, schedd: settings.target.scheddText, host: settings.storageHost ?? rse,
        filesOfDay: ofDay)
    }
  }

  /// Asks for the jobs of a round, and notes what is granted.
  ///
  /// - Parameter files: how many files each job of the round has.
  package func grant(_ rse: String, _ limits: RSESettings, files: [Int]) -> Grant {
    uses.withLock { uses in
      let own = uses[rse] ?? Use()
      let bounds = jobBounds(rse, limits, own, uses)
      if let full = bounds.first(where: { $0.room <= 0 }) { return .none(.jobLimit, full.text) }
      var count = min(files.count, bounds.map(\.room).min() ?? 0)

      let (ofDay, inFlight) = (
        uses.values.reduce(0) { $0 + $1.filesOfDay }, uses.values.reduce(0) { $0 + $1.files }
      )
      let room = min(
        settings.filesPerDay - ofDay, limits.filesPerDay - own.filesOfDay, settings.filesInFlight - inFlight,
        limits.filesInFlight - own.files)
      var sum = 0
      for (index, number) in files.prefix(count).enumerated() {
        // A job that is larger than what is ever allowed goes out alone.
        if sum + number > room, !(index == 0 && own.filesOfDay == 0 && own.files == 0 && room > 0) {
          count = index
          break
        }
        sum += number
      }
      guard count > 0 else {
        return .none(
          .fileLimit,
          "\(own.filesOfDay) files of \(rse) and \(ofDay) in all were submitted within 24 hours, \(own.files) and \(inFlight) "
            + "are in flight")
      }
      uses[rse] = Use(
        jobs: own.jobs + count, files: own.files + sum, schedd: limits.target.scheddText,
        host: limits.storageHost ?? rse, filesOfDay: own.filesOfDay + sum)
      return .jobs(count)
    }
  }

  /// How many jobs each bound leaves room for.
  private func jobBounds(
    _ rse: String, _ limits: RSESettings, _ own: Use, _ uses: [String: Use]
  ) -> [(room: Int, text: String)] {
    let (schedd, host) = (limits.target.scheddText, limits.storageHost ?? rse)
    func jobs(_ isMeant: (Use) -> Bool) -> Int { uses.values.reduce(0) { $0 + (isMeant($1) ? $1.jobs : 0) } }
    let all = jobs { _ in true }
    var bounds = [
      (limits.jobsInFlight - own.jobs, "jobs-in-flight of \(rse) is \(limits.jobsInFlight)"),
      (
        settings.jobsInFlight - all,
        "jobs-in-flight of the cycle is \(settings.jobsInFlight), \(all) are at work"
      ),
    ]
    if settings.jobsPerSchedd > 0 {
      bounds.append(
        (
          settings.jobsPerSchedd - jobs { $0.schedd == schedd },
          "jobs-per-schedd is \(settings.jobsPerSchedd)"
        ))
    }
    if settings.jobsPerHost > 0 {
      bounds.append(
        (
          settings.jobsPerHost - jobs { $0.host == host },
          "jobs-per-storage-host is \(settings.jobsPerHost), at \(host)"
        ))
    }
    return bounds
  }
}
