import DeletionModel

/// What a report says of a run before anything has happened.
package struct ReportHeader: Sendable {
  /// The program.
  package var tool: JobReport.Tool
  /// Where and for whom it runs.
  package var job: JobReport.Job
  /// What was asked for.
  package var request: JobReport.Request
  /// What each route is, by its number.
  package var routes: [DeletionRoute.Description]

  package init(
    tool: JobReport.Tool, job: JobReport.Job, request: JobReport.Request,
    routes: [DeletionRoute.Description]
  ) {
    self.tool = tool
    self.job = job
    self.request = request
    self.routes = routes
  }
}

/// What a report says of how a run went, as far as it has come.
package struct ReportState: Sendable {
  /// `complete`, or `incomplete` while the run has not ended.
  package var isComplete: Bool
  /// When it ended: ISO 8601, UTC; nil while it has not.
  package var finished: String?
  /// How long it took, in seconds.
  package var seconds: Double
  /// The sums.
  package var totals: RunTotals
  /// Things that were odd and did not stop the run.
  package var warnings: [String]
  /// How it ended, or why it has not.
  package var exit: RunExit

  package init(
    isComplete: Bool, finished: String?, seconds: Double, totals: RunTotals, warnings: [String], exit: RunExit
  ) {
    self.isComplete = isComplete
    self.finished = finished
    self.seconds = seconds
    self.totals = totals
    self.warnings = warnings
    self.exit = exit
  }
}
