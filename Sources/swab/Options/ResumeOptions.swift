import ArgumentParser

/// How a run that was cut short is gone on with.
struct ResumeOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Note here what is done. A run with the same lists and a journal that is there goes on where that stopped, and reports on all of it.",
      valueName: "file"))
  var journal: String?

  @Flag(
    name: .long,
    help:
      "Exit with 85 instead of 75 when a signal or the deadline leaves work, for HTCondor's checkpoint_exit_code; needs --journal."
  )
  var checkpoint = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "With --checkpoint: end like that after this long when work is left. HTCondor keeps the journal then, starts the run again at once, and loses no more than this when the machine goes away.",
      valueName: "seconds"))
  var checkpointEvery: Double?

  func validate() throws {
    if let checkpointEvery, !(checkpointEvery > 0 && checkpointEvery <= 31_536_000) {
      throw ValidationError("--checkpoint-every is more than 0 and at most a year, in seconds.")
    }
  }
}
