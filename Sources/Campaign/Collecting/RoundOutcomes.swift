import DeletionModel
import Dispatch
import FoundationEssentials
import JobReports
import Synchronization

/// The files of a round in ``LFNOrder``, each with what its job says of it. A few jobs are in memory at the same time.
struct RoundOutcomes {
  private let round: RoundJobs
  private let hosts: HostTable
  private var jobs: ArraySlice<CampaignStatus.Job>
  private let numbers: [Int: RoundRecord.Job]
  private var outcomes: [FileOutcome] = []
  private var position = 0
  private var last: String?
  /// Jobs that were read and are not looked at yet.
  private var ahead: ArraySlice<(job: CampaignStatus.Job, evidence: JobEvidence)> = []
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
    if ahead.isEmpty { readAhead() }
    return ahead.popFirst()
  }

  /// Reads the next jobs, as many at the same time as there are processors: reading is most of the work.
  private mutating func readAhead() {
    var next: [CampaignStatus.Job] = []
    var files = 0
    while let job = jobs.first, next.count < Self.processors, next.isEmpty || files + job.files <= Self.most {
      next.append(job)
      files += job.files
      jobs.removeFirst()
    }
    let (directory, numbers) = (round.directory, numbers)
    let found = Mutex<[Int: JobEvidence]>([:])
    DispatchQueue.concurrentPerform(iterations: next.count) { [next] index in
      let job = next[index]
      let record = numbers[job.id.number] ?? RoundRecord.Job(number: job.id.number, files: job.files)
      let evidence = JobEvidence(directory.job(job.id), job: record, owner: job.owner)
      found.withLock { $0[index] = evidence }
    }
    let evidence = found.withLock { $0 }
    ahead = next.indices.compactMap { index in evidence[index].map { (next[index], $0) } }[...]
  }

  /// How many files' evidence may be in memory, if it is that of more than one job.
  private static let most = 100_000
  private static let processors = min(8, ProcessInfo.processInfo.activeProcessorCount)

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
