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
}
