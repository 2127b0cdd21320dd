import ByteStreams
import Campaign
import CommandSupport
import DeletionModel

/// What `submit` shows.
enum SubmissionText {
  /// Prints where a round is.
  ///
  /// - Parameters:
  ///   - left: how many of its jobs were not submitted; nil: those that it has beyond the submission's.
  ///   - leftOut: see ``SubmissionDocument/leftOut``.
  static func print(
    _ submission: Submission, _ manifest: CampaignManifest, _ round: RoundRecord, left: Int? = nil,
    leftOut: Int? = nil, isNew: Bool,
    asJSON: Bool
  ) {
    let left = left ?? max(0, round.jobs.count - submission.jobs)
    if asJSON {
      var document = SubmissionDocument(campaign: manifest.id, leftOut: leftOut)
      document.round = .init(
        round.round, submission, files: files(submission, round), left: left, isNew: isNew)
      return Terminal.write(document.json)
    }
    let jobs = MessageText.counted(submission.jobs, "job")
    let cluster = submission.cluster.map { "cluster \($0)" } ?? "an unknown cluster"
    let what = "round \(round.round), \(jobs) for \(files(submission, round)) files"
    Terminal.say(
      isNew
        ? "submitted \(what): \(cluster) at \(submission.target.scheddText)"
        : "submitted before, at \(submission.submitted): \(what): \(cluster) at \(submission.target.scheddText)"
    )
    if let macaroon = submission.macaroon {
      Terminal.say(
        "the jobs have a macaroon of \(macaroon.door): \(macaroon.activities.joined(separator: ", ")) below \(macaroon.path) until \(macaroon.expires)"
      )
    }
    if left > 0 {
      Terminal.say(
        "\(left) job\(left == 1 ? " is" : "s are") left for the next round: \"resubmit\", when these have ended"
      )
    }
  }

  /// Of the jobs that were submitted.
  private static func files(_ submission: Submission, _ round: RoundRecord) -> Int {
    round.jobs.prefix(max(0, submission.jobs)).reduce(0) { $0 + $1.files }
  }

  /// What a person is to say yes to.
  static func question(_ prepared: CampaignSubmitter.Prepared) -> [String] {
    let manifest = prepared.manifest
    let name = MessageText.oneLine(manifest.name, limit: 200)
    return [
      "campaign   \(name), round \(prepared.round.round)",
      "deletes    \(prepared.round.files) files of \(manifest.rse), by \(prepared.round.jobs.count) jobs at \(manifest.site)"
        + (prepared.left > 0 ? "; \(prepared.left) jobs are left for the next round" : ""),
      "list       \(MessageText.oneLine(manifest.source.location, limit: 1000)), made \(manifest.source.made)",
      "protected  \(prepared.protected.entries) entries, \(prepared.protected.added) of them new since the plan",
      "expires    \(manifest.expires)",
      "goes to    \(destination(prepared.target))",
    ] + (prepared.macaroonDoor.map { ["macaroon   of \($0), the jobs' only credential"] } ?? [])
  }

  private static func destination(_ target: Submission.Target) -> String {
    let onward =
      target.ce.map { ", on to the compute element \($0)" } ?? target.gridResource.map { ", on to \($0)" }
    return target.scheddText + (target.spool ? ", spooled" : "") + (onward ?? "")
  }
}
