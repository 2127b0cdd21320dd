import ByteStreams
import Deletion
import FoundationEssentials

/// Cuts a list that is in ``LFNOrder`` into the jobs of a round, and writes `jobs/NNNN/job.json` and `lfns.txt.gz` of
/// each.
///
/// A directory's files stay in one job, unless it has more of them than a job may have. Nothing is forced to the disk:
/// write below a ``PartialFolder``, whose ``PartialFolder/publish()`` does that for all of them at once.
///
/// ```
/// var writer = JobWriter(round: folder.round(2), job: JobWriter.job(of: manifest), first: JobID(38), filesPerJob: 5000)
/// for lfn in residual { try writer.add(lfn) }
/// let record = RoundRecord(round: 2, created: now, jobs: try writer.finish())
/// ```
public struct JobWriter: Sendable {
  private let round: RoundFolder
  private let job: JobFile
  private var next: JobID
  private var cutter: JobCutter
  private var jobs: [RoundRecord.Job] = []

  /// Writes nothing yet.
  ///
  /// - Parameters:
  ///   - round: whose folder the jobs come into; folders that are missing are made.
  ///   - job: every job's job file, but for the job's own name: see ``job(of:)``.
  ///   - first: the first job's number; the others follow.
  ///   - filesPerJob: the most files of one job, from 1.
  public init(round: RoundFolder, job: JobFile, first: JobID, filesPerJob: Int) {
    self.round = round
    self.job = job
    next = first
    cutter = JobCutter(filesPerJob: filesPerJob)
  }

  /// What all jobs of a campaign have in their job file.
  public static func job(of manifest: CampaignManifest) -> JobFile {
    var job = JobFile()
    job.campaign = manifest.name
    job.site = manifest.site
    job.rse = manifest.rse
    job.lists = [JobFolder.Name.list]
    job.protected = [JobFolder.Name.protected]
    job.allow = manifest.filters.allow
    job.expires = manifest.expires
    var options = JobFile.Options()
    options.report = JobFolder.Name.report
    options.reportFiles = "all"
    options.journal = JobFolder.Name.journal
    // Whether there are checkpoints depends on where the jobs go: that is in their arguments.
    options.deadline = .auto
    job.options = options
    return job
  }

  /// Directories so far.
  public var directories: Int { cutter.directories }
  /// Files so far.
  public var files: Int { cutter.files }

  /// Adds the next LFN. It has to stand behind the one before it in ``LFNOrder``, so that none is in two jobs.
  ///
  /// - Throws: `FileError`; ``CampaignError`` where the order is another one.
  public mutating func add(_ lfn: String) throws {
    var lfn = lfn
    try lfn.withUTF8 { try add($0) }
  }

  mutating func add(_ lfn: UnsafeBufferPointer<UInt8>) throws {
    var cuts: [JobCutter.Cut] = []
    try cutter.add(lfn) { cuts.append($0) }
    for cut in cuts { try write(cut) }
  }

  /// Writes the last job, and gives all of them. To be called once.
  public mutating func finish() throws -> [RoundRecord.Job] {
    var cuts: [JobCutter.Cut] = []
    try cutter.finish { cuts.append($0) }
    for cut in cuts { try write(cut) }
    return jobs
  }

  private mutating func write(_ cut: JobCutter.Cut) throws {
    let folder = round.job(next)
    try NewFile.makeFolder(folder.path)
    try NewFile.write(cut.text, to: folder.list)
    var job = job
    job.jobId = next.description
    try NewFile.write(json: job, to: folder.job)
    jobs.append(RoundRecord.Job(number: next.number, files: cut.files))
    next = JobID(next.number + 1)
  }
}
