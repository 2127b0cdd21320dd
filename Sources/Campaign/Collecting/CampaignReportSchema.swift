import JobReports

/// The JSON Schema of the campaign report (draft 2020-12): what `swab-submit report schema` prints.
package enum CampaignReportSchema {
  /// The schema as JSON.
  package static var text: String {
    JSONSchema.text(
      of: CampaignReport.schema,
      "What became of every file of a campaign, and how its jobs stand. Times are ISO 8601 in UTC, durations are seconds.",
      #"""
      schema: "\#(CampaignReport.schema)"  The form of this document.
      status: "complete" "incomplete"  Whether all jobs have ended and are accounted for.
      tool: @tool  What wrote it.
      campaign: {}  The campaign.
        name: string  Its name, for people.
        id: string  What no other campaign has.
        rse: string  The RSE that is deleted from.
        site: string  The site whose worker nodes run the jobs.
        created: time  When it was planned.
        expires: time  From when on its jobs refuse to run.
        collected: time  When this was written.
        source: {}  The list of unneeded files.
          location: string  Where it came from.
          made: time  When it was made.
          run: text  The scan that it is from.
          sha256: string~^[0-9a-f]{64}$  Of its content.
      rounds: [{}]+  The rounds.
        round: @round  Its number.
        created: time  When it was made.
        submitted: time|null  When it was submitted; null: not yet.
        jobs: count  Its jobs.
        files: count  The files of these.
      jobs: [{}]  The jobs.
        job: @job  Its name.
        round: @round  Its round.
        condor: string~^[0-9]+\.[0-9]+$|null  CLUSTER.PROC.
        state: \#(ReportSchemaParts.enumeration(JobState.allCases.map(\.rawValue)))  How it stands.
        reason: text  Why.
        exitCode: integer|null  The exit code of swab.
        files: count  Its files.
        counts: {count}  How they ended, by outcome.
        problem: text  What is wrong with its report.
        host: text  Where it ran last.
        site: text  The site of that.
        seconds: number>=0|null  How long it took.
        starts: count  How often it was started.
        attempts: count  Attempts over its files.
        saidDeleted?: count  What a job that ended without a whole report had said, by its ad or the event log.
      summary: @summary  The sums over all files, each once.
      storage: [@storage]  Sums by storage endpoint.
      errors: [@errors]  Sums by class of error.
      hosts: [@host]  What each machine has done, the worst first.
      directories: [{}]  Those with the most files that are not gone.
        path: string  The directory.
        files: count  Its files.
        notGone: integer>=1  Those that are not gone.
      warnings: texts  What a person should know.
      exit: @exit  How it stands in all.
      files?: [@file]  Every file.
      $job: string~^[0-9]{4,}$  The name of a job.
      $round: integer>=1  The number of a round.

      """# + host
        + ReportSchemaParts.definitions(
          moreClasses: [JobAccount.pending],
          moreOfFile: ["job: @job  Its job.", "round: @round  The round of that."]))
  }

  /// The definition of a machine.
  static let host = """
    $host: {}  A machine.
      host: string  Its name.
      jobs: count  The jobs that ran there.
      failures: count  Runs that deleted nothing and might have gone better elsewhere.
      deleted: count  Files that were deleted.
      absent: count  Files that were called absent.
      failed: count  Files that failed.
      suspect?: boolean  True where nearly all files were absent.
      bad?: boolean  True where nothing good has come of it.

    """
}
