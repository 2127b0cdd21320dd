import TestSupport
import Testing

/// `make test-unit` runs what needs no server: which targets those are stands in Scripts/test.sh, and here is held against
/// what they import.
@Suite("Unit tests need no server")
struct TierTests {
  /// They look at what `make static` has built.
  static let ofTheStaticExecutables: Set<String> = ["CondorTests", "StaticTests", "WrapperTests"]
  static let beyondUnits: Set<String> = ["TestServers"]

  private func unitTargets() throws -> Set<String> {
    let script = Disk.read(Repository.root + "/Scripts/test.sh")
    let line = try #require(script.split(separator: "\n").first { $0.hasPrefix("unit=") })
    return Set(line.dropFirst("unit='".count).dropLast().split(separator: "|").map(String.init))
  }

  @Test func `a test target is a unit target unless it imports servers`() throws {
    let targets = SourceTree.directories(below: "Tests").filter { $0.hasSuffix("Tests") }
    let needy = targets.filter { target in
      SourceTree.swiftFiles(below: "Tests/\(target)").contains {
        !SourceTree.imports(of: $0).isDisjoint(with: Self.beyondUnits)
      }
    }
    #expect(try unitTargets() == Set(targets).subtracting(Self.ofTheStaticExecutables).subtracting(needy))
  }

  @Test func `nothing that unit tests are made of starts a server`() {
    for helpers in ["TestSupport", "CampaignFixtures"] {
      for file in SourceTree.swiftFiles(below: "Tests/\(helpers)") {
        #expect(!SourceTree.imports(of: file).contains("TestServers"), "\(file)")
      }
    }
  }
}
