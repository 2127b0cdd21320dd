import JobReports

/// The JSON Schema of what `swab-submit plan --json` prints; `campaign` is the content of `campaign.json`.
package enum PlanSchema {
  /// The schema as JSON.
  package static var text: String {
    JSONSchema.text(
      of: CampaignPlan.schema, "What was planned, for who has to agree to it.",
      #"""
      schema: "\#(CampaignPlan.schema)"  The form of this document.
      directory: string  The campaign's directory.
      campaign: {}  The content of campaign.json.
        schema: "\#(CampaignManifest.schema)"  The form of campaign.json.
        name: string  The campaign's name, for people.
        id: string  What no other campaign has.
        rse: string  The only RSE to delete from.
        site: string  The site whose worker nodes run the jobs.
        created: time  When it was planned.
        expires: time  From when on its jobs refuse to run.
        tool: string  The program that planned it.
        source: {}  The list of unneeded files.
          location: string  Where it came from.
          made: time  When it was made.
          ended?: time  When the scan had ended.
          run?: text  The scan that it is from.
          sha256: string~^[0-9a-f]{64}$  Of its content.
        protected: [{}]  The protected lists.
          location: string  Where it came from.
          read: time  When it was read.
          entries: count  How many different entries it has.
        filters: {}  What was let through.
          allow: texts  Allowed roots.
          include: texts  Only what is at or below one of these; empty: everything.
          exclude: texts  Nothing at, above or below one of these.
          maxFiles?: integer|null  Upper limit on files.
        counts: {}  What the list has; listed is the sum of all but directories and jobs.
          listed: count  Entries of the list.
          duplicates: count  Those that were there before.
          refused: count  Those that a safety rule forbids, apart from protection.
          protected: count  Those at, above or below a protected entry.
          excluded: count  Those at, above or below an excluded prefix.
          notIncluded: count  Those at or below no included prefix.
          overLimit: count  Those beyond --max-files.
          files: count  What is to be deleted.
          directories: count  The directories of these files.
          jobs: count  The jobs of the first round.
        filesPerJob: count  Upper limit on files of a job.
        accepted?: texts  What was accepted that is refused otherwise.
      protectedEntries: count  How many different protected LFNs there are.
      refused: [{}]  What was refused, the most first.
        rule: string  The safety rule.
        count: count  How many entries.
        example: string  What was wrong with the first.
      sample: texts  Some of the files.
      warnings: texts  What a person should know.

      """#)
  }
}
