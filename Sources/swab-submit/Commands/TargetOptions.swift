import ArgumentParser
import Campaign

/// Where jobs go.
struct TargetOptions: ParsableArguments {
  @Option(name: .long, help: "The schedd, by name or address (<1.2.3.4:9618?…>); default: this machine's.")
  var schedd: String?

  @Option(name: .long, help: "The pool's collector; default: the configured one.")
  var pool: String?

  @Flag(name: .long, help: "Spool input and output at the schedd, as a remote schedd requires.")
  var spool = false

  @Option(
    name: .long,
    help:
      "Hand the jobs on to an HTCondor-CE: its host, host:port, or \"condor SCHEDD COLLECTOR\" (grid universe)."
  )
  var ce: String?

  @Option(
    name: .long, help: "Hand the jobs on to another batch system, such as \"batch slurm\" (grid universe).")
  var gridResource: String?

  func validate() throws {
    if ce != nil, gridResource != nil {
      throw ValidationError("--ce and --grid-resource exclude each other")
    }
    for (option, value) in [
      ("--schedd", schedd), ("--pool", pool), ("--ce", ce), ("--grid-resource", gridResource),
    ] {
      guard let value else { continue }
      let isWrong =
        value.isEmpty || value.hasPrefix("-")
        || value.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
      if isWrong { throw ValidationError("\(option) \"\(value)\" names nothing") }
    }
  }

  /// The target; `earlier` where none of the options is given.
  func target(earlier: Submission.Target? = nil) -> Submission.Target {
    let given = Submission.Target(
      schedd: schedd, pool: pool, spool: spool, ce: ce, gridResource: gridResource)
    return given == Submission.Target() ? earlier ?? given : given
  }
}
