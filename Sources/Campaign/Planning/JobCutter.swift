/// Cuts a list that is in the order of directory and name into jobs. Pure.
///
/// A directory's files stay together: a directory that has no room in the job begins the next one. One with more files
/// than a job may have fills jobs of its own; what is left of it begins the job after them.
struct JobCutter: Sendable {
  /// What one job is to delete.
  struct Cut: Sendable, Equatable {
    /// One LFN a line.
    var text: [UInt8] = []
    /// How many.
    var files = 0
  }

  /// The most files of one job.
  let filesPerJob: Int
  /// Directories so far.
  private(set) var directories = 0
  /// Files so far.
  private(set) var files = 0
  /// The job that is being filled with whole directories.
  private var job = Cut()
  /// The files so far of the directory that is being read.
  private var open = Cut()
  /// The name before, and the length of its directory.
  private var last: [UInt8] = []
  private var lastDirectory = 0

  init(filesPerJob: Int) { self.filesPerJob = max(1, filesPerJob) }

  /// Adds the next LFN, and gives each job that is full by that.
  ///
  /// - Throws: ``CampaignError`` where it is no LFN, or not behind the one before: two jobs would delete it.
  mutating func add(_ lfn: UnsafeBufferPointer<UInt8>, cut: (Cut) throws -> Void) throws {
    guard let directory = LFNOrder.directoryLength(lfn), !LFNOrder.hasLineFeed(lfn)
    else { throw CampaignError(.internalError, "no LFN: \(String(decoding: lfn, as: UTF8.self))") }
    let isSame = try last.withUnsafeBufferPointer { last in
      guard LFNOrder.precedes(last, lastDirectory, lfn, directory) else {
        throw CampaignError(
          .internalError,
          "the list is not in the order of directory and name at \(String(decoding: lfn, as: UTF8.self))")
      }
      return lastDirectory == directory && !last.isEmpty
        && LFNOrder.compare(
          UnsafeBufferPointer(rebasing: last[..<directory]), UnsafeBufferPointer(rebasing: lfn[..<directory]))
          == 0
    }
    last.removeAll(keepingCapacity: true)
    last.append(contentsOf: lfn)
    if !isSame {
      try closeDirectory(cut)
      directories += 1
      lastDirectory = directory
    } else if open.files == filesPerJob {
      try closeJob(cut)
      try cut(open)
      open = Cut()
    }
    open.text.append(contentsOf: lfn)
    open.text.append(0x0A)
    open.files += 1
    files += 1
  }

  /// Gives what is left.
  mutating func finish(_ cut: (Cut) throws -> Void) throws {
    try closeDirectory(cut)
    try closeJob(cut)
  }

  /// Puts the directory into the job, or into the next one.
  private mutating func closeDirectory(_ cut: (Cut) throws -> Void) throws {
    if job.files + open.files > filesPerJob { try closeJob(cut) }
    job.text.append(contentsOf: open.text)
    job.files += open.files
    open.text.removeAll(keepingCapacity: true)
    open.files = 0
  }

  private mutating func closeJob(_ cut: (Cut) throws -> Void) throws {
    guard job.files > 0 else { return }
    try cut(job)
    job = Cut()
  }
}
