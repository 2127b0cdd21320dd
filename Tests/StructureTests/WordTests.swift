import TestSupport
import Testing

/// The field has words for these things, which the glossary names: parcel is a batch, errand a request, fate an outcome.
@Suite("The field's words")
struct WordTests {
  /// Words of our own that stood for something that has a name.
  static let ours: Set<String> = [
    "complaint", "complaints", "errand", "errands", "fate", "fates", "flaw", "flaws", "glance", "knowledge",
    "folder", "folders", "mailbox", "nonsense", "parcel", "parcels", "trouble", "troubles", "unspoken",
    "verdict",
    "verdicts", "wish", "wishes",
  ]
  /// Good English, but as names they stood for seven things: a replica, a position, a path, a state. To look was to stat.
  static let noNames: Set<String> = [
    "look", "looks", "place", "places", "settle", "settled", "settles", "words",
  ]
  /// Keys of documents, and options.
  static let contract: Set<String> = ["noLook", "settledEarlier"]

  @Test func `nobody uses a word of our own for what has a name`() {
    let files =
      SourceTree.swiftFiles(below: "Sources") + [
        "README.md", "Documentation/Reference.md", "Documentation/Campaigns.md", "Documentation/Cycle.md",
        "Documentation/Operators.md", "Documentation/SiteAdministrators.md", "Documentation/Journal.md",
        "Documentation/Comparison.md", "Documentation/Building.md",
      ]
    #expect(files.count > 100)
    for file in files {
      let words = SourceTree.words(of: file)
      let found = words.intersection(Self.ours)
      #expect(found.isEmpty, "\(file): \(found.sorted())")
    }
  }

  @Test func `no identifier is made of them`() {
    for file in SourceTree.swiftFiles(below: "Sources") {
      let names = SourceTree.code(of: file).split { !$0.isLetter }.filter {
        !Self.contract.contains(String($0))
      }
      let found = SourceTree.words(in: names.joined(separator: " ")).intersection(Self.noNames)
      #expect(found.isEmpty, "\(file): \(found.sorted())")
    }
  }

  @Test(arguments: [
    (#"let a = "of two words"  // one place"#, "let a"), (#"/// A door."#, ""),
    (#"f("\(b(1)) \"look\" \("c" + d) e", g)"#, "f b d g"),
    (##"let a = #"a \(place) "" b"# + c"##, "let a c"),
    (#""""\n"one" \(two) \n""" + three"#, "two three"), ("a / b", "a b"),
  ])
  func `code is what is no comment and no text`(source: String, names: String) {
    let code = SourceTree.code(in: source)
    #expect(code.split { !$0.isLetter }.joined(separator: " ") == names)
  }

  @Test func `identifiers are taken apart`() {
    #expect(
      SourceTree.words(in: "let lastWish = aXRootFlaw, \"a parcel\"") == [
        "let", "last", "wish", "a", "x", "root", "flaw", "parcel",
      ])
  }
}
