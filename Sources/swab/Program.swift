import CommandSupport

/// Where the process begins.
@main
enum Program {
  // What `delete` prints is not its result: a terminal that has gone away is no reason to stop deleting.
  static func main() { ProgramStart.run(Swab.self) { $0 is DeleteCommand } }
}
