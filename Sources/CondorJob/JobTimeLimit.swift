import ByteStreams

/// When HTCondor, or the pilot that a job runs in, will end it.
public struct JobTimeLimit: Sendable, Equatable {
  /// The moment, in seconds since 1970.
  public var end: Double
  /// The attribute that says so.
  public var attribute: String

  /// The earliest end that the ads of a job name; nil where they name none.
  ///
  /// - `AllowedExecuteDuration` and `AllowedJobDuration`: seconds, HTCondor's own limits (condor_submit,
  ///   `allowed_execute_duration`, `allowed_job_duration`).
  /// - `MaxWallTimeMins`: minutes, what CMS's jobs are given; the pool ends what takes longer.
  /// - `GLIDEIN_ToDie` of the machine ad: when a glideinWMS pilot ends, in seconds since 1970.
  ///
  /// - Parameters:
  ///   - began: when the job's ad was written, in seconds since 1970: its time runs since then. The ad's own start
  ///     times can be those of an earlier run.
  public static func find(job: JobAd, machine: JobAd?, began: Double) -> JobTimeLimit? {
    var limits: [JobTimeLimit] = []
    for (attribute, unit) in [
      ("AllowedExecuteDuration", 1.0), ("AllowedJobDuration", 1), ("MaxWallTimeMins", 60),
    ] {
      if let number = job.number(attribute), number > 0 {
        limits.append(JobTimeLimit(end: began + number * unit, attribute: attribute))
      }
    }
    if let number = machine?.number("GLIDEIN_ToDie"), number > 0 {
      limits.append(JobTimeLimit(end: number, attribute: "GLIDEIN_ToDie"))
    }
    return limits.min { $0.end < $1.end }
  }

  /// The same from the files that the environment names; a file that can't be read says nothing, and a warning of it
  /// is ``CondorJobInfo``'s.
  public static func discover(environment: [String: String]) -> JobTimeLimit? {
    guard let path = environment["_CONDOR_JOB_AD"], let began = try? OpenFile(reading: path).modified(),
      let job = ad(path)
    else { return nil }
    return find(job: job, machine: environment["_CONDOR_MACHINE_AD"].flatMap(ad), began: began)
  }

  private static func ad(_ path: String) -> JobAd? {
    (try? FileSource.contents(of: path, limit: CondorJobInfo.adLimit)).map(JobAd.init)
  }
}

extension JobAd {
  fileprivate func number(_ name: String) -> Double? {
    switch self[name] {
    case .integer(let number): Double(number)
    case .real(let number): number
    default: nil
    }
  }
}
