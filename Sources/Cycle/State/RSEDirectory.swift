import Campaign
import FoundationEssentials

/// What belongs to an RSE: see ``StateDirectory``.
package struct RSEDirectory: Sendable, Equatable {
  /// The RSE.
  package var name: String
  package var path: String

  package var state: String { path + "/state.json" }
  package var history: String { path + "/history.jsonl" }
  package var lease: String { path + "/lease.json" }
  package var frozen: String { path + "/frozen.json" }
  package var approved: String { path + "/approved.json" }
  package var configuration: String { path + "/config.ini" }
  package var page: String { path + "/index.html" }
  /// See ``Leftovers``.
  package var leftovers: String { path + "/leftovers.gz" }
  package var leftoverSums: String { path + "/leftovers.json" }
  package var campaigns: String { path + "/campaigns" }

  /// A campaign's directory.
  package func campaign(_ id: String) -> CampaignDirectory { CampaignDirectory("\(campaigns)/\(id)") }

  /// The name of the campaign for a scan: with the scan's own name in it, so that no scan is planned in full twice. That of a
  /// trial has more behind it (``RSEPass/trialMark``).
  package func campaignID(run: String) -> String {
    let plain = String(
      decoding: run.utf8.map { PlainName.isAllowed($0) ? $0 : UInt8(ascii: "-") }, as: UTF8.self)
    return "\(name)-\(plain)"
  }

  /// Makes the directory. Throws ``CampaignError``.
  package func make() throws {
    do { try MissingDirectories.make(campaigns) } catch { throw CampaignError(.cannotReport, "\(error)") }
  }

  /// Removes what processes that were killed have left in it and in its campaigns.
  func removeLeftBehind(now: Date) {
    LeftBehind.remove(in: path, now: now)
    // The next plan may be for another scan, and so for another name.
    PartialDirectory.removeLeftBehind(in: campaigns) { $0.contains(PartialDirectory.mark) }
    for id in campaignNames { LeftBehind.remove(from: campaign(id), now: now) }
  }

  /// The directories that could be campaigns.
  private var campaignNames: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: campaigns)) ?? []).filter {
      !$0.contains(PartialDirectory.mark)
    }
  }

  /// Why campaigns can't be read that are there: ``CampaignError``, `FileError`.
  package var damagedCampaigns: [any Error] {
    campaignNames.sorted().compactMap { id in
      let directory = campaign(id)
      guard FileManager.default.fileExists(atPath: directory.manifest) else { return nil }
      do {
        _ = try CampaignFiles.manifest(directory)
        return nil
      } catch {
        return error
      }
    }
  }

  /// The campaigns that there are, the newest last; what is no campaign is passed over.
  package var plannedCampaigns: [(id: String, manifest: CampaignManifest)] {
    campaignNames.compactMap { id in
      (try? CampaignFiles.manifest(campaign(id))).map { (id, $0) }
    }.sorted { ($0.manifest.created, $0.id) < ($1.manifest.created, $1.id) }
  }
}
