import DeletionModel
import TestSupport
import Testing
import BackendPOSIX

/// A storage that is not mounted has no files, and says nothing of any.
@Suite struct MountTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func delete(_ names: [String], prefix: String? = nil) async throws -> [Answer] {
    let targets = try names.map { try target(prefix ?? directory.path, $0) }
    return await RmBackend(time: testTime).delete(batch: targets, deadline: .none)
  }

  /// What there is below the storage root, and whether a missing file is an answer there.
  @Test(
    arguments: [
      ([], false), (["/store"], false), (["/store/unmerged"], false), (["/store/mc/x"], false),
      (["/store/unmerged/other"], true), (["/store/unmerged/a"], true), (["/store/unmerged/a/b"], true),
    ])
  func `a missing or empty common directory is no answer`(
    _ row: (directories: [String], isMounted: Bool)
  ) async throws {
    for path in row.directories { Disk.makeDirectory(directory.path + path) }
    let answers = try await delete(["/store/unmerged/a/b/1", "/store/unmerged/a/2", "/store/unmerged/3"])
    #expect(answers.map(\.word) == Array(repeating: row.isMounted ? "absent" : "transient", count: 3))
    if !row.isMounted {
      #expect(
        answers.allSatisfy {
          $0.error?.isUnavailable == true && $0.error?.message.contains("not mounted") == true
        })
    }
  }

  /// An allowed root deeper in the tree is a mount point at some sites, and nobody deletes it either.
  @Test(
    arguments: [
      (["/store/unmerged/a/"], ["/store/unmerged/b/x"], false),
      (["/store/unmerged/a/"], ["/store/unmerged/a"], false),
      (["/store/unmerged/a/"], ["/store/unmerged/a/x"], true),
      (["/store/unmerged/a/b"], ["/store/unmerged/a/x"], false),
      // Below the wider one everything may be gone.
      (["/store/unmerged/a/", "/store/unmerged/"], ["/store/unmerged/b/x"], true),
      (["/store/"], ["/store/mc/x"], false), (["/store/temp/"], ["/store/unmerged/x"], true),
    ])
  func `so is one in the position of an allowed root`(
    _ row: (allowed: [String], directories: [String], isMounted: Bool)
  ) async throws {
    for path in row.directories { Disk.makeDirectory(directory.path + path) }
    let backend = RmBackend(time: testTime, allowed: AllowedRoots(row.allowed))
    let files = [try target(directory.path, "/store/unmerged/a/b/1")]
    #expect(
      await backend.delete(batch: files, deadline: .none).map(\.word) == [
        row.isMounted ? "absent" : "transient"
      ])
  }

  @Test func `what was deleted here vouches for what is missing beside it`() async throws {
    Disk.makeDirectory(directory.path + "/store/unmerged")
    Disk.write(directory.path + "/store/unmerged/1")
    let backend = RmBackend(time: testTime)
    let names = try ["/store/unmerged/1", "/store/unmerged/2"].map { try target(directory.path, $0) }
    #expect(await backend.delete(batch: names, deadline: .none).map(\.word) == ["deleted", "absent"])
    // Also later: the directory is empty now.
    #expect(await backend.delete(batch: names, deadline: .none).map(\.word) == ["absent", "absent"])
    #expect(
      await RmBackend(time: testTime).delete(batch: names, deadline: .none).map(\.word) == [
        "transient", "transient",
      ])
  }

  /// A rule may put another path in the place of the LFN's first directories.
  @Test(
    arguments: [
      ("/mnt/cms/unmerged/a/b/f", "/mnt/cms/unmerged"), ("/mnt/scratch/a/b/f", "/mnt/scratch"),
      ("/mnt/x/b/f", "/mnt/x"),
    ])
  func `the common directory is found behind a rule`(_ row: (path: String, common: String)) async throws {
    let file = DeletionTarget(
      lfn: "/store/unmerged/a/b/f", pfn: try #require(PFN("file://" + directory.path + row.path)))
    let answer = await RmBackend(time: testTime).delete(batch: [file], deadline: .none)
    #expect(answer[0].word == "transient")
    Disk.makeDirectory(directory.path + row.common + "/something")
    let mounted = await RmBackend(time: testTime).delete(batch: [file], deadline: .none)
    #expect(mounted[0].word == "absent")
  }

  @Test func `a path that has only the name in common with the LFN can't be judged`() async throws {
    let file = DeletionTarget(
      lfn: "/store/unmerged/a/f", pfn: try #require(PFN("file://" + directory.path + "/00/17/f")))
    let answer = await RmBackend(time: testTime).delete(batch: [file], deadline: .none)
    #expect(answer[0].word == "absent")
  }
}
