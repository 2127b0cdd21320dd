import DeletionEngine
import DeletionModel
import TestSupport
import Testing

import Glibc

/// One place to delete from: a backend, what stands before an LFN, and where that is on the disk.
struct TestStorage: Sendable {
  let name: String
  let backend: any Backend
  let prefix: String
  let data: String
  /// Who the server is; files are made his, so that he may delete them.
  let user: uid_t?
  /// Kept alive as long as the place.
  let holder: any Sendable

  /// Makes a file with its directories.
  func make(_ lfn: String) {
    let path = data + lfn
    if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
      Disk.makeDirectory(String(Substring(path.utf8[..<slash])), owner: user)
    }
    makeHere(lfn)
  }

  /// Makes a file in a directory that is there.
  func makeHere(_ lfn: String) {
    let path = data + lfn
    Disk.write(path)
    if let user { chown(path, user, gid_t.max) }
  }

  func makeDirectory(_ lfn: String) { Disk.makeDirectory(data + lfn, owner: user) }

  func target(_ lfn: String) throws -> DeletionTarget { try TestSupport.target(prefix, lfn) }

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

extension TestStorage {
  /// Holds answers against the disk after a server has stopped half-way: what is called deleted is gone, nothing is called
  /// absent, and what may be gone is ambiguous.
  func expectNoFalseAnswer(_ answers: [Answer], for lfns: [String]) {
    for (lfn, answer) in zip(lfns, answers) {
      let stands = Disk.exists(data + lfn)
      switch answer.kind {
      case .deleted: #expect(!stands)
      case .absent: Issue.record("nothing was absent: \(lfn)")
      case .failed(let error): #expect(stands || error.isAmbiguous, "\(lfn): \(error)")
      }
    }
  }
}
