import ByteStreams
import Campaign
import JobReports

/// What `submit` and `resubmit` print with `--json`: `swab.submit/1`.
struct SubmissionDocument {
  /// The value of `schema`.
  static let schema = "swab.submit/1"

  /// A round that the schedd has.
  struct Round {
    let number: Int
    let submission: Submission
    /// Of the jobs that were submitted.
    let files: Int
    /// Jobs that were left for the next round.
    let left: Int
    /// Whether it was submitted now, and not before.
    let isNew: Bool

    init(_ number: Int, _ submission: Submission, files: Int, left: Int, isNew: Bool) {
      (self.number, self.submission, self.files, self.left, self.isNew) = (
        number, submission, files, left, isNew
      )
    }
  }

  /// The campaign's id.
  let campaign: String
  /// How many files that are not gone would not go in another round; nil: this was not asked.
  let leftOut: Int?
  /// nil: nothing is left for another round.
  var round: Round?

  init(campaign: String, leftOut: Int? = nil) { (self.campaign, self.leftOut) = (campaign, leftOut) }

  var json: [UInt8] {
    var json = JSONText()
    json.beginObject()
    json.member("schema", Self.schema)
    json.member("campaign", campaign)
    json.member("round", round?.number)
    json.member("cluster", round?.submission.cluster)
    json.member("jobs", round?.submission.jobs ?? 0)
    json.member("left", round?.left ?? 0)
    json.member("files", round?.files ?? 0)
    json.member("submitted", round?.submission.submitted)
    json.member("new", round?.isNew ?? false)
    json.member("leftOut", leftOut)
    json.endObject()
    json.endLine()
    return json.bytes
  }

  /// The JSON Schema.
  static var schemaText: String {
    JSONSchema.text(
      of: schema, "What was submitted.",
      #"""
      schema: "\#(schema)"  The form of this document.
      campaign: string  The campaign's id.
      round: integer|null  The round that the schedd has; null: nothing is left for another round.
      cluster: integer|null  HTCondor's number for its jobs.
      jobs: count  The jobs that were submitted.
      left: count  Jobs of the round that were left for the next one.
      files: count  The files of the jobs that were submitted.
      submitted: time|null  When.
      new: boolean  Whether it was submitted by this call, and not by an earlier one.
      leftOut: integer>=0|null  Of resubmit: files that are not gone and would not go in another round.

      """#)
  }
}

/// What `remove` prints with `--json`: `swab.remove/1`.
struct RemovalDocument {
  /// The value of `schema`.
  static let schema = "swab.remove/1"

  let removed: [JobRemoval.Removed]

  var json: [UInt8] {
    var json = JSONText()
    json.beginObject()
    json.member("schema", Self.schema)
    json.beginArray("removed")
    for removal in removed {
      json.beginObject()
      json.member("schedd", removal.target.scheddText)
      json.member("jobs", removal.jobs)
      json.member("ended", removal.ended)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    json.endLine()
    return json.bytes
  }

  /// The JSON Schema.
  static var schemaText: String {
    JSONSchema.text(
      of: schema, "Which jobs were taken off the queues.",
      #"""
      schema: "\#(schema)"  The form of this document.
      removed: [{}]  The schedds that had jobs of the campaign.
        schedd: string  Its name.
        jobs: count  How many jobs were removed there.
        ended: count  How many had ended and stay, so that collect fetches their output.

      """#)
  }
}
