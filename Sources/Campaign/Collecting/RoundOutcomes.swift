import DeletionModel
import JobReports

/// The files of a round in ``LFNOrder``, each with what its job says of it. One job at a time is in memory.
struct RoundOutcomes {
  private let round: RoundJobs
  private let hosts: HostTable
  private var jobs: ArraySlice<CampaignStatus.Job>
  private let numbers: [Int: RoundRecord.Job]
  private var outcomes: [FileOutcome] = []
  private var position = 0
  private var last: String?
  private var upcoming: (job: CampaignStatus.Job, evidence: JobEvidence)?
  /// What each job that was read so far has to say.
  private(set) var accounts: [JobAccount] = []
  /// What their reports warn of.
  private(set) var warnings = WarningTally()

  init(_ round: RoundJobs, _ status: CampaignStatus) {
    self.round = round
    hosts = status.hosts
    jobs = status.jobs.filter { $0.round == round.record.round }[...]
    numbers = Dictionary(round.record.jobs.map { ($0.number, $0) }) { first, _ in first }
  }

  /// The next file, left where it is; nil at the end.
  ///
  mutating func peek(_ routes: inout ReportRoutes) -> FileOutcome? {
    while position == outcomes.count {
      guard let (job, evidence) = upcoming ?? read() else { return nil }
      upcoming = read()
      load(job, evidence, &routes)
    }
    return outcomes[position]
  }

  private mutating func read() -> (job: CampaignStatus.Job, evidence: JobEvidence)? {
    guard let job = jobs.popFirst() else { return nil }
    let record = numbers[job.id.number] ?? RoundRecord.Job(number: job.id.number, files: job.files)
    return (job, JobEvidence(round.directory.job(job.id), job: record, owner: job.owner))
  }

  /// Goes past it.
  mutating func advance() { position += 1 }

  private mutating func load(
    _ job: CampaignStatus.Job, _ evidence: JobEvidence, _ routes: inout ReportRoutes
  ) {
    var evidence = evidence
    evidence.keep(after: last, before: upcoming?.evidence.list.first)
    last = evidence.list.last ?? last
    for storage in evidence.report?.storage ?? [] { _ = routes.number(of: storage) }
    var account = JobAccount(job, evidence)
    let silence = account.silence
    outcomes.removeAll(keepingCapacity: true)
    position = 0
    for lfn in evidence.list {
      var outcome: FileOutcome
      if let file = evidence.file(lfn) {
        outcome = FileOutcome(
          record: routes.record(of: file, in: evidence.report), job: job.id, round: job.round)
        judge(&outcome, job)
      } else {
        var silent = FileRecord(lfn: lfn, outcome: silence.outcome)
        silent.failure = silence.failure
        outcome = FileOutcome(record: silent, job: job.id, round: job.round)
      }
      account.counts[outcome.isDoubted ? .failed : outcome.record.outcome] += 1
      outcomes.append(outcome)
    }
    for warning in evidence.report?.warnings ?? [] { warnings.add(warning, job: job.id) }
    accounts.append(account)
  }

  private func judge(_ outcome: inout FileOutcome, _ job: CampaignStatus.Job) {
    guard outcome.record.outcome == .absent, let sums = job.report.sums else { return }
    let endpoint = outcome.record.endpoint ?? ""
    outcome.isDoubted = hosts.isDoubted(sums, host: job.host, endpoint: endpoint)
    outcome.isHostTrusted = !hosts.isAllAbsent && !(job.host.map { hosts.isSuspect($0, endpoint) } ?? true)
  }
}
