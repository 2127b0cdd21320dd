import ArgumentParser
import Deletion

/// How long and how hard it is tried.
struct PaceOptions: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("Attempts after the first. (default: 3)", valueName: "n"))
  var retries: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The pause before the second attempt; it doubles each time and is spread by half. (default: 5)",
      valueName: "seconds"))
  var retryPause: Double?

  @Option(
    name: .long,
    help: ArgumentHelp("How long one file may wait for its answer. (default: 30)", valueName: "seconds"))
  var timeout: Double?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How long the whole run may take; what is left then is not attempted. auto: up to a minute before HTCondor's ads or the credential end it.",
      valueName: "seconds|auto"))
  var deadline: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Requests under way at one host, at most: how many there really are is found out, from 4 on. For backends that use a tool it is the number of processes, at most 4 unless a number is given. (default: auto, at most 64)",
      valueName: "n|auto"))
  var concurrency: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Files a second over all hosts, at most.", valueName: "files"))
  var maxRate: Double?

  func validate() throws {
    if let retries, !(0...1000).contains(retries) { throw ValidationError("--retries goes from 0 to 1000.") }
    if let retryPause, !(0...86_400).contains(retryPause) {
      throw ValidationError("--retry-pause goes from 0 to 86400 seconds.")
    }
    if let timeout, !(timeout > 0 && timeout <= 86_400) {
      throw ValidationError("--timeout is more than 0 and at most 86400 seconds.")
    }
    if let maxRate, !(maxRate > 0 && maxRate <= 1e6) {
      throw ValidationError("--max-rate is more than 0 and at most 1000000 files a second.")
    }
    _ = try deadlineWish
    _ = try concurrencyLimit
  }

  /// The deadline; nil where the command line names none.
  var deadlineWish: DeadlineWish? {
    get throws {
      guard let deadline else { return nil }
      if deadline == "auto" { return .auto }
      guard let seconds = Double(deadline), seconds > 0, seconds <= 31_536_000 else {
        throw ValidationError("--deadline is auto or a number of seconds, more than 0 and at most a year.")
      }
      return .seconds(seconds)
    }
  }

  /// The requests at a time; nil where they are to be found out.
  var concurrencyLimit: Int? {
    get throws {
      guard let concurrency, concurrency != "auto" else { return nil }
      guard let number = Int(concurrency), (1...1024).contains(number) else {
        throw ValidationError("--concurrency is auto or a number from 1 to 1024.")
      }
      return number
    }
  }
}
