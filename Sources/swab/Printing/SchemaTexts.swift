import Credentials
import JobReports
import ListReading

/// The JSON Schemas of what `swab` reads and prints, beside the report.
enum SchemaTexts {
  /// `swab.job/1`.
  static var job: String {
    JSONSchema.text(
      of: JobFile.schema, "What a submitter asks of one job. The command line goes before it.",
      isClosed: true,
      #"""
      schema: "\#(JobFile.schema)"  The form of this document.
      campaign?: string  The campaign, for the report.
      jobId?: string  The job's name in it, for the report.
      site?: string  The site that it is for; refused elsewhere.
      rse?: string  The only RSE to delete from.
      lists?: texts  Lists of LFNs, relative to the job file's directory.
      protected?: texts  Protected lists, likewise; those of the command line are added.
      allow?: texts  Directories below which files may be deleted.
      expires?: string  ISO 8601; refused from then on.
      options?: {}  Options of swab delete.
        backend?: string  The only backend to use.
        retries?: integer>=0  Attempts after the first.
        retryPause?: seconds  The pause before the second attempt.
        timeout?: seconds  Seconds that one file may wait.
        deadline?: string|number  Seconds that the run may take, or auto.
        checkpointEvery?: seconds  With checkpoint: also end with 85 after so long.
        concurrency?: integer>=1  Upper limit on requests in flight per host.
        report?: string  The report, relative to the working directory.
        reportFiles?: "all" "failed" "none"  Which files it names.
        pruneEmptyDirectories?: boolean  Remove directories that are left empty.
        maxDelete?: integer>=0  Delete nothing where the lists have more names.
        notNewerThan?: string  Files that were written later stay: ISO 8601.
        noLook?: boolean  Over HTTP, delete names without asking what they are.
        dcacheFrontend?: string  The frontend of dCache's bulk service.
        dryRun?: boolean  Only say what would be done.
        journal?: string  The journal, relative to the working directory.
        checkpoint?: boolean  End with 85 where work is left.
        logUrl?: string  The collector that the log is sent to as well.
        logTokenFile?: string  A file with a bearer token for it.

      """#)
  }

  /// `swab.check/1`.
  static var check: String {
    let states = ReportSchemaParts.enumeration(CredentialState.allCases.map(\.rawValue))
    return JSONSchema.text(
      of: CheckJSON.schema, "Whether a deletion could work, and what was found.",
      #"""
      schema: "\#(CheckJSON.schema)"  The form of this document.
      ready: boolean  Whether files could be deleted at one endpoint at least.
      exitCode: count  The exit code of the command.
      sentence: string  What it comes to.
      siteName: text  The site.
      subSiteName: text  The subsite.
      siteConfig: text  Its site-local-config.xml.
      stageOuts: [{}]  The stage-out entries, in order.
        kind: string  The form it is written in.
        rse: text  The RSE.
        command: string  The stage-out command.
        option: text  Its option.
        storageSite: text  Whose storage it is.
        volume: text  The volume.
        protocol: text  The catalog's protocol.
        backend: text  The backend that it comes to.
        fallback: text  What takes over from that here.
        usable: boolean  Whether deletion can use it.
        problem: text  Why not.
      tools: [{}]  The tools that backends may need.
        name: string  Its name.
        path: text  Where it is.
        version: text  Its version.
        problem: text  Why it can't be used.
      credentials: [{}]  What was found.
        kind: "token" "macaroon" "proxy" "certificate"  What it is.
        source: string  The variable and file.
        subject: text  Whom it names.
        identifier: text  Of a macaroon.
        issuer: text  Who issued it.
        expires: time|null  When it ends.
        state: \#(states)  Whether it can be used.
        problem: text  What is wrong.
        scopes: texts  What a token allows.
        audiences: texts  For whom a token is.
      credentialSources: [{}]  Everything that was searched for a credential.
        source: string  The variable and file.
        found: string  What is there.
      endpoints: [{}]  The storage endpoints.
        endpoint: string  scheme://host:port, or a directory.
        answers: boolean|null  Whether it takes a connection; null: not asked.
        state: text  The same in more detail.
        text: text  The same as a text, or what it said.
        milliseconds: number|null  How long the connection took.
        lfn: string  The directory that it was asked for.
        pfn: string  The same at the storage.
        backend: string  What asked it.
        usable: boolean|null  Whether files could be deleted there; null: not asked.
        error: {}|null  What it had against it.
          class: string  The class.
          code: string  The code.
          message: string  The message.
        credential: {}|null  What it was shown.
          kind: string  What it is.
          subject: text  Whom it names.
          source: text  The variable and file.
          expires: text  When it ends.
      findings: [{}]  The rows of the table, the worst last.
        mark: "ok" "note" "warning" "error"  How bad it is.
        subject: "site" "stage-out" "tool" "credential" "endpoint"  What it is about.
        text: string  What was found.
        remedy: text  What to do.
      problems: texts  The texts of warnings and errors.

      """#)
  }

  /// `swab.backends/1`.
  static var backends: String {
    JSONSchema.text(
      of: BackendsCommand.schema, "The backends, and which of them serves what.",
      #"""
      schema: "\#(BackendsCommand.schema)"  The form of this document.
      backends: [{}]  The backends.
        name: string  Its name.
        summary: string  What it does.
        schemes: texts  The PFN schemes that it can serve.
        tool: text  The tool that it needs.
        toolPath: text  Where that is here.
      choice: [{}]  The table of stage-out commands.
        command: string  The command.
        schemes: texts  PFN schemes.
        backend: string  What serves them.
        fallbacks: texts  What takes over.
        fallbackCondition: text  When.

      """#)
  }

  /// `swab.resolve/1`.
  static var resolve: String {
    JSONSchema.text(
      of: "swab.resolve/1",
      "One line of swab resolve --json: targets and refused of a site, or pfn and reason of a catalog.",
      #"""
      lfn: string  The LFN.
      targets?: [{}]  Where the stage-out entries put it, in order.
        rse: text  The RSE.
        storageSite: text  Whose storage it is.
        volume: text  The volume.
        protocol: text  The catalog's protocol.
        command: text  The stage-out command.
        backend: text  The backend that would delete it.
        pfn: string  The PFN.
      refused?: text  Why it would be refused; null: it would not.
      pfn?: text  With --catalog: the PFN.
      reason?: text  With --catalog: why there is none.

      """#)
  }
}
