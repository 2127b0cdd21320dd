import ByteStreams
import FoundationEssentials

/// What the campaign before of the same RSE had, to see whether a new list is suspiciously short.
struct LastCampaign: Sendable {
  /// Entries of its protected lists.
  let protectedEntries: Int
  /// Entries of its list that it has not removed from the storage: they should be listed again.
  let left: Int
  private let name: String

  /// Reads a campaign's directory.
  ///
  /// - Throws: ``CampaignError`` where it is none, or is of another RSE; `FileError`, `GzipError`.
  init(_ directory: String, rse: String) throws {
    let campaign = CampaignDirectory(named: directory)
    let manifest = try CampaignFiles.manifest(campaign)
    guard manifest.rse == rse else {
      throw CampaignError(.usage, "--last \(directory): it is a campaign of \(manifest.rse), not of \(rse)")
    }
    name = manifest.id
    protectedEntries = manifest.protected.reduce(0) { $0 + $1.entries }
    var left = manifest.counts.listed - manifest.counts.files - manifest.counts.duplicates
    if FileManager.default.fileExists(atPath: campaign.residual) {
      var source = try sniffed(FileSource(regularFile: campaign.residual))
      while let chunk = try source.next() { left += chunk.count { $0 == 0x0A } }
    } else if try CampaignFiles.submission(campaign.round(1)) == nil {
      left += manifest.counts.files
    }
    self.left = max(0, left)
  }

  /// The newest campaign of an RSE among the directories beside this one; nil where there is none. What can't be read is
  /// passed over: nobody has named it.
  init?(beside directory: String, rse: String) {
    guard let slash = directory.lastIndex(of: "/") else { return nil }
    let parent = directory[..<slash].isEmpty ? "/" : String(directory[..<slash])
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    var newest: CampaignManifest?
    for name in names {
      let campaign = CampaignDirectory("\(parent)/\(name)")
      guard campaign.path != directory, FileManager.default.fileExists(atPath: campaign.manifest),
        let manifest = try? CampaignFiles.manifest(campaign), manifest.rse == rse
      else { continue }
      if newest.map({ $0.created < manifest.created }) ?? true { newest = manifest }
    }
    guard let newest else { return nil }
    name = newest.id
    protectedEntries = newest.protected.reduce(0) { $0 + $1.entries }
    left = 0
  }

  /// Refuses a list that has fewer than half of what the last campaign has left. Throws ``CampaignError``.
  func check(listed: Int, location: String, accepting: Set<Acceptance>) throws(CampaignError) {
    guard listed * 2 < left, !accepting.contains(.shorterList) else { return }
    throw CampaignError(
      .badInput,
      "\(location): it has \(listed) entries, and the last campaign, \(name), has left \(left): is it whole?"
        + Acceptance.shorterList.hint)
  }

  /// Refuses protected lists that have fewer than half of the last campaign's entries. Throws ``CampaignError``.
  func check(protected lists: [CampaignManifest.Protected], accepting: Set<Acceptance>) throws(CampaignError)
  {
    let entries = lists.reduce(0) { $0 + $1.entries }
    guard entries * 2 < protectedEntries, !accepting.contains(.shorterList) else { return }
    throw CampaignError(
      .badInput,
      "the protected lists have \(entries) entries, and those of the last campaign, \(name), had \(protectedEntries): are "
        + "they whole?\(Acceptance.shorterList.hint)")
  }
}
