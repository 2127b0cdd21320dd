/// What a report says of a run before anything has happened.
public struct ReportHeader: Sendable {
  /// The program.
  public struct Tool: Sendable {
    /// `swab`.
    public var name: String
    /// Its version.
    public var version: String
    /// The commit it was built from.
    public var commit: String

    /// Makes a tool.
    public init(name: String, version: String, commit: String) {
      self.name = name
      self.version = version
      self.commit = commit
    }
  }

  /// Where and for whom it runs.
  public struct Job: Sendable {
    /// The machine.
    public var host: String
    /// The account.
    public var user: String
    /// The process.
    public var pid: Int
    /// When it started: ISO 8601, UTC.
    public var started: String
    /// The site's name in its site-local-config.xml.
    public var site: String?
    /// The subsite's.
    public var subsite: String?
    /// The path of that file.
    public var siteConfig: String?
    /// The campaign of the job file.
    public var campaign: String?
    /// The job's name in its campaign.
    public var jobId: String?
    /// What HTCondor says of the job, as JSON; nil outside of one.
    public var condorJSON: String?
    /// The journal and what earlier runs have left in it; nil without one.
    public var journal: Journal?

    /// Makes a job.
    public init(host: String, user: String, pid: Int, started: String) {
      self.host = host
      self.user = user
      self.pid = pid
      self.started = started
    }
  }

  /// What goes on from run to run. All counts and times of files in the report are over all runs.
  public struct Journal: Sendable {
    /// The file.
    public var file: String
    /// How many runs there were, this one included.
    public var runs: Int
    /// How long the earlier ones were at work, in seconds.
    public var earlierSeconds: Double
    /// How many files they settled.
    public var settledEarlier: Int

    /// Makes a journal's line.
    public init(file: String, runs: Int, earlierSeconds: Double, settledEarlier: Int) {
      self.file = file
      self.runs = runs
      self.earlierSeconds = earlierSeconds
      self.settledEarlier = settledEarlier
    }
  }

  /// What was asked for.
  public struct Request: Sendable {
    /// The lists.
    public var sources: [String]
    /// The RSE, where one was named.
    public var rse: String?
    /// The allowed roots.
    public var allow: [String]
    /// The protected lists.
    public var protectedFiles: [String]
    /// How many LFNs they protect.
    public var protectedEntries: Int
    /// Nothing is to be deleted.
    public var dryRun: Bool
    /// Attempts after the first.
    public var retries: Int
    /// Time limit of one file, in seconds.
    public var timeout: Double
    /// Time limit of the run, in seconds.
    public var deadline: Double?
    /// Requests at a time, a host, at most; nil where that was left to Swab.
    public var concurrency: Int?

    /// Makes a request.
    public init(
      sources: [String], rse: String?, allow: [String], protectedFiles: [String], protectedEntries: Int,
      dryRun: Bool, retries: Int, timeout: Double, deadline: Double?, concurrency: Int?
    ) {
      self.sources = sources
      self.rse = rse
      self.allow = allow
      self.protectedFiles = protectedFiles
      self.protectedEntries = protectedEntries
      self.dryRun = dryRun
      self.retries = retries
      self.timeout = timeout
      self.deadline = deadline
      self.concurrency = concurrency
    }
  }

  /// The program.
  public var tool: Tool
  /// Where and for whom it runs.
  public var job: Job
  /// What was asked for.
  public var request: Request
  /// What each route is, by its number.
  public var routes: [DeletionRoute.Description]

  /// Makes a header.
  public init(tool: Tool, job: Job, request: Request, routes: [DeletionRoute.Description]) {
    self.tool = tool
    self.job = job
    self.request = request
    self.routes = routes
  }
}

/// What a report says of how a run went, as far as it has come.
public struct ReportState: Sendable {
  /// `complete`, or `incomplete` while the run has not ended.
  public var isComplete: Bool
  /// When it ended: ISO 8601, UTC; nil while it has not.
  public var finished: String?
  /// How long it took, in seconds.
  public var seconds: Double
  /// The sums.
  public var totals: RunTotals
  /// Things that were odd and did not stop the run.
  public var warnings: [String]
  /// How it ended, or why it has not.
  public var exit: RunExit

  /// Makes a state.
  public init(
    isComplete: Bool, finished: String?, seconds: Double, totals: RunTotals, warnings: [String], exit: RunExit
  ) {
    self.isComplete = isComplete
    self.finished = finished
    self.seconds = seconds
    self.totals = totals
    self.warnings = warnings
    self.exit = exit
  }
}
