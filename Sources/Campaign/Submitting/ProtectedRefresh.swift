import ByteStreams
import Deletion
import FoundationEssentials

/// Reads the protected lists once more right before jobs are submitted: what has become protected since the plan is
/// then refused by the payload, whose list is the union of both.
public struct ProtectedRefresh: Sendable {
  /// Reads a source as the manifest names it, and hands its entries on.
  public typealias Reader = @Sendable (String) async throws -> [String]

  /// For how long a plan may do without a source that can't be read any more.
  public static let trust: TimeInterval = 24 * 3600

  private let reader: Reader

  /// Uses this reader.
  public init(reader: @escaping Reader = ProtectedRefresh.readFile) { self.reader = reader }

  /// Reads files, and URLs through this door.
  public init(web: any WebDoor) {
    reader = { location in
      guard WebAddress.isMeant(by: location) else { return try await Self.readFile(location) }
      let body = try WebFetch(door: web).bytes(WebAddress(location), limit: Self.bodyLimit)
      var entries: [String] = []
      try ProtectedListReader.read(MemorySource(body), name: location) { entries.append($0) }
      return entries
    }
  }

  /// Reads a file.
  @Sendable public static func readFile(_ location: String) async throws -> [String] {
    var entries: [String] = []
    try ProtectedListReader.read(location) { entries.append($0) }
    return entries
  }

  /// The most bytes of a list from a server: some million entries.
  private static let bodyLimit = 512 << 20

  /// What was done.
  public struct Result: Sendable, Equatable {
    /// How many different entries the jobs get.
    public var entries = 0
    /// How many of them are new since the plan.
    public var added = 0
    /// What could not be read.
    public var warnings: [String] = []
    /// The list, sorted.
    var list: [String] = []
  }

  /// Reads the round's list, or the plan's where it has none yet, and every source anew.
  ///
  /// - Throws: ``CampaignError`` where the plan's list can't be read, or a source can't and the plan is too old.
  public func union(_ manifest: CampaignManifest, _ folder: CampaignFolder, _ round: RoundFolder, now: Date)
    async throws -> Result
  {
    let hasOwn = FileManager.default.fileExists(atPath: round.protected)
    let planned = hasOwn ? round.protected : folder.round(1).protected
    var entries: Set<[UInt8]> = []
    do {
      try ProtectedListReader.read(planned) { entries.insert(Array($0.utf8)) }
    } catch {
      throw CampaignError(.badInput, "\(error)")
    }
    var result = Result()
    let before = entries.count
    for source in manifest.protected {
      do {
        for entry in try await reader(source.location) { entries.insert(Array(entry.utf8)) }
      } catch {
        let problem = "the protected list \(source.location) can't be read any more: \(error)"
        guard let created = try? Date(manifest.created, strategy: .iso8601),
          now.timeIntervalSince(created) < Self.trust
        else {
          throw CampaignError(
            .noInput, "\(problem); the plan is older than a day, so it can't do without: plan again")
        }
        result.warnings.append("\(problem); going by the plan's copy of \(source.read)")
      }
    }
    result.entries = entries.count
    result.added = entries.count - before
    result.list = entries.sorted { $0.lexicographicallyPrecedes($1) }.map {
      String(decoding: $0, as: UTF8.self)
    }
    return result
  }

  /// Writes the list for the jobs.
  static func write(_ list: [String], to path: String) throws {
    do {
      try AtomicFile.replace(path) { file in
        for entry in list { try file.write(Array("\(entry)\n".utf8)) }
      }
    } catch {
      throw CampaignError(.cannotReport, "\(error)")
    }
  }
}
