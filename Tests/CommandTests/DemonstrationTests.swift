import FoundationEssentials
import TestSupport
import Testing

/// `make run`, and what the README says that it prints.
@Suite("The demonstration")
struct DemonstrationTests {
  @Test func `make run prints what the README shows`() async throws {
    let result = try await SwabCommand.run(command: [
      "/bin/sh", Repository.root + "/Scripts/demo.sh", Repository.builtSwab,
    ])
    #expect(result.code == 0, "\(result.messages)")
    let readme = try String(contentsOfFile: Repository.root + "/README.md", encoding: .utf8)
    let shown = try #require(readme.split(separator: "It begins like this:\n\n```\n").last)
    let end = try #require(shown.firstRange(of: "```")).lowerBound
    let lines = shown.prefix(upTo: end).split(separator: "\n")
    #expect(lines.count > 5)
    #expect(Self.stable(lines) == Self.stable(result.output.split(separator: "\n").prefix(lines.count)))
  }

  /// The lines without what differs from machine to machine: the time it took, and the path of the executable.
  private static func stable(_ lines: some Sequence<Substring>) -> [Substring] {
    lines.filter { !$0.hasPrefix("time ") }.map { line in
      line.hasPrefix("$ ") ? line.drop { $0 == "$" || $0 == " " }.drop { $0 != " " } : line
    }
  }
}
