import FoundationEssentials
import Testing
import TestSupport

/// The reference says what the executable says.
@Suite("The reference and --help")
struct HelpTests {
  private let reference = Disk.read(Repository.root + "/Documentation/Reference.md")

  private func rows(under heading: String) -> [Substring] {
    reference.split(separator: "\n").filter { $0.hasPrefix("|") && $0.contains(heading) }
  }

  @Test func everyOptionOfDelete() async throws {
    let help = try await Site().swab(["delete", "--help"]).text
    let section = reference.split(separator: "\n## ").first { $0.hasPrefix("Options of `swab delete`") } ?? ""
    let table = section.split(separator: "\n").filter { $0.hasPrefix("| `") }.joined(separator: "\n")
    var options: Set<Substring> = []
    for word in help.split(whereSeparator: { !($0.isLetter || $0 == "-") }) where word.hasPrefix("--") {
      options.insert(word)
    }
    options.subtract(["--help", "--version", "--verbose", "--quiet"])
    #expect(options.count > 15)
    for option in options {
      #expect(table.contains("`\(option)") || table.contains(" \(option)"), "\(option)")
    }
    #expect(table.contains("`-v`") && table.contains("`-q`"))
    // And the other way round.
    for row in table.split(separator: "\n") {
      for word in row.split(whereSeparator: { !($0.isLetter || $0 == "-") }) where word.hasPrefix("--") {
        #expect(options.contains(word), "\(word)")
      }
    }
  }

  @Test func everyExitCode() async throws {
    let help = try await Site().swab(["--help"]).text
    let codes = help.split(separator: "\n").compactMap { line -> Int? in
      let message = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      return line.hasPrefix(" ") ? message.first.flatMap { Int($0) } : nil
    }
    #expect(codes == [0, 1, 64, 65, 66, 69, 70, 73, 75, 76, 77, 78, 85])
    for code in codes { #expect(rows(under: "| \(code) |").count == 1, "\(code)") }
  }
}
