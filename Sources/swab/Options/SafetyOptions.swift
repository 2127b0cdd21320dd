import ArgumentParser

/// What may be deleted at all.
struct SafetyOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Delete only below this folder. May be given more than once. (default: /store/unmerged/)",
      valueName: "prefix"))
  var allow: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A list of protected LFNs: nothing at, above or below one of them is deleted. May be given more than once; those of a job file are added.",
      valueName: "file"))
  var protected: [String] = []
}
