import JobReports

/// The JSON Schema of what `swab-submit status --json` prints.
package enum StatusSchema {
  /// The schema as JSON.
  package static var text: String {
    JSONSchema.text(
      of: StatusJSON.schema, "How a campaign stands.",
      #"""
      schema: "\#(StatusJSON.schema)"  The form of this document.
      campaign: {}  The campaign.
        name: string  Its name, for people.
        id: string  What no other campaign has.
        rse: string  The RSE that is deleted from.
        site: string  The site whose worker nodes run the jobs.
        expires: time  From when on its jobs refuse to run.
      files: {}  Its files.
        total: count  All.
        gone: count  Deleted or absent.
        notGone: count  Those of jobs that have ended, and are not gone.
        suspect: count  Called absent, and not believed.
        bytesFreed?: count  Bytes of the deleted files whose size is known, of jobs that have ended.
        bytesFreedIsPartial?: boolean  Whether there are deleted files of unknown size.
      alarm: text  What has to be said first.
      rounds: [{}]  The rounds.
        round: integer>=1  Its number.
        cluster: integer|null  The cluster of its jobs.
        submitted: time|null  When it was submitted; null: not yet.
        jobs: count  Its jobs.
      states: {count}  How many jobs are in each state.
      jobs: [{}]  The jobs.
        job: string~^[0-9]{4,}$  Its name.
        round: integer>=1  Its round.
        condor: text  CLUSTER.PROC.
        state: \#(ReportSchemaParts.enumeration(JobState.allCases.map(\.rawValue)))  How it stands.
        row: integer>=1  The row of the table that says so.
        reason: text  Why.
        advice: text  What to do.
        holdCode: integer|null  HTCondor's code of a hold.
        exitCode: integer|null  The exit code of swab.
        files: count  Its files.
        gone: count|null  Those that are gone.
        notGone: count|null  Those that are not.
        starts: count  How often it was started.
        host: text  Where it ran last.
        site: text  The site of that.
      hosts: [@host]  What each machine has done.
      problems: texts  What a person should know.

      """# + CampaignReportSchema.host)
  }
}
