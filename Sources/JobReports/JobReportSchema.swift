import DeletionModel

/// The JSON Schema of the job report (draft 2020-12): what `swab report schema` prints.
package enum JobReportSchema {
  /// The schema as JSON.
  package static var text: String {
    JSONSchema.text(
      of: JobReportText.schema,
      "What became of every file that a swab job was asked to delete. Times are ISO 8601 in UTC, durations are seconds.",
      #"""
      schema: "swab.job-report/1"  The form of this document.
      status: "complete" "incomplete"  Whether the run came to its end; also one that was stopped early can.
      tool: @tool  What wrote it.
      job: {}  Where and when it ran.
        host: string  The machine.
        user: string  The account.
        pid: integer  The process.
        started: time  When it began.
        finished: time|null  When it ended; null where it did not get so far.
        seconds: seconds  How long it took.
        site: text  The site.
        subsite: text  The subsite.
        siteConfig: text  Its site-local-config.xml.
        campaign: text  The campaign, by the job file.
        jobId: text  The job's name in it.
        condor: {}|null  What HTCondor says of the job; null outside of it.
          clusterId?: integer|null  The cluster.
          procId?: integer|null  The job in it.
          attempt?: integer|null  Which run of the job this is.
          globalJobId?: text  A name that no other job has.
          schedd?: text  Where it was submitted.
          slot?: text  Where it runs.
          site?: text  The site that the pool says the machine is at.
          machine?: {string}  Attributes of the machine ad.
        journal?: {}  The journal, which earlier runs have written to.
          file: string  Its name.
          runs: integer>=1  How many runs there were, with this one.
          earlierSeconds: seconds  How long the earlier ones took.
          settledEarlier: count  How many files they completed.
      request: {}  What was asked for.
        sources: texts  The lists.
        rse: text  The only RSE.
        allow: texts  Below which directories files may be deleted.
        protected: {}  The protected lists.
          files: texts  Their names.
          entries: count  How many LFNs they have.
        notNewerThan?: time|null  When a file may have been written at the latest; null for no limit.
        dryRun: boolean  Whether nothing was to be deleted.
        retries: integer>=0|null  Attempts after the first; null where merged runs differ.
        timeout: number|null  Seconds that one file may wait.
        deadline: number|null  Seconds that the run may take.
        concurrency: integer|null  Upper limit on requests in flight per host.
      summary: @summary  The sums over all files.
      storage: [@storage]  Sums by storage endpoint.
      errors: [@errors]  Sums by class of error.
      warnings: texts  What a person should know.
      files?: [@file]  Every file; without --report-files none.
      steps?: {}  The same in the form of WMCore's job report.
        swab: {}  The only step.
          status: integer  WMCore's exit code.
          site: text  The site.
          start: string  When it began.
          stop: text  When it ended.
          errors: [{}]  The classes of error.
            exitCode: integer  WMCore's code of it.
            type: string  The class.
            details: string  How many, and an example.
          cleanup: {}  The files.
            removed: [@cleanup]  Those that are gone.
            unremoved: [@cleanup]  Those that are not.
      exit: @exit  How it ended.
      $cleanup: {}  A file, as WMCore has it.
        LFN: string  The LFN.
        PFN: text  The PFN.
        PNN: text  The RSE.
        StageOutCommand: text  The stage-out command.
        Outcome?: string  The outcome.
        Reason?: text  Why it is not gone.

      """# + ReportSchemaParts.definitions())
  }
}
