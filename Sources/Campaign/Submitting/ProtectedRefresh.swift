import ByteStreams
import Deletion
import FoundationEssentials

/// Reads the protected lists once more right before jobs are submitted: what has become protected since the plan is
/// then refused by the payload, whose list is the union of both.
public struct ProtectedRefresh: Sendable {
  /// For how long a plan may do without a source that can't be read any more.
  public static let trust: TimeInterval = 24 * 3600

  private let web: any WebDoor

  /// Reads files, and URLs through this door.
  public init(web: any WebDoor) { self.web = web }

  /// What was done.
  public struct Result: Sendable, Equatable {
    /// How many different entries the jobs get.
    public var entries = 0
    /// How many of them are new since the plan.
    public var added = 0
    /// What could not be read.
    public var warnings: [String] = []
    /// The list, one a line.
    var text: [UInt8] = []
  }

  /// Reads the round's list, or the plan's where it has none yet, and every source anew.
  ///
  /// - Throws: ``CampaignError`` where the plan's list can't be read, or a source can't and the plan is too old.
  public func union(_ manifest: CampaignManifest, _ folder: CampaignFolder, _ round: RoundFolder, now: Date)
    throws -> Result
  {
    var protected = ProtectedLFNs()
    func add(_ place: String) throws {
      try protected.add(place, web: web, spoolFolder: folder.path, now: now)
    }
    let hasOwn = FileManager.default.fileExists(atPath: round.protected)
    do {
      try add(hasOwn ? round.protected : folder.round(1).protected)
    } catch {
      throw CampaignError(.badInput, "\(error)")
    }
    var result = Result()
    let before = protected.count
    for source in manifest.protected {
      do {
        try add(source.location)
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
    result.entries = protected.count
    result.added = protected.count - before
    result.text = protected.text
    return result
  }
}
