import JobReports

/// One thing that `swab check` has found: a row of its table.
struct CheckFinding: Sendable, Equatable {
  /// How bad it is, the worst last.
  enum Mark: String, CaseIterable, Comparable {
    case ok
    /// Neither good nor bad.
    case note
    /// A deletion could work, and something is not as it should be.
    case warning
    /// What it is about can't be used.
    case error

    static func < (left: Mark, right: Mark) -> Bool {
      (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
  }

  /// What it is about.
  enum Subject: String {
    case site
    case stageOut = "stage-out"
    case tool, credential, endpoint
  }

  let mark: Mark
  let subject: Subject
  /// What was found, on one line.
  let text: String
  /// What to do about it; nil where there is nothing to do.
  var remedy: String?
  /// The exit code where nothing else works; errors only.
  var status: ExitStatus?

  init(_ mark: Mark, _ subject: Subject, _ text: String, remedy: String? = nil, status: ExitStatus? = nil) {
    self.mark = mark
    self.subject = subject
    self.text = text
    self.remedy = remedy
    self.status = status
  }
}
