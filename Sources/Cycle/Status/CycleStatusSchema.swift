import JobReports

/// The JSON Schema of `status.json`, which `swab-submit cycle status --json` prints.
package enum CycleStatusSchema {
  /// The schema as JSON.
  package static var text: String {
    JSONSchema.text(
      of: CycleStatus.schema, "How the RSEs of a cycle stand.",
      #"""
      schema: "\#(CycleStatus.schema)"  The form of this document.
      finished: time  When the pass ended that wrote it.
      expected: time  When the next pass has to have ended.
      rses: [{}]  The RSEs.
        rse: string  Its name.
        site: text  The site whose worker nodes run the jobs.
        phase: \#(ReportSchemaParts.enumeration(Phase.allCases.map(\.rawValue)))  How far it is.
        reason: \#(ReportSchemaParts.enumeration(Reason.allCases.map(\.rawValue)))  Why.
        words: string  The reason as a sentence.
        detail: text  More of it.
        since: time  Since when it is so.
        looked: time  When a pass was there last.
        needsPerson: boolean  Whether a person has to do something.
        frozen: boolean  Whether a person has frozen it.
        scanAgeHours: number|null  Hours since its newest scan began.
        scan: text  The run of that scan.
        listed: integer|null  Entries of the campaign's list.
        gone: integer|null  Files of the campaign that are gone.
        left: integer|null  Those that are not.
        deletedDay: count  Files that were deleted within a day.
        deletedWeek: count  Within a week.
        deletedMonth: count  Within 30 days.
        deletedTotal: count  In all.
        bytesFreed: integer>=0|null  Bytes of deleted files, as far as their size is known.
        bytesFreedIsPartial: boolean  Whether there were deleted files of unknown size.
        bytesFreedDay?: count  Bytes of those that were deleted within a day, as far as their size is known.
        bytesFreedWeek?: count  Within a week.
        bytesFreedMonth?: count  Within 30 days.
        campaign: text  The campaign at work.
        round: integer|null  Its round.
        jobs: {count}  How many jobs are in each state.
        worstError: text  The most frequent class of error.
        repeated: integer|null  Files that several scans had.
        oldestSurvivor: text  Of these, the file that has been there the longest.
        oldestSurvivorSince: text  When the scan began that had it first.
        nextDue: text  When something is due next.

      """#)
  }
}
