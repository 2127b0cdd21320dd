/// `submission.json`, `swab.submission/1`: where the jobs of a round are.
package struct Submission: Sendable, Equatable, Codable {
  /// The value of `schema`.
  package static let schema = "swab.submission/1"

  /// Which schedd has the jobs, and how it is reached.
  package struct Target: Sendable, Equatable, Codable {
    /// The schedd's name or address; nil: the one of this machine.
    package var schedd: String?
    /// The pool's collector; nil: the configured one.
    package var pool: String?
    /// Whether the schedd keeps input and output: then both travel with the submission and with `condor_transfer_data`.
    package var spool: Bool
    /// An HTCondor-CE that the jobs are handed on to.
    package var ce: String?
    /// A batch system that the jobs are handed on to, such as `batch slurm`.
    package var gridResource: String?

    package init(
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

  /// A schedd, as it calls itself.
  package struct Schedd: Sendable, Equatable, Codable {
    /// Its name: what tells it from all others of a pool.
    package var name: String
    /// Its address as far as condor_q prints it. It may change when the schedd is started anew: see ``ScheddAddress``.
    package var address: String?

    package init(name: String, address: String? = nil) {
      self.name = name
      self.address = address
    }
  }

  /// The macaroon that the jobs have as their only credential, without its secret.
  package struct Macaroon: Sendable, Equatable, Codable {
    /// `https://host:port` of the door that gave it.
    package var door: String
    /// The directory that it is good for, as the door knows it.
    package var path: String
    /// What it allows, such as `DELETE`.
    package var activities: [String]
    /// By what the door knows it.
    package var identifier: String
    /// When it ends. ISO 8601.
    package var expires: String
  }

  /// `swab.submission/1`.
  package var schema: String
  /// When it was begun. ISO 8601.
  package var submitted: String
  /// Where the jobs went.
  package var target: Target
  /// The schedd that was found there, and that took the jobs; nil in what older versions have written.
  package var schedd: Schedd?
  /// The cluster of the jobs; nil while it is not known whether the schedd has them. The process of a job is its place
  /// in the round's ``RoundRecord/jobs``, from 0.
  package var cluster: Int?
  /// How many jobs: the first ones of the round. The others are left for the next round.
  package var jobs: Int
  /// A path on the worker nodes that is used as the payload; nil: the one in ``CampaignDirectory/payload``.
  package var payload: String?
  /// See ``Macaroon``; nil where the jobs have other credentials.
  package var macaroon: Macaroon?

  package init(
    submitted: String, target: Target, schedd: Schedd? = nil, cluster: Int?, jobs: Int, payload: String?
  ) {
    schema = Self.schema
    self.submitted = submitted
    self.target = target
    self.schedd = schedd
    self.cluster = cluster
    self.jobs = jobs
    self.payload = payload
  }
}
