/// `submission.json`, `swab.submission/1`: where the jobs of a round are.
public struct Submission: Sendable, Equatable, Codable {
  /// The value of `schema`.
  public static let schema = "swab.submission/1"

  /// Which schedd has the jobs, and how it is reached.
  public struct Target: Sendable, Equatable, Codable {
    /// The schedd's name or address; nil: the one of this machine.
    public var schedd: String?
    /// The pool's collector; nil: the configured one.
    public var pool: String?
    /// Whether the schedd keeps input and output: then both travel with the submission and with `condor_transfer_data`.
    public var spool: Bool
    /// An HTCondor-CE that the jobs are handed on to.
    public var ce: String?
    /// A batch system that the jobs are handed on to, such as `batch slurm`.
    public var gridResource: String?

    /// Makes the value.
    public init(
      schedd: String? = nil, pool: String? = nil, spool: Bool = false, ce: String? = nil,
      gridResource: String? = nil
    ) {
      self.schedd = schedd
      self.pool = pool
      self.spool = spool
      self.ce = ce
      self.gridResource = gridResource
    }
  }

  /// `swab.submission/1`.
  public var schema: String
  /// When it was begun. ISO 8601.
  public var submitted: String
  /// Where the jobs went.
  public var target: Target
  /// The cluster of the jobs; nil while it is not known whether the schedd has them. The process of a job is its place
  /// in the round's ``RoundRecord/jobs``, from 0.
  public var cluster: Int?
  /// How many jobs.
  public var jobs: Int
  /// A path on the worker nodes that is used as the payload; nil: the one in ``CampaignFolder/payload``.
  public var payload: String?

  /// Makes the value.
  public init(submitted: String, target: Target, cluster: Int?, jobs: Int, payload: String?) {
    schema = Self.schema
    self.submitted = submitted
    self.target = target
    self.cluster = cluster
    self.jobs = jobs
    self.payload = payload
  }
}
