import ArgumentParser

/// `swab check`.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "check", abstract: "x")
  func run() async throws {}
}
