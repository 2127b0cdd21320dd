import DeletionModel
import DequeModule
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
  /// Jobs that are being read and whose files did not come up yet.
  private var ahead: Deque<(job: CampaignStatus.Job, reading: Reading)> = []
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
  mutating func peek(_ routes: inout ReportRoutes) -> FileOutcome? {
    while position == outcomes.count {
      guard let (job, evidence) = upcoming ?? read() else { return nil }
      upcoming = read()
      load(job, evidence, &routes)
    }
    return outcomes[position]
  }

  private mutating func read() -> (job: CampaignStatus.Job, evidence: JobEvidence)? {
    readAhead()
    guard let (job, reading) = ahead.popFirst() else { return nil }
    return (job, reading.evidence())
  }

  /// Begins to read the next jobs: reading is most of the work, and goes on while the files of others are taken.
  private mutating func readAhead() {
    var files = ahead.reduce(0) { $0 + $1.job.files }
    while let job = jobs.first, ahead.count <= Self.processors,
      ahead.isEmpty || files + job.files <= Self.most
    {
      let record = numbers[job.id.number] ?? RoundRecord.Job(number: job.id.number, files: job.files)
      ahead.append((job, Reading(round.directory.job(job.id), job: record, owner: job.owner)))
      files += job.files
      jobs.removeFirst()
    }
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
    let numbers = (evidence.report?.storage ?? []).map { routes.number(of: $0) }
    var account = JobAccount(job, evidence)
    let silence = account.silence
    outcomes.removeAll(keepingCapacity: true)
    position = 0
    for (lfn, record) in zip(evidence.list, evidence.records) {
      var outcome: FileOutcome
      if var record {
        record.route = record.route.map { numbers[$0] }
        outcome = FileOutcome(record: record, job: job.id, round: job.round)
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

/// The evidence of a job, which is read on a thread of Dispatch.
private final class Reading: Sendable {
  private let done = DispatchGroup()
  private let read = Mutex<JobEvidence?>(nil)
  private let directory: JobDirectory
  private let job: RoundRecord.Job
  private let owner: ReportOwner

  init(_ directory: JobDirectory, job: RoundRecord.Job, owner: ReportOwner) {
    (self.directory, self.job, self.owner) = (directory, job, owner)
    DispatchQueue.global().async(group: done) { [self] in
      let evidence = JobEvidence(directory, job: job, owner: owner)
      read.withLock { $0 = evidence }
    }
  }

  /// Waits for it.
  func evidence() -> JobEvidence {
    done.wait()
    return read.withLock { $0.take() } ?? JobEvidence(directory, job: job, owner: owner)
  }
}
