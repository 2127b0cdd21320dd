import ByteStreams
import DeletionModel
import ListReading
import FoundationEssentials

/// The list of unneeded files, fetched and fresh enough.
struct Listing: Sendable {
  /// A file's absolute path, or a URL without secrets.
  let location: String
  /// When it was made.
  let made: Date
  /// When the scan had ended that it is from, where somebody says so.
  var ended: Date?
  /// The name of the monitor's scan.
  var run: String?
  /// How many entries it has to have, where somebody says so.
  var expected: Int?
  /// What a person should know of it, a line each.
  var warnings: [String] = []
  /// Whether it came over the network: then a line without an end is more than a person's habit.
  let isFetched: Bool
  private let file: OpenFile
  private let snapshot: OpenFile.Snapshot

  /// A list that is on disk already.
  ///
  /// - Parameter scan: what the consistency monitor says of the scan that it comes from.
  /// - Throws: `FileError`; ``CampaignError`` where it is too old, or where its age can't be told.
  init(path: String, scan: ScanStatus? = nil, maxAge: Double, now: Date) throws {
    let file = try Self.opened(path)
    let age = try ListAge.made(file, path: path)
    let made = try scan.map { try Self.start(of: $0, path: path, age: age) } ?? age
    try Freshness.check(made: made, now: now, maxAge: maxAge, what: path)
    self.file = file
    snapshot = try file.snapshot()
    location = AbsolutePath.of(path)
    self.made = made
    isFetched = false
    run = scan?.run
    expected = scan?.files
    ended = scan?.ended
    warnings = try scan?.check(now: now, maxAge: maxAge, source: path) ?? []
  }

  /// When the scan began that a list comes from. Throws ``CampaignError`` where it can't come from it.
  private static func start(of scan: ScanStatus, path: String, age: Date) throws(CampaignError) -> Date {
    guard let started = scan.started, age > started.addingTimeInterval(-Freshness.clockSkew) else {
      throw CampaignError(
        .badInput,
        "\(path): it was made at \(age.formatted(.iso8601)), before its scan \(scan.run ?? "") began: the list of another scan"
      )
    }
    return started
  }

  private static func opened(_ path: String) throws -> OpenFile {
    do throws(FileError) {
      return try OpenFile(readingRegular: path)
    } catch {
      if error.errno != .notSupported { throw error }
      throw CampaignError(
        .badInput, "\(path): only a regular file has an age, and an old list deletes new files")
    }
  }

  /// A list that was fetched.
  init(location: String, made: Date, run: String, file: OpenFile) throws {
    self.location = location
    self.made = made
    self.run = run
    isFetched = true
    self.file = file
    snapshot = try file.snapshot()
  }

  /// Reads it to its end.
  ///
  /// - Returns: what its text is like.
  /// - Throws: `ListError` for what it holds, or where it was written to meanwhile; `FileError`; what `each` throws.
  func read(_ each: (ListedLFN) throws -> Void) throws -> ListText {
    let text = try ListText()
    var reader = LFNListReader(try text.source(FileSource(file, at: 0)), name: location)
    while let batch = try reader.nextBatch(limit: 4096) {
      for listed in batch { try each(listed) }
    }
    if try file.snapshot() != snapshot { throw ListError(source: location, problem: .changed) }
    return text
  }
}
