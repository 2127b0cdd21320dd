import Backends
import Deletion
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The clock of a test; deadlines and backends share it.
let testTime = SystemTime()

/// A runner as the program has it.
func testRunner(grace: Duration = .milliseconds(300)) -> SubprocessRunner {
  SubprocessRunner(search: ExecutableSearch(path: nil), grace: grace)
}

/// What tools see in tests.
func testEnvironment(_ further: [String: String] = [:]) -> ChildEnvironment {
  ChildEnvironment(inheriting: ["HOME": "/root", "TMPDIR": "/tmp"].merging(further) { _, new in new })
}

func target(_ prefix: String, _ lfn: String) throws -> DeletionTarget {
  DeletionTarget(lfn: lfn, pfn: try #require(PFN(prefix + lfn)))
}

extension Deadline {
  static func seconds(_ seconds: Double) -> Deadline {
    Deadline.none.within(.milliseconds(Int(seconds * 1000)), of: testTime)
  }
}

extension Answer {
  /// `deleted`, `absent` or the class of the error.
  var word: String {
    switch kind {
    case .deleted: "deleted"
    case .absent: "absent"
    case .failed(let error): error.errorClass.rawValue
    }
  }
}

/// One place to delete from: a backend, what stands before an LFN, and where that is on the disk.
struct Place: Sendable {
  let name: String
  let backend: any Backend
  let prefix: String
  let data: String
  /// Who the server is; files are made his, so that he may delete them.
  let user: uid_t?
  /// Kept alive as long as the place.
  let holder: any Sendable

  /// Makes a file with its folders.
  func make(_ lfn: String) {
    let path = data + lfn
    if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
      Disk.makeFolder(String(Substring(path.utf8[..<slash])), owner: user)
    }
    makeHere(lfn)
  }

  /// Makes a file in a folder that is there.
  func makeHere(_ lfn: String) {
    let path = data + lfn
    Disk.write(path)
    if let user { chown(path, user, gid_t.max) }
  }

  func makeFolder(_ lfn: String) { Disk.makeFolder(data + lfn, owner: user) }

  func target(_ lfn: String) throws -> DeletionTarget { try BackendsTests.target(prefix, lfn) }

  /// Deletes a list and holds the answers against the disk: what is called deleted was there and is gone, and
  /// everything else stands as it stood.
  func delete(_ lfns: [String], seconds: Double = 600) async throws -> [Answer] {
    let before = Set(Disk.tree(data).map { Array($0.utf8) })
    let answers = await backend.delete(batch: try lfns.map(target), deadline: .seconds(seconds))
    try #require(answers.count == lfns.count)
    let after = Set(Disk.tree(data).map { Array($0.utf8) })
    let deleted = zip(lfns, answers).filter { $0.1.kind == .deleted }.map { Array($0.0.utf8.dropFirst()) }
    #expect(before.subtracting(after) == Set(deleted), "\(name): gone from the disk, and called deleted")
    #expect(after.subtracting(before).isEmpty)
    return answers
  }
}
