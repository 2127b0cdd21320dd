import DeletionModel

/// What the JSON Schemas of the reports have in common.
package enum ReportSchemaParts {
  /// Definitions, as ``JSONSchema`` has them.
  ///
  /// - Parameters:
  ///   - moreClasses: values that `class` can have beside those of a job report.
  ///   - moreOfFile: further members of a file, a line each.
  package static func definitions(moreClasses: [String] = [], moreOfFile: [String] = []) -> String {
    let classes = enumeration(
      ErrorClass.allCases.map(\.rawValue) + ["refused", "stopped", RunTotals.suspect] + moreClasses)
    return #"""
      $class: \#(classes)  A class of error.
      $latency: {}  How long storage took for an attempt, in seconds.
        p50: seconds  The median.
        p90: seconds  Nine in ten were as fast.
        p99: seconds  99 in 100 were as fast.
        max: seconds  The longest.
        buckets?: [[integer]]  Pairs of a bucket b and a count. It ends at b + 1 microseconds below 8, else at 2^(b / 8 + 2) * (9 + b % 8) / 8, in integers.
      $tool: {}  A program.
        name: string  Its name.
        version: string  Its version.
        commit: string  The commit that it was built from.
      $summary: {}  Sums over all files.
        requested: count  All; the next five add up to it.
        deleted: count  The storage said that it deleted them.
        absent: count  They were not there.
        failed: count  They may still be there.
        refused: count  A safety rule forbids it, or they are newer than --not-newer-than allows.
        notAttempted: count  Nothing was sent for them.
        attempts: count  Attempts over all files.
        bytesFreed?: count  Bytes of the deleted files whose size the storage named.
        bytesFreedIsPartial?: boolean  Whether there are deleted files of unknown size.
        ageUnknown?: count  With --not-newer-than: deleted files of which the storage did not say when they were written.
        filesPerSecond: seconds  Files that are gone, for each second.
        latency: @latency  How long storage took.
        directories?: {}  With --prune-empty-directories.
          removed: count  They were empty.
          kept: count  They are not.
          failed: count  They could not be removed.
      $storage: {}  One storage endpoint, by one entry and backend.
        rse: text  The RSE.
        storageSite: text  Whose storage it is.
        volume: text  The volume.
        protocol: text  The catalog's protocol.
        command: text  The stage-out command.
        backend: string  What asked it.
        endpoint: string  scheme://host:port.
        deleted: count  Deleted there.
        absent: count  Not there.
        failed: count  Failed there.
        circuit: "closed" "open"  Open: at the end nothing or only single files were sent there, or it had been given up.
        failingSince?: time  Where it is open: when the failures began.
        suspect?: boolean  True where nearly all files were absent, as after a wrong prefix.
        pace?: {}  What was learnt of its limits.
          kind: "none" "rate" "inFlight"  Which limit was met.
          ratePerSecond: number|null  Requests per second that it allows.
          inFlight: integer>=1|null  Requests in flight that it allows.
          requests: count  Requests that were sent.
          refused: count  Those that it refused for its limit.
        credential?: {}  What it was shown; of a tool, what that was given.
          kind: "none" "token" "macaroon" "x509" "several"  What it is.
          subject: text  Whom it names.
          source?: text  The variable and file that it is from.
          identifier?: text  Of a macaroon.
          expires: time|null  When it ends.
          servers: [{}]  The servers behind the endpoint that were shown something.
            server: string  scheme://host:port.
            kind: "token" "macaroon" "x509" "url"  What it was shown.
        latency: @latency  How long it took.
      $errors: {}  One class of error.
        class: @class  The class.
        count: integer>=1  How many files.
        wmcoreExitCode: integer  WMCore's code of it.
        example: @example  The first.
        examples?: [@example]  The first of each code, at most three.
      $example: {}  A file that is not gone.
        lfn: string  The LFN.
        pfn: text  The PFN.
        code?: text  The code.
        message: string  Why.
      $file: {}  One requested LFN.
        lfn: string  The LFN.
        pfn: text  The PFN that decided; null for a name that was refused unseen.
        rse: text  The RSE.
        backend: text  What asked the storage.
        outcome: "deleted" "absent" "failed" "refused" "notAttempted"  How it ended.
        attempts: count  Attempts at all replicas.
        seconds: seconds  How long the storage took, without pauses.
        bytes?: count  How many bytes it had, where it was deleted and the storage named its size.
        confirmedBy?: "absent"  The deletion is known by the absence after an unclear answer.
        error?: {}  Why it is not gone.
          class: @class  The class.
          code: string  The code; see the reference.
          message: string  The words of the storage or tool.
      \#(moreOfFile.map { "  " + $0 }.joined(separator: "\n"))
      $exit: {}  How it ended.
        code: count  The exit code of the process.
        wmcoreExitCode: integer  WMCore's.
        reason: string  Why.

      """#
  }

  /// The values of an enumeration, as ``JSONSchema`` has them.
  package static func enumeration(_ values: [String]) -> String {
    values.map { "\"\($0)\"" }.joined(separator: " ")
  }
}
