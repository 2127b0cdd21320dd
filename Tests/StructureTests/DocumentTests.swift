import TestSupport
import Testing

/// The documents name targets, types, members and files that are there.
@Suite("Documents name what is there")
struct DocumentTests {
  static let documents = [
    "CONTRIBUTING.md", "README.md", "SECURITY.md", "NOTICE", "Documentation/Architecture.md",
    "Documentation/Decisions.md", "Documentation/Glossary.md", "Documentation/Reference.md",
    "Documentation/Campaigns.md", "Documentation/Cycle.md", "Documentation/HTCondor.md",
    "Documentation/Building.md", "Documentation/Comparison.md", "Documentation/Journal.md",
    "Documentation/Operators.md", "Documentation/SiteAdministrators.md", "Sources/SiteConf/Deviations.md",
  ]
  /// They name types and members.
  static let ofTypes = [
    "SECURITY.md", "Documentation/Architecture.md", "Documentation/Decisions.md",
    "Sources/SiteConf/Deviations.md",
  ]
  /// Words that look like types and are none of ours.
  static let foreign: Set<String> = [
    "Date", "Depth", "Foundation", "FoundationEssentials", "JSONDecoder", "Location", "None",
  ]

  /// By the name of a type, the texts of all files that declare or extend it.
  private static let types: [String: [String]] = {
    var types: [String: [String]] = [:]
    for file in SourceTree.swiftFiles(below: "Sources") + SourceTree.swiftFiles(below: "Tests") {
      let text = Disk.read(Repository.root + "/" + file)
      var names: Set<String> = []
      for line in text.split(separator: "\n") {
        let words = line.split(whereSeparator: { " :<{(".contains($0) })
        for (word, next) in zip(words, words.dropFirst()) where kinds.contains(String(word)) {
          names.insert(String(next.split(separator: ".").last ?? next))
        }
      }
      for name in names { types[name, default: []].append(text) }
    }
    return types
  }()

  private static let kinds: Set<String> = [
    "struct", "class", "enum", "protocol", "actor", "extension", "typealias",
  ]

  /// What stands between backticks, outside of blocks of code.
  static func quoted(_ text: String) -> [String] {
    let prose = text.split(separator: "```", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 0 }.map(\.element).joined()
    return prose.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 1 }.map { String($0.element) }
  }

  @Test(arguments: documents) func `every file that is linked or named is there`(document: String) {
    let text = Disk.read(Repository.root + "/" + document)
    #expect(!text.isEmpty)
    let directory = document.split(separator: "/").dropLast().map { $0 + "/" }.joined()
    for part in text.split(separator: "](").dropFirst() {
      let target = part.prefix { $0 != ")" && $0 != "#" }
      guard !target.isEmpty, !target.contains("://") else { continue }
      #expect(Disk.exists("\(Repository.root)/\(directory)\(target)"), "\(target)")
    }
    let top = ["Sources/", "Tests/", "Scripts/", "Wrapper/", "Benchmarks/", "Fixtures/", "Documentation/"]
    for name in Self.quoted(text) where top.contains(where: name.hasPrefix) {
      guard !name.contains(where: { "… *{".contains($0) }) else { continue }
      #expect(Disk.exists("\(Repository.root)/\(name)"), "\(name)")
    }
  }

  @Test(arguments: ofTypes) func `every type and member that is named is declared`(document: String) {
    let targets = Set(SourceTree.directories(below: "Sources"))
    var count = 0
    for name in Self.quoted(Disk.read(Repository.root + "/" + document)) {
      let parts = name.prefix { $0 != "(" }.split(separator: ".").map(String.init)
      guard let type = parts.first, Self.isType(type), !targets.contains(type), !Self.foreign.contains(type),
        !name.hasSuffix(".swift"), !name.hasSuffix(".py")
      else { continue }
      count += 1
      let files = Self.types[type] ?? []
      #expect(!files.isEmpty, "\(name)")
      guard parts.count == 2 else { continue }
      let declared = ["func ", "var ", "let ", "case "].contains { kind in
        files.contains { $0.contains(kind + parts[1]) }
      }
      #expect(declared || Self.isType(parts[1]) && Self.types[parts[1]] != nil, "\(name)")
    }
    #expect(count > 0)
  }

  @Test func `the reference has every code of an error`() {
    let reference = Disk.read(Repository.root + "/Documentation/Reference.md")
    let sections = reference.split(separator: "\n## ")
    let section = sections.first { $0.hasPrefix("Error codes\n") } ?? ""
    var codes: Set<Substring> = []
    for file in SourceTree.swiftFiles(below: "Sources") {
      let text = Disk.read(Repository.root + "/" + file)
      for part in text.split(separator: "code: \"").dropFirst() { codes.insert(part.prefix { $0 != "\"" }) }
      // The rules of safety are codes, too.
      guard
        let rules = text.split(separator: "enum Rule: String, Sendable, CaseIterable {").dropFirst().first,
        file.hasSuffix("SafetyRules.swift")
      else { continue }
      for line in rules.prefix(while: { $0 != "}" }).split(separator: "\n") {
        let words = line.split(separator: " ")
        if words.first == "case" { codes.insert(words[1]) }
      }
    }
    // What is put together there is "HTTP N" in the reference.
    let missing = codes.filter { !$0.contains("\\") && !section.contains("`\($0)`") }
    #expect(codes.count > 50 && missing.isEmpty, "\(missing.sorted())")
  }

  /// `EngineRun` and `PFN`, and not `AT_REMOVEDIR`, `README.md` or `PROPFIND`.
  private static func isType(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard bytes.count > 2,
      bytes.allSatisfy({ (65...90).contains($0) || (97...122).contains($0) || (48...57).contains($0) })
    else { return false }
    return (65...90).contains(bytes[0]) && bytes.contains { (97...122).contains($0) }
  }
}
