import ByteStreams
import Campaign
import CommandSupport
import Deletion

/// What `submit` shows.
enum SubmissionText {
  /// Prints where a round is.
  static func print(
    _ submission: Submission, _ manifest: CampaignManifest, _ round: RoundRecord, isNew: Bool, asJSON: Bool
  ) {
    if asJSON { return Terminal.write(json(submission, manifest, round, isNew: isNew)) }
    let jobs = "\(submission.jobs) job\(submission.jobs == 1 ? "" : "s")"
    let cluster = submission.cluster.map { "cluster \($0)" } ?? "an unknown cluster"
    let what = "round \(round.round), \(jobs) for \(round.files) files"
    Terminal.say(
      isNew
        ? "submitted \(what): \(cluster) at \(submission.target.scheddInWords)"
        : "submitted before, at \(submission.submitted): \(what): \(cluster) at \(submission.target.scheddInWords)"
    )
  }

  /// What a person is to say yes to.
  static func question(_ prepared: CampaignSubmitter.Prepared) -> [String] {
    let manifest = prepared.manifest
    let name = MessageText.oneLine(manifest.name, limit: 200)
    return [
      "campaign   \(name), round \(prepared.round.round)",
      "deletes    \(prepared.round.files) files of \(manifest.rse), by \(prepared.round.jobs.count) jobs at \(manifest.site)",
      "list       \(MessageText.oneLine(manifest.source.location, limit: 1000)), made \(manifest.source.made)",
      "protected  \(prepared.protected.entries) entries, \(prepared.protected.added) of them new since the plan",
      "expires    \(manifest.expires)",
      "goes to    \(destination(prepared.target))",
    ]
  }

  private static func destination(_ target: Submission.Target) -> String {
    let onward =
      target.ce.map { ", on to the compute element \($0)" } ?? target.gridResource.map { ", on to \($0)" }
    return target.scheddInWords + (target.spool ? ", spooled" : "") + (onward ?? "")
  }

  private static func json(
    _ submission: Submission, _ manifest: CampaignManifest, _ round: RoundRecord, isNew: Bool
  ) -> [UInt8] {
    var json = JSONText()
    json.beginObject()
    json.member("campaign", manifest.id)
    json.member("round", round.round)
    json.member("cluster", submission.cluster)
    json.member("jobs", submission.jobs)
    json.member("files", round.files)
    json.member("submitted", submission.submitted)
    json.member("new", isNew)
    json.endObject()
    json.endLine()
    return json.bytes
  }
}
