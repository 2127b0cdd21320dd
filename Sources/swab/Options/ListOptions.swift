import ArgumentParser

/// The names to work on.
struct ListOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("Logical file names.", valueName: "lfn"))
  var lfns: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A list of LFNs, or - for standard input: one a line, a JSON array, or JSON lines with an \"lfn\" key, each plain or gzipped. May be given more than once.",
      valueName: "file"))
  var from: [String] = []
}
