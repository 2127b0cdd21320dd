import FoundationEssentials

/// What the tests look at in a job report, be it `swab`'s or the wrapper's. `swab report schema` says what each
/// member means.
package struct JobReportFile: Decodable, Sendable {
  /// Who wrote it.
  package struct Tool: Decodable, Sendable {
    package let name: String
  }

  /// The job that it is of.
  package struct Job: Decodable, Sendable {
    package struct Journal: Decodable, Sendable {
      package let runs: Int
      package let settledEarlier: Int
    }

    package struct Condor: Decodable, Sendable {
      package let site: String?
    }

    package let host: String
    package let user: String
    package let started: String
    package let finished: String?
    package let site: String?
    package let siteConfig: String?
    package let campaign: String?
    package let jobId: String?
    package let journal: Journal?
    package let condor: Condor?
  }

  /// What it was asked for.
  package struct Request: Decodable, Sendable {
    package struct Protected: Decodable, Sendable {
      package let files: [String]
      package let entries: Int
    }

    package let sources: [String]
    package let rse: String?
    package let allow: [String]
    package let protected: Protected
    package let notNewerThan: String?
    package let dryRun: Bool
    package let retries: Int
    package let timeout: Double?
    package let deadline: Double?
    package let concurrency: Int?
  }

  /// The sums.
  package struct Summary: Decodable, Sendable, Equatable {
    package struct Directories: Decodable, Sendable, Equatable {
      package let removed: Int
      package let kept: Int
      package let failed: Int

      package init(removed: Int, kept: Int, failed: Int) {
        (self.removed, self.kept, self.failed) = (removed, kept, failed)
      }
    }

    package let requested: Int
    package let deleted: Int
    package let absent: Int
    package let failed: Int
    package let refused: Int
    package let notAttempted: Int
    package let attempts: Int
    package let bytesFreed: Int?
    package let bytesFreedIsPartial: Bool?
    package let ageUnknown: Int?
    package let directories: Directories?

    /// The five counts together.
    package var outcomes: Int { deleted + absent + failed + refused + notAttempted }
  }

  /// What was learnt of the limits of one place.
  package struct Pace: Decodable, Sendable {
    package let kind: String
    package let ratePerSecond: Double?
    package let inFlight: Int?
    package let requests: Int
    package let refused: Int
  }

  /// Which credential one place was shown.
  package struct Credential: Decodable, Sendable {
    package struct Server: Decodable, Sendable, Equatable {
      package let server: String
      package let kind: String

      package init(server: String, kind: String) {
        self.server = server
        self.kind = kind
      }
    }

    package let kind: String
    package let subject: String?
    package let source: String?
    package let identifier: String?
    package let expires: String?
    package let servers: [Server]
  }

  /// What came of one place.
  package struct Storage: Decodable, Sendable {
    package let rse: String?
    package let command: String?
    package let backend: String
    package let endpoint: String
    package let deleted: Int
    package let absent: Int
    package let failed: Int
    package let circuit: String
    package let failingSince: String?
    package let pace: Pace?
    package let credential: Credential?
    package let suspect: Bool?
  }

  /// One kind of error.
  package struct ErrorGroup: Decodable, Sendable {
    package let `class`: String
    package let count: Int
  }

  /// What became of one file.
  package struct File: Decodable, Sendable {
    package struct Failure: Decodable, Sendable {
      package let `class`: String
      package let code: String
      package let message: String
    }

    package let lfn: String
    package let pfn: String?
    package let rse: String?
    package let backend: String?
    package let outcome: String
    package let attempts: Int
    package let bytes: Int?
    package let confirmedBy: String?
    package let error: Failure?

    /// `deleted`, or `failed: auth`.
    package var word: String { error.map { "\(outcome): \($0.class)" } ?? outcome }
  }

  /// WMCore's part.
  package struct Steps: Decodable, Sendable {
    package struct Step: Decodable, Sendable {
      package struct Cleanup: Decodable, Sendable {
        package struct Entry: Decodable, Sendable {
          package let LFN: String
        }

        package let removed: [Entry]
        package let unremoved: [Entry]
      }

      package let status: Int
      package let cleanup: Cleanup
    }

    package let swab: Step
  }

  /// How it ended.
  package struct Exit: Decodable, Sendable {
    package let code: Int32
    package let wmcoreExitCode: Int
    package let reason: String
  }

  package let schema: String
  package let status: String
  package let tool: Tool
  package let job: Job
  package let request: Request
  package let summary: Summary
  package let storage: [Storage]
  package let errors: [ErrorGroup]
  package let warnings: [String]
  /// The files, where it names them.
  package let named: [File]?
  /// Where it names its files.
  package let steps: Steps?
  package let exit: Exit

  private enum CodingKeys: String, CodingKey {
    case schema, status, tool, job, request, summary, storage, errors, warnings, steps, exit
    case named = "files"
  }

  /// Understands a report's JSON.
  package init(json: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(json)) }

  /// The files that it names.
  package var files: [File] { named ?? [] }

  /// The first entry of an LFN.
  package func file(_ lfn: String) -> File? { files.first { $0.lfn.utf8.elementsEqual(lfn.utf8) } }

  /// The LFNs that ended so, in the order of the report.
  package func lfns(_ outcome: String) -> [String] {
    files.filter { $0.outcome == outcome }.map(\.lfn)
  }
}
