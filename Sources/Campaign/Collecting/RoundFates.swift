import Deletion

/// The files of a round in ``LFNOrder``, each with what its job says of it. One job at a time is in memory.
struct RoundFates {
  private let manifest: CampaignManifest
  private let round: RoundJobs
  private var jobs: ArraySlice<CampaignStatus.Job>
  private let numbers: [Int: RoundRecord.Job]
  private var fates: [Fate] = []
  private var position = 0
  private var last: String?
  /// What each job that was read so far has to say.
  private(set) var accounts: [JobAccount] = []
  /// What their reports warn of.
  private(set) var warnings = WarningTally()

  init(_ round: RoundJobs, _ status: CampaignStatus) {
    manifest = status.manifest
    self.round = round
    jobs = status.jobs.filter { $0.round == round.record.round }[...]
    numbers = Dictionary(round.record.jobs.map { ($0.number, $0) }) { first, _ in first }
  }

  /// The next file, left where it is; nil at the end.
  ///
  /// - Throws: ``CampaignError`` for lists that overlap, `FileError`, `ListError`.
  mutating func peek(_ routes: inout ReportRoutes) throws -> Fate? {
    while position == fates.count {
      guard let job = jobs.popFirst() else { return nil }
      try load(job, &routes)
    }
    return fates[position]
  }

  /// Goes past it.
  mutating func advance() { position += 1 }

  private mutating func load(_ job: CampaignStatus.Job, _ routes: inout ReportRoutes) throws {
    let record = numbers[job.id.number] ?? RoundRecord.Job(number: job.id.number, files: job.files)
    let evidence = try JobEvidence(round.folder.job(job.id), job: record, manifest: manifest)
    if let first = evidence.list.first {
      if let last, !LFNOrder.precedes(last, first) {
        throw CampaignError(
          .badInput, "the lists of round \(job.round) overlap at job \(job.id): was one of them changed?")
      }
      last = evidence.list.last
    }
    for storage in evidence.report?.storage ?? [] { _ = routes.number(of: storage) }
    var account = JobAccount(job, evidence)
    let silence = account.silence
    fates.removeAll(keepingCapacity: true)
    position = 0
    for lfn in evidence.list {
      let record: FileRecord
      if let report = evidence.report, let file = evidence.file(lfn) {
        record = routes.record(of: file, in: report)
      } else {
        var silent = FileRecord(lfn: lfn, outcome: silence.outcome)
        silent.failure = silence.failure
        record = silent
      }
      account.counts[record.outcome] += 1
      fates.append(Fate(record: record, job: job.id, round: job.round))
    }
    for warning in evidence.report?.warnings ?? [] { warnings.add(warning, job: job.id) }
    accounts.append(account)
  }
}
