import ByteStreams
import DeletionModel
import FoundationEssentials

/// Reads the protected lists once more right before jobs are submitted: what has become protected since the plan is
/// then refused by the payload, whose list is the union of both.
package struct ProtectedRefresh: Sendable {
  /// For how long a plan may do without a source that can't be read any more.
  package static let trust: TimeInterval = 24 * 3600

  private let web: any ListClient

  /// Reads files, and URLs through this client.
  package init(web: any ListClient) { self.web = web }

  /// What was done.
  package struct Result: Sendable, Equatable {
    /// How many different entries the jobs get.
    package var entries = 0
    /// How many of them are new since the plan.
    package var added = 0
    /// What could not be read.
    package var warnings: [String] = []
    /// The list, one a line.
    var text: [UInt8] = []
  }

  /// Reads the round's list, or the plan's where it has none yet, and every source anew.
  ///
  /// - Throws: ``CampaignError`` where the plan's list can't be read, or a source can't and the plan is too old.
  package func union(
    _ manifest: CampaignManifest, _ directory: CampaignDirectory, _ round: RoundDirectory, now: Date
  )
    throws -> Result
  {
    var protected = ProtectedLFNs()
    func add(_ given: String) throws {
      try protected.add(
        given, web: web, spoolDirectory: directory.path, now: now, accepting: Set(manifest.accepted ?? []))
    }
    let hasOwn = FileManager.default.fileExists(atPath: round.protected)
    do {
      let own = hasOwn ? round.protected : directory.round(1).protected
      // A pipe in its place would keep us waiting.
      _ = try OpenFile(readingRegular: own)
      try add(own)
    } catch {
      throw CampaignError(.badInput, "\(error)")
    }
    var result = Result()
    let before = protected.count
    for source in manifest.protected {
      do {
        try add(source.location)
      } catch {
        let problem = "the protected list \(source.location) can no longer be read: \(error)"
        guard let created = try? Date(manifest.created, strategy: .iso8601),
          now.timeIntervalSince(created) < Self.trust
        else {
          throw CampaignError(
            .noInput, "\(problem); the plan is older than a day, so it needs the list: plan again")
        }
        result.warnings.append("\(problem); using the plan's copy of \(source.read)")
      }
    }
    result.entries = protected.count
    result.added = protected.count - before
    result.text = protected.text
    return result
  }
}
