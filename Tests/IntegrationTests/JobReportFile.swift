/// What the tests look at in a job report.
struct JobReportFile: Decodable {
  struct Summary: Decodable {
    let requested: Int
    let deleted: Int
    let absent: Int
    let failed: Int
    let refused: Int
    let notAttempted: Int
    let attempts: Int
    let filesPerSecond: Double
    let directories: Directories?

    struct Directories: Decodable, Equatable {
      let removed: Int
      let kept: Int
      let failed: Int
    }
  }

  struct Storage: Decodable {
    let rse: String?
    let command: String?
    let backend: String
    let endpoint: String
    let deleted: Int
    let absent: Int
    let failed: Int
    let circuit: String
    let suspect: Bool?
  }

  struct ErrorGroup: Decodable {
    let `class`: String
    let count: Int
  }

  struct File: Decodable {
    struct Failure: Decodable {
      let `class`: String
      let code: String
      let message: String
    }

    let lfn: String
    let pfn: String?
    let rse: String?
    let backend: String?
    let outcome: String
    let attempts: Int
    let confirmedBy: String?
    let error: Failure?

    /// `deleted`, or `failed: auth`.
    var word: String { error.map { "\(outcome): \($0.class)" } ?? outcome }
  }

  struct Steps: Decodable {
    struct Step: Decodable {
      struct Cleanup: Decodable {
        struct Entry: Decodable {
          let LFN: String
        }

        let removed: [Entry]
        let unremoved: [Entry]
      }

      let status: Int
      let cleanup: Cleanup
    }

    let swab: Step
  }

  struct Exit: Decodable {
    let code: Int32
    let wmcoreExitCode: Int
    let reason: String
  }

  let status: String
  let summary: Summary
  let storage: [Storage]
  let errors: [ErrorGroup]
  let warnings: [String]
  let files: [File]
  let steps: Steps
  let exit: Exit

  /// The entry of an LFN that is listed once.
  func file(_ lfn: String) -> File? { files.first { $0.lfn.utf8.elementsEqual(lfn.utf8) } }
}
