import CommandSupport

/// Where the process begins.
@main
enum Program {
  static func main() { ProgramStart.run(SwabSubmit.self) }
}
