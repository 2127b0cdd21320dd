import CommandSupport

/// Where the process begins.
@main
enum Program {
  // What `delete` prints is not its result: a terminal that has gone away is no reason to stop deleting.
  static func main() {
    ProgramStart.run(
      Swab.self, mayLoseOutput: { $0 is DeleteCommand },
      leavingReport: { command, failure in
        if let command = command as? DeleteCommand { UnbegunRun.leaveReport(of: command, failure) }
      },
      lastResort: { command, failure in
        (command as? DeleteCommand).flatMap { UnbegunRun.lastResort(of: $0, failure) }
      })
  }
}
