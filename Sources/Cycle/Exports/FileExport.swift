import ByteStreams
import Campaign
import DeletionModel
import FoundationEssentials

/// What has become of the files of campaigns, for other programs, a line each. Streamed: memory does not grow with the files.
package enum FileExport: String, Sendable, CaseIterable {
  /// The PFN of each file that is gone. What a catalogue of a site has to forget.
  case gone
  /// Deletion events as Rucio's reaper writes them (rucio/daemons/reaper/reaper.py): `deletion-done`, `deletion-not-found`,
  /// `deletion-failed`, as JSON lines.
  case rucioEvents = "rucio-events"

  /// Goes through the campaigns of RSEs. One that is damaged keeps no other one back.
  ///
  /// - Parameters:
  ///   - all: whether all of them are wanted, or the newest one of each RSE only.
  ///   - write: told whole lines, many at a time.
  /// - Returns: what could not be read: ``CampaignError``, `FileError`, what `write` throws.
  package func write(
    _ rses: [RSEDirectory], all: Bool, _ write: ([UInt8]) throws -> Void
  ) async -> [any Error] {
    var problems: [any Error] = []
    for rse in rses {
      let campaigns = rse.plannedCampaigns.map { rse.campaign($0.id) }
      problems += rse.damagedCampaigns
      for campaign in all ? campaigns : campaigns.suffix(1) {
        do {
          try await self.write(campaign, write)
        } catch {
          problems.append(error)
        }
      }
    }
    return problems
  }

  /// Goes through a campaign.
  ///
  /// - Parameter write: told whole lines, many at a time.
  /// - Throws: ``CampaignError``, `FileError`, what `write` throws.
  package func write(_ campaign: CampaignDirectory, _ write: ([UInt8]) throws -> Void) async throws {
    // What jobs say that have ended: HTCondor's event log in the directory tells which those are.
    let status = try await CampaignStatus.read(campaign, from: NoQueue())
    let time = (status.rounds.compactMap { $0.submission?.submitted }).last ?? status.manifest.created
    var outcomes = CampaignOutcomes(status)
    var lines: [UInt8] = []
    while let outcome = outcomes.next() {
      lines += self.lines(outcome, status.manifest, time)
      if lines.count > 1 << 16 {
        try write(lines)
        lines = []
      }
    }
    if !lines.isEmpty { try write(lines) }
  }

  private func lines(_ outcome: FileOutcome, _ manifest: CampaignManifest, _ time: String) -> [UInt8] {
    switch self {
    case .gone:
      guard outcome.isGone, let pfn = outcome.record.pfn else { return [] }
      return Array("\(pfn)\n".utf8)
    case .rucioEvents: return Self.event(outcome.record, manifest, time)
    }
  }

  private static func event(_ record: FileRecord, _ manifest: CampaignManifest, _ time: String) -> [UInt8] {
    let type: String
    switch record.outcome {
    case .deleted: type = "deletion-done"
    case .absent: type = "deletion-not-found"
    case .failed: type = "deletion-failed"
    // Nothing was tried.
    case .refused, .notAttempted: return []
    }
    var json = JSONText()
    json.beginObject()
    json.member("event_type", type)
    json.member("created_at", time)
    json.beginObject("payload")
    json.member("scope", "cms")
    json.member("name", record.lfn)
    json.member("rse", manifest.rse)
    json.member("url", record.pfn)
    json.member(
      "protocol",
      record.pfn.flatMap { pfn in pfn.firstRange(of: "://").map { String(pfn[..<$0.lowerBound]) } })
    if let size = record.facts.size { json.member("bytes", size) }
    json.member("duration", seconds: record.seconds)
    if let failure = record.failure { json.member("reason", failure.message) }
    json.endObject()
    json.endObject()
    json.endLine()
    return json.bytes
  }
}
