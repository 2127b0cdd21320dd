import DeletionModel
import Synchronization
import TestSupport
import Testing
import BackendPOSIX

import Glibc

/// What `rm` does with symbolic links. Both ways of walking must agree.
@Suite struct RmSafetyTests {
  let directory: TemporaryDirectory
  var site: String { directory.path + "/site" }
  var outside: String { directory.path + "/outside" }

  init() throws {
    directory = try TemporaryDirectory()
    Disk.makeDirectory(directory.path + "/site/store/unmerged/real")
    Disk.makeDirectory(directory.path + "/outside/store/unmerged")
    Disk.write(directory.path + "/outside/f")
    Disk.write(directory.path + "/outside/store/unmerged/f")
  }

  func delete(_ prefix: String, _ lfn: String, _ usesOpenat2: Bool) async throws -> Answer {
    await RmBackend(time: testTime, usesOpenat2: usesOpenat2).delete(
      try target(prefix, lfn), deadline: .none)
  }

  @Test(arguments: [true, false]) func `a directory that is a link is not followed`(_ new: Bool) async throws
  {
    symlink(outside, site + "/store/unmerged/link")
    symlink("../../../outside", site + "/store/unmerged/relative")
    symlink("real", site + "/store/unmerged/inside")
    Disk.write(site + "/store/unmerged/real/f")
    for name in ["link", "relative", "inside"] {
      let answer = try await delete(site, "/store/unmerged/\(name)/f", new)
      #expect(answer.word == "permanent")
      #expect(answer.error?.code == "ELOOP")
    }
    #expect(Disk.exists(outside + "/f"))
    #expect(Disk.exists(site + "/store/unmerged/real/f"))
  }

  @Test(arguments: [true, false]) func `a link as the file goes, its target stays`(_ new: Bool) async throws {
    symlink(outside + "/f", site + "/store/unmerged/real/f")
    #expect(try await delete(site, "/store/unmerged/real/f", new).word == "deleted")
    #expect(!Disk.exists(site + "/store/unmerged/real/f"))
    #expect(Disk.exists(outside + "/f"))
  }

  @Test(arguments: [true, false]) func `a link to a directory as the file goes alone`(_ new: Bool)
    async throws
  {
    symlink(outside, site + "/store/unmerged/real/f")
    #expect(try await delete(site, "/store/unmerged/real/f", new).word == "deleted")
    #expect(Disk.exists(outside + "/f"))
  }

  @Test(arguments: [true, false]) func `the site's own link to its storage is followed`(
    _ new: Bool
  ) async throws {
    symlink(site, directory.path + "/storage")
    Disk.write(site + "/store/unmerged/real/f")
    #expect(try await delete(directory.path + "/storage", "/store/unmerged/real/f", new).word == "deleted")
    // Where the LFN was rewritten nobody knows which part is the site's, so no link is followed at all.
    Disk.write(site + "/store/unmerged/real/g")
    let rewritten = DeletionTarget(
      lfn: "/store/temp/g", pfn: try #require(PFN(directory.path + "/storage/store/unmerged/real/g")))
    let backend = RmBackend(time: testTime, usesOpenat2: new)
    let answer = await backend.delete(rewritten, deadline: .none)
    #expect(answer.error?.code == "ELOOP")
    let direct = DeletionTarget(
      lfn: "/store/temp/g", pfn: try #require(PFN(site + "/store/unmerged/real/g")))
    #expect(await backend.delete(direct, deadline: .none).word == "deleted")
  }

  @Test(arguments: [true, false]) func `a file where a directory should be is not absence`(
    _ new: Bool
  ) async throws {
    Disk.write(site + "/store/unmerged/real/f")
    let answer = try await delete(site, "/store/unmerged/real/f/g", new)
    #expect(answer.error?.code == "ENOTDIR")
    #expect(answer.word == "permanent")
  }

  @Test(arguments: [true, false]) func `a storage that is not mounted is unavailable`(_ new: Bool)
    async throws
  {
    let answer = try await delete(directory.path + "/nowhere", "/store/unmerged/f", new)
    #expect(answer.word == "transient")
    #expect(answer.error?.isUnavailable == true)
  }

  @Test(arguments: [true, false]) func `two spellings of one letter are two directories`(_ new: Bool)
    async throws
  {
    let names = ["\u{fc}", "u\u{308}"]
    for name in names { Disk.makeDirectory(site + "/store/unmerged/\(name)") }
    Disk.write(site + "/store/unmerged/\(names[0])/f")
    let backend = RmBackend(time: testTime, usesOpenat2: new)
    let answers = await backend.delete(
      batch: [
        try target(site, "/store/unmerged/\(names[1])/f"), try target(site, "/store/unmerged/\(names[0])/f"),
      ], deadline: .none)
    #expect(answers.map(\.word) == ["absent", "deleted"])
  }

  /// A directory is swapped for a link to another tree as fast as it goes. Whatever the answer, the other tree
  /// must stand.
  @Test(arguments: [true, false]) func `a swapped directory is not followed`(_ new: Bool) async throws {
    let spot = site + "/store/unmerged/spot"
    Disk.makeDirectory(spot)
    symlink(outside, site + "/store/unmerged/evil")
    let stop = Flag()
    let swapper = site + "/store/unmerged"
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        while !stop.isSet {
          rename(swapper + "/spot", swapper + "/aside")
          rename(swapper + "/evil", swapper + "/spot")
          rename(swapper + "/spot", swapper + "/evil")
          rename(swapper + "/aside", swapper + "/spot")
          // There may be no more threads than tests like this one.
          await Task.yield()
        }
      }
      group.addTask {
        let backend = RmBackend(time: testTime, usesOpenat2: new)
        guard let pfn = PFN(swapper + "/spot/f") else { return }
        let target = DeletionTarget(lfn: "/store/unmerged/spot/f", pfn: pfn)
        for _ in 0..<3000 {
          let answer = await backend.delete(target, deadline: .none)
          if answer.kind == .deleted { break }
        }
        stop.set()
      }
    }
    #expect(Disk.exists(outside + "/f"))
  }
}

/// A switch between two tasks.
private final class Flag: Sendable {
  private let state = Mutex(false)
  var isSet: Bool { state.withLock { $0 } }
  func set() { state.withLock { $0 = true } }
}
