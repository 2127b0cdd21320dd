import ByteStreams
import ListReading
import FoundationEssentials

/// Cuts a list that is in ``LFNOrder`` into the jobs of a round, and writes `jobs/NNNN/job.json` and `lfns.txt.gz` of
/// each.
///
/// A directory's files stay in one job, unless it has more of them than a job may have. Nothing is forced to the disk:
/// write below a ``PartialDirectory``, whose ``PartialDirectory/publish()`` does that for all of them at once.
///
/// ```
/// var writer = JobWriter(round: directory.round(2), job: JobWriter.job(of: manifest), first: JobID(38), filesPerJob: 5000)
/// for lfn in residual { try writer.add(lfn) }
/// let record = RoundRecord(round: 2, created: now, jobs: try writer.finish())
/// ```
package struct JobWriter: Sendable {
  private let round: RoundDirectory
  private let job: JobFile
  private var next: JobID
  private var cutter: JobCutter
  private var jobs: [RoundRecord.Job] = []
  /// See ``RoundRecord/digests``.
  package private(set) var digests: [String] = []

  /// Writes nothing yet.
  ///
  /// - Parameters:
  ///   - round: whose directory the jobs come into; directories that are missing are made.
  ///   - job: every job's job file, but for the job's own name: see ``job(of:)``.
  ///   - first: the first job's number; the others follow.
  ///   - filesPerJob: the most files of one job, from 1.
  package init(round: RoundDirectory, job: JobFile, first: JobID, filesPerJob: Int) {
    self.round = round
    self.job = job
    next = first
    cutter = JobCutter(filesPerJob: filesPerJob)
  }

  /// What all jobs of a campaign have in their job file.
  package static func job(of manifest: CampaignManifest) -> JobFile {
    var job = JobFile()
    job.campaign = manifest.id
    job.site = manifest.site
    job.rse = manifest.rse
    job.lists = [JobDirectory.Name.list]
    job.protected = [JobDirectory.Name.protected]
    job.allow = manifest.filters.allow
    job.expires = manifest.expires
    var options = JobFile.Options()
    options.report = JobDirectory.Name.report
    options.reportFiles = "all"
    options.journal = JobDirectory.journalName(campaign: manifest.id)
    // Whether there are checkpoints depends on where the jobs go: that is in their arguments.
    options.deadline = .auto
    job.options = options
    return job
  }

  /// Directories so far.
  package var directories: Int { cutter.directories }
  /// Files so far.
  package var files: Int { cutter.files }

  /// Adds the next LFN. It has to stand behind the one before it in ``LFNOrder``, so that none is in two jobs.
  ///
  /// - Throws: `FileError`; ``CampaignError`` where the order is another one.
  package mutating func add(_ lfn: String) throws {
    var lfn = lfn
    try lfn.withUTF8 { try add($0) }
  }

  mutating func add(_ lfn: UnsafeBufferPointer<UInt8>) throws {
    var cuts: [JobCutter.Cut] = []
    try cutter.add(lfn) { cuts.append($0) }
    for cut in cuts { try write(cut) }
  }

  /// Writes the last job, and gives all of them. To be called once.
  package mutating func finish() throws -> [RoundRecord.Job] {
    var cuts: [JobCutter.Cut] = []
    try cutter.finish { cuts.append($0) }
    for cut in cuts { try write(cut) }
    return jobs
  }

  /// What a job's list and job file are known by. Throws `FileError`, ``CampaignError``.
  static func digest(_ job: JobDirectory) throws -> String {
    guard let digest = SHA256() else { throw CampaignError(.internalError, "no memory for SHA-256") }
    for path in [job.list, job.job] {
      var source = try FileSource(regularFile: path)
      while let chunk = try source.next() { digest.add(chunk) }
    }
    return digest.finish()
  }

  private mutating func write(_ cut: JobCutter.Cut) throws {
    let directory = round.job(next)
    try NewFile.makeDirectory(directory.path)
    try NewFile.write(cut.text, to: directory.list)
    var job = job
    job.jobId = next.description
    try NewFile.write(json: job, to: directory.job)
    if let journal = job.options?.journal { try NewFile.write([], to: "\(directory.path)/\(journal)") }
    jobs.append(RoundRecord.Job(number: next.number, files: cut.files))
    digests.append(try Self.digest(directory))
    next = JobID(next.number + 1)
  }
}
