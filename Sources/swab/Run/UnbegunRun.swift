import CommandSupport
import DeletionEngine

/// What `swab delete` leaves where its run does not begin.
enum UnbegunRun {
  /// Leaves a report where one was asked for, unless that would be in the place of what is read.
  static func leaveReport(of command: DeleteCommand, _ failure: CommandFailure) {
    for settings in [try? DeleteSettings(command), try? DeleteSettings(command, job: nil)] {
      guard let settings, (try? settings.checkReport(command)) != nil else { continue }
      try? report(settings).abandonUnbegun(failure)
      return
    }
  }

  /// After how many seconds the process is to be ended where it does nothing at all, and what it leaves then.
  ///
  /// By the command line alone: a job file can be a pipe, which can be read once.
  static func lastResort(
    of command: DeleteCommand, _ failure: CommandFailure
  ) -> (seconds: Double, text: LastResort.Text)? {
    guard let settings = try? DeleteSettings(command, job: nil), (try? settings.checkReport(command)) != nil
    else { return nil }
    let text = LastResort.Text(failure, report: (try? report(settings))?.lastReport(failure))
    return ((settings.deadline ?? 31_536_000) + LastResort.grace, text)
  }

  private static func report(_ settings: DeleteSettings) throws -> RunReport {
    try RunReport(settings, environment: ProcessEnvironment.current, time: SystemTime())
  }
}
