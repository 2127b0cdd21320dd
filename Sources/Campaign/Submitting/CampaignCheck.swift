import ByteStreams
import FoundationEssentials

/// What must hold before a campaign is submitted.
enum CampaignCheck {
  /// Throws ``CampaignError`` for an expired campaign, names that can't be an id, and jobs whose files are missing.
  static func check(
    _ manifest: CampaignManifest, _ round: RoundRecord, _ roundDirectory: RoundDirectory, now: Date
  )
    throws
  {
    for (key, value) in [("id", manifest.id), ("rse", manifest.rse), ("site", manifest.site)]
    where !PlainName.isOne(value) {
      throw CampaignError(
        .badInput,
        "campaign.json: \"\(key)\" is \"\(value)\"; it may have letters, digits, \"_\", \".\" and \"-\" only, a letter or digit first"
      )
    }
    try manifest.checkExpiry(now: now)
    guard !round.jobs.isEmpty else {
      throw CampaignError(.badInput, "round \(round.round) has no jobs: there is nothing to submit")
    }
    for (index, job) in round.jobs.enumerated() {
      let files = roundDirectory.job(job.id)
      for path in [files.job, files.list] where !FileManager.default.fileExists(atPath: path) {
        throw CampaignError(.noInput, "\(path) is missing: the campaign's directory is not whole")
      }
      guard let expected = round.digests?[index] else { continue }
      let found: String
      do { found = try JobWriter.digest(files) } catch { throw CampaignError(.noInput, "\(error)") }
      guard found == expected else {
        throw CampaignError(
          .badInput, "\(files.path): its list or job file was changed since it was planned: plan again")
      }
    }
  }

  /// The one thing that the names in the description don't have: where the directory itself lies. HTCondor replaces
  /// `$$(NAME)` in the paths of a job, and `$(NAME)` where the schedd makes the jobs bit by bit.
  static func checkPath(_ directory: CampaignDirectory, isThrottled: Bool) throws {
    let path = directory.path
    if path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
      throw CampaignError(.usage, "the campaign's path has a control character: \(path)")
    }
    if path.utf8.indices.contains(where: { index in path.utf8[index...].starts(with: "$$".utf8) }) {
      throw CampaignError(
        .usage, "the campaign's path has \"$$\", which HTCondor would replace: move it to another: \(path)")
    }
    if isThrottled, path.utf8.contains(UInt8(ascii: "$")) {
      throw CampaignError(
        .usage,
        "the campaign's path has a \"$\", which HTCondor would replace: move it to another, or set max-materialize "
          + "and max-idle to 0: \(path)")
    }
  }
}
