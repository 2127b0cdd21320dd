import ArgumentParser
import CLinux

@main
struct Swab: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "swab", version: version)

  static var version: String {
    let libraries = LinkedLibraries.all.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
    return "swab, commit \(String(cString: swab_build_commit()))\n\(libraries)"
  }
}
