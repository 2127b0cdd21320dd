import ArgumentParser

@main
struct Swab: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "swab")
}
