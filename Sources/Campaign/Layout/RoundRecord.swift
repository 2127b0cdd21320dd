/// `round.json`, `swab.round/1`: which jobs a round has.
package struct RoundRecord: Sendable, Equatable, Codable {
  /// The value of `schema`.
  package static let schema = "swab.round/1"

  /// A job of the round.
  package struct Job: Sendable, Equatable, Codable {
    /// Its number: see ``JobID``.
    package var number: Int
    /// How many files it is to delete.
    package var files: Int

    package init(number: Int, files: Int) {
      self.number = number
      self.files = files
    }

    /// The job.
    package var id: JobID { JobID(number) }
  }

  /// `swab.round/1`.
  package var schema: String
  /// The round, from 1.
  package var round: Int
  /// When it was made. ISO 8601.
  package var created: String
  /// Its jobs, by number. Their lists follow each other in the order of directory and name.
  package var jobs: [Job]
  /// For each job SHA-256 of its list and its job file as they were written, one behind the other, in hexadecimal; nil in
  /// what older versions have written.
  package var digests: [String]?
  /// Machines that the jobs are kept away from, because earlier rounds came to nothing there; nil: none.
  package var avoidedHosts: [String]?

  package init(round: Int, created: String, jobs: [Job], digests: [String]? = nil) {
    self.digests = digests
    schema = Self.schema
    self.round = round
    self.created = created
    self.jobs = jobs
  }

  /// How many files all of its jobs are to delete.
  package var files: Int { jobs.reduce(0) { $0 + $1.files } }

  /// What no round has that was planned; nil where it can be worked with.
  func problem(in directory: RoundDirectory) -> String? {
    if round != directory.number {
      return "it is of round \(round), and stands for round \(directory.number)"
    }
    if let digests, digests.count != jobs.count {
      return "it has \(jobs.count) jobs and \(digests.count) digests"
    }
    var last = 0
    for job in jobs {
      guard job.number > last, job.number <= Self.lastJob else {
        return "its jobs are not in order at job \(job.number)"
      }
      guard (0...FilesPerJob.limit).contains(job.files) else {
        return "job \(job.id) cannot have \(job.files) files"
      }
      last = job.number
    }
    return nil
  }

  /// More jobs than any campaign has, and few enough to count on.
  private static let lastJob = 1 << 32
}
