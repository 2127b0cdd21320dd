/// `round.json`, `swab.round/1`: which jobs a round has.
public struct RoundRecord: Sendable, Equatable, Codable {
  /// The value of `schema`.
  public static let schema = "swab.round/1"

  /// A job of the round.
  public struct Job: Sendable, Equatable, Codable {
    /// Its number: see ``JobID``.
    public var number: Int
    /// How many files it is to delete.
    public var files: Int

    /// Makes the value.
    public init(number: Int, files: Int) {
      self.number = number
      self.files = files
    }

    /// The job.
    public var id: JobID { JobID(number) }
  }

  /// `swab.round/1`.
  public var schema: String
  /// The round, from 1.
  public var round: Int
  /// When it was made. ISO 8601.
  public var created: String
  /// Its jobs, by number. Their lists follow each other in the order of directory and name.
  public var jobs: [Job]

  /// Makes the value.
  public init(round: Int, created: String, jobs: [Job]) {
    schema = Self.schema
    self.round = round
    self.created = created
    self.jobs = jobs
  }

  /// How many files all of its jobs are to delete.
  public var files: Int { jobs.reduce(0) { $0 + $1.files } }

  /// What no round has that was planned; nil where it can be worked with.
  func problem(in folder: RoundFolder) -> String? {
    if round != folder.number { return "it is of round \(round), and stands for round \(folder.number)" }
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
