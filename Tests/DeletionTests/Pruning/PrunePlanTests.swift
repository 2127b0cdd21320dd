import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

@Suite struct PrunePlanTests {
  private static func record(
    _ lfn: String, _ pfn: String, _ outcome: Outcome = .deleted, backend: String = "rm"
  ) -> FileRecord {
    var record = FileRecord(lfn: lfn, outcome: outcome)
    (record.pfn, record.route, record.backend) = (pfn, 0, backend)
    return record
  }

  struct Row: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var lfn = "/store/unmerged/a/b/f"
    let pfn: String
    /// The directories above it, from below.
    let directories: [String]
  }

  @Test(
    "the directories of a file, as far as LFN and PFN agree",
    arguments: [
      Row(
        testDescription: "a plain path", pfn: "/data/store/unmerged/a/b/f",
        directories: [
          "/data/store/unmerged/a/b", "/data/store/unmerged/a", "/data/store/unmerged", "/data/store",
        ]),
      Row(
        testDescription: "root://", pfn: "root://h:1094//store/unmerged/a/b/f",
        directories: [
          "root://h:1094//store/unmerged/a/b", "root://h:1094//store/unmerged/a",
          "root://h:1094//store/unmerged", "root://h:1094//store",
        ]),
      Row(
        testDescription: "slashes in a row", pfn: "davs://h/x//store/unmerged/a//b/f",
        directories: [
          "davs://h/x//store/unmerged/a//b", "davs://h/x//store/unmerged/a", "davs://h/x//store/unmerged",
          "davs://h/x//store",
        ]),
      Row(
        testDescription: "other directories on the storage", pfn: "/pnfs/unmerged/b/f",
        directories: ["/pnfs/unmerged/b"]),
      Row(testDescription: "a file under another directory", pfn: "/pnfs/hashed/0a/f", directories: []),
      Row(testDescription: "parameters", pfn: "srm://h/m?SFN=/pnfs/a/b/f", directories: []),
      Row(testDescription: "at the top", lfn: "/f", pfn: "/f", directories: []),
    ]) func walk(_ row: Row)
  {
    var found: [String] = []
    var next = PrunableDirectory(of: Self.record(row.lfn, row.pfn))
    while let directory = next {
      found.append(directory.target.pfn.text)
      next = directory.parent
    }
    #expect(found == row.directories)
  }

  @Test("only a file that is gone makes its directory empty") func outcomes() {
    for outcome in Outcome.allCases {
      let directory = PrunableDirectory(of: Self.record("/store/a/f", "/store/a/f", outcome))
      #expect((directory != nil) == (outcome == .deleted || outcome == .absent))
    }
  }

  private static func resolver(allow: [String], protected: [String]) throws -> Resolver {
    var tree = PathTree()
    for lfn in protected { tree.insert(lfn) }
    let route = DeletionRoute(
      description: .init(rse: nil, storageSite: nil, volume: nil, protocolName: nil, command: "cp"),
      protectedLFNs: protected, map: { .pfn("/data" + $0) },
      backend: { _ in .failure(Refusal(.noBackend, "none")) })
    let roots = try #require(AllowedRoots(allow))
    return Resolver(routes: [route], rules: SafetyRules(allowed: roots, protected: tree))
  }

  /// Removes everything that may be removed, in the order of the plan.
  private static func run(
    _ plan: PrunePlan, full: Set<String> = []
  ) -> [String] {
    var plan = plan
    var asked: [String] = []
    while true {
      let level = plan.next()
      if level.isEmpty { return asked }
      for directory in level {
        asked.append(directory.target.lfn)
        plan.tell(directory, isGone: !full.contains(directory.target.lfn))
      }
    }
  }

  @Test("deepest first, up to the allowed root and not further") func order() throws {
    var plan = PrunePlan(resolver: try Self.resolver(allow: ["/store/unmerged/"], protected: []))
    for name in ["a/b/c/1", "a/b/c/2", "a/d/1", "e/1"] {
      plan.add(Self.record("/store/unmerged/" + name, "/data/store/unmerged/" + name))
    }
    let top = "/store/unmerged/"
    #expect(Self.run(plan) == ["a/b/c", "a/b", "a/d", "a", "e"].map { top + $0 })
    #expect(Self.run(plan, full: [top + "a/d"]) == ["a/b/c", "a/b", "a/d", "e"].map { top + $0 })
    #expect(Self.run(plan, full: [top + "a/b/c"]) == ["a/b/c", "a/d", "e"].map { top + $0 })
  }

  @Test("nothing at or above what is protected, and nothing outside") func safety() throws {
    var plan = PrunePlan(
      resolver: try Self.resolver(
        allow: ["/store/unmerged/a/"], protected: ["/store/unmerged/a/keep/this/f"]))
    for name in ["a/keep/this/g", "a/keep/other/g", "a/x/g", "z/g"] {
      plan.add(Self.record("/store/unmerged/" + name, "/data/store/unmerged/" + name))
    }
    #expect(Self.run(plan) == ["/store/unmerged/a/keep/other", "/store/unmerged/a/x"])
  }

  @Test("a PFN in another area is not followed") func foreignArea() throws {
    var plan = PrunePlan(resolver: try Self.resolver(allow: ["/store/unmerged/"], protected: []))
    plan.add(Self.record("/store/unmerged/a/f", "/data/store/user/a/f"))
    #expect(Self.run(plan).isEmpty)
  }

  @Test("two doors are two directories") func endpoints() throws {
    var plan = PrunePlan(resolver: try Self.resolver(allow: [], protected: []))
    plan.add(Self.record("/store/unmerged/a/f", "/data/store/unmerged/a/f"))
    plan.add(Self.record("/store/unmerged/a/f", "root://h//store/unmerged/a/f", backend: "xroot"))
    #expect(Self.run(plan).count == 2)
  }
}
