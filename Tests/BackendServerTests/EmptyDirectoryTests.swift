import Backends
import DeletionModel
import TestServers
import TestSupport
import Testing
import BackendPOSIX
import BackendTools

import Glibc

/// Removing empty directories, on real servers.
@Suite(.serialized) struct EmptyDirectoryTests {
  /// Where it is done.
  static let endpoints = [
    "rm", "rm, old kernel", "xroot", "xrdfs", "xroot behind a redirector",
  ]
  /// Where there is nothing that would do it and nothing more; over HTTP there never is.
  static let staying = [
    "webdav xrootd http", "webdav xrootd x509", "webdav nginx http", "webdav nginx bearer",
    "webdav apache http", "gfal root", "gfal http", "xrdfs behind a redirector",
  ]

  private static let cluster = Result { try XRootDCluster() }

  private static func storage(_ name: String) async throws -> TestStorage {
    if let storage = try WebDAVStorages.storage(name, of: .directories) { return storage }
    if name.hasPrefix("rm") {
      let scratch = try TemporaryDirectory()
      return TestStorage(
        name: name, backend: RmBackend(time: testTime, usesOpenat2: name == "rm"), prefix: scratch.path,
        data: scratch.path, user: nil, holder: scratch)
    }
    let backend: any Backend
    switch name.prefix(5) {
    case "xrdfs":
      backend = XrdfsBackend(runner: testRunner(), environment: testEnvironment(), time: testTime)
    case "xroot": backend = testXRoot()
    default: backend = GfalBackend(runner: testRunner(), environment: testEnvironment(), time: testTime)
    }
    if name.hasSuffix("redirector") {
      let cluster = try cluster.get()
      try await cluster.waitUntilReady()
      return TestStorage(
        name: name, backend: backend, prefix: cluster.prefix, data: cluster.data, user: cluster.user,
        holder: cluster)
    }
    let server = try WebDAVServers.directories.server("xrootd")
    return TestStorage(
      name: name, backend: backend, prefix: server.prefix(name == "gfal http" ? "http" : "root"),
      data: server.data, user: server.user, holder: server)
  }

  /// What stands under a name, in the order of the tests.
  private static let kinds: [(name: String, word: String)] = [
    ("empty", "deleted"), ("full", "permanent"), ("holds-a-directory", "permanent"), ("missing", "absent"),
    ("nowhere/missing", "absent"), ("file", "permanent"), ("link", "permanent"),
    ("hanging-link", "not there"),
    ("sp ace", "deleted"), ("per%cent", "deleted"), ("ümlaut", "deleted"), ("empty2", "deleted"),
  ]

  private static func make(_ storage: TestStorage, _ top: String) {
    for name in ["empty", "holds-a-directory/empty", "sp ace", "per%cent", "ümlaut", "empty2"] {
      storage.makeDirectory("\(top)/\(name)")
    }
    storage.make("\(top)/full/f")
    storage.make("\(top)/file")
    for (target, name) in [("holds-a-directory/empty", "link"), ("nothing", "hanging-link")] {
      symlink(target, "\(storage.data)\(top)/\(name)")
    }
  }

  /// Removes them and holds the answers against the disk.
  private static func prune(_ storage: TestStorage, _ lfns: [String]) async throws -> [Answer] {
    let before = Set(Disk.tree(storage.data))
    let answers = await storage.backend.remove(
      emptyDirectories: try lfns.map(storage.target), deadline: .seconds(Waiting.limit))
    try #require(answers.count == lfns.count)
    let after = Set(Disk.tree(storage.data))
    let removed = zip(lfns, answers).filter { $0.1.kind == .deleted }.map { String($0.0.dropFirst()) + "/" }
    #expect(before.subtracting(after) == Set(removed), "\(storage.name)")
    #expect(after.isSubset(of: before))
    return answers
  }

  @Test(arguments: endpoints) func `only what is an empty directory goes`(_ name: String) async throws {
    let storage = try await Self.storage(name)
    #expect(storage.backend.traits.removesDirectories)
    // Redirectors remember for a while what is not there, so no name is used twice.
    let tops = ["all", "alone"].map { "/store/unmerged/\($0)-\(name.filter(\.isLetter))" }
    func check(_ answers: [Answer], _ kinds: [(name: String, word: String)]) {
      for (kind, answer) in zip(kinds, answers) {
        let about = Comment(rawValue: "\(name): \(kind.name): \(answer)")
        // A link that leads nowhere is there for some and absent for others; it stays for all.
        if kind.word == "not there" {
          #expect(["permanent", "absent"].contains(answer.word), about)
        } else {
          #expect(answer.word == kind.word, about)
        }
        #expect(answer.error?.keepsDirectories != true, about)
      }
    }
    for top in tops { Self.make(storage, top) }
    check(try await Self.prune(storage, Self.kinds.map { "\(tops[0])/\($0.name)" }), Self.kinds)
    for kind in Self.kinds { check(try await Self.prune(storage, ["\(tops[1])/\(kind.name)"]), [kind]) }
  }

  @Test(arguments: endpoints) func `a forbidden one is a matter of permission`(_ name: String) async throws {
    let storage = try await Self.storage(name)
    if name.hasPrefix("rm"), getuid() == 0 { return }
    let top = "/store/unmerged/permission-\(name.filter(\.isLetter))"
    storage.makeDirectory(top + "/forbidden/empty")
    storage.makeDirectory(top + "/allowed/empty")
    let forbidden = storage.data + top + "/forbidden"
    chmod(forbidden, 0o555)
    if getuid() == 0 { chown(forbidden, 0, gid_t.max) }
    let lfns = [top + "/forbidden/empty", top + "/allowed/empty"]
    #expect(try await Self.prune(storage, lfns).map(\.word) == ["auth", "deleted"])
    chmod(forbidden, 0o755)
    if let user = storage.user { chown(forbidden, user, gid_t.max) }
  }

  @Test(arguments: ["rm", "rm, old kernel"]) func `no way leads through a link`(_ name: String) async throws {
    let storage = try await Self.storage(name)
    storage.makeDirectory("/store/unmerged/real/empty")
    symlink("real", storage.data + "/store/unmerged/link")
    #expect(try await Self.prune(storage, ["/store/unmerged/link/empty"]).map(\.word) == ["permanent"])
  }

  @Test(arguments: staying) func `all stay where nothing is known that removes only empty ones`(
    _ name: String
  ) async throws {
    let storage = try await Self.storage(name)
    // Of xrdfs it depends on the server.
    #expect(storage.backend.traits.removesDirectories == name.hasPrefix("xrdfs"))
    let top = "/store/unmerged/stay"
    Self.make(storage, top)
    let answers = try await Self.prune(
      storage, ["\(top)/empty", "\(top)/full", "\(top)/file", "\(top)/missing"])
    #expect(answers.allSatisfy { $0.error?.errorClass == .permanent && $0.error?.keepsDirectories == true })
  }

  @Test(arguments: endpoints) func `nothing is begun after cancellation or the deadline`(_ name: String)
    async throws
  {
    let storage = try await Self.storage(name)
    storage.makeDirectory("/store/unmerged/late/empty")
    let target = try storage.target("/store/unmerged/late/empty")
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await storage.backend.remove(emptyDirectories: [target], deadline: .none)
    }
    let late = await storage.backend.remove(
      emptyDirectories: [target], deadline: Deadline(at: testTime.now()))
    for answer in await task.value + late {
      #expect(answer.word == "transient" && answer.error?.isAmbiguous == false)
    }
    #expect(Disk.exists(storage.data + target.lfn))
  }
}
