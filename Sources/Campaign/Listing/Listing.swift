import ByteStreams
import Deletion
import FoundationEssentials

/// The list of unneeded files, fetched and fresh enough.
struct Listing: Sendable {
  /// A file's absolute path, or a URL without secrets.
  let location: String
  /// When it was made.
  let made: Date
  /// The name of the monitor's scan.
  var run: String?
  /// How many entries it has to have, where somebody says so.
  var expected: Int?
  /// What a person should know of it, a line each.
  var warnings: [String] = []
  private let file: OpenFile
  private let snapshot: OpenFile.Snapshot

  /// A list that is on disk already.
  ///
  /// - Throws: `FileError`; ``CampaignError`` where it is too old, or where its age can't be told.
  init(path: String, maxAge: Double, now: Date) throws {
    file = try OpenFile(reading: path)
    snapshot = try file.snapshot()
    location = AbsolutePath.of(path)
    made = Date(timeIntervalSince1970: try file.modified())
    guard snapshot.isRegular else {
      throw CampaignError(
        .badInput, "\(path): only a regular file has an age, and an old list deletes new files")
    }
    try Freshness.check(made: made, now: now, maxAge: maxAge, what: path)
  }

  /// A list that was fetched.
  init(location: String, made: Date, run: String, file: OpenFile) throws {
    self.location = location
    self.made = made
    self.run = run
    self.file = file
    snapshot = try file.snapshot()
  }

  /// Reads it to its end.
  ///
  /// - Returns: the SHA-256 of its bytes as they are.
  /// - Throws: `ListError` for what it holds, or where it was written to meanwhile; `FileError`; what `each` throws.
  func read(_ each: (ListedLFN) throws -> Void) throws -> String {
    guard let digest = SHA256() else { throw CampaignError(.internalError, "no memory for SHA-256") }
    var reader = LFNListReader(DigestingSource(FileSource(file, at: 0), digest), name: location)
    while let batch = try reader.nextBatch(limit: 4096) {
      for listed in batch { try each(listed) }
    }
    if try file.snapshot() != snapshot { throw ListError(source: location, problem: .changed) }
    return digest.finish()
  }
}
