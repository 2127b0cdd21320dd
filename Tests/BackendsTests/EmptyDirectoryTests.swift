import Backends
import Deletion
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Removing empty directories, on real servers.
@Suite(.serialized) struct EmptyDirectoryTests {
  /// Where it is done.
  static let doors = [
    "rm", "rm, old kernel", "xroot", "xrdfs", "xroot behind a redirector", "xrdfs behind a redirector",
    "webdav xrootd http", "webdav xrootd x509",
  ]
  /// Where nothing is known that would do it and nothing more.
  static let staying = [
    "webdav nginx http", "webdav nginx bearer", "webdav apache http", "gfal root", "gfal http",
  ]

  private static let cluster = Result { try XRootDCluster() }

  private static func place(_ name: String) async throws -> Place {
    if let place = try WebDAVPlaces.place(name, of: .directories) { return place }
    if name.hasPrefix("rm") {
      let folder = try TemporaryFolder()
      return Place(
        name: name, backend: RmBackend(time: testTime, usesOpenat2: name == "rm"), prefix: folder.path,
        data: folder.path, user: nil, holder: folder)
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
      return Place(
        name: name, backend: backend, prefix: cluster.prefix, data: cluster.data, user: cluster.user,
        holder: cluster)
    }
    let server = try WebDAVServers.directories.server("xrootd")
    return Place(
      name: name, backend: backend, prefix: server.prefix(name == "gfal http" ? "http" : "root"),
      data: server.data, user: server.user, holder: server)
  }

  /// What stands under a name, in the order of the tests.
  private static let kinds: [(name: String, word: String)] = [
    ("empty", "deleted"), ("full", "permanent"), ("holds-a-folder", "permanent"), ("missing", "absent"),
    ("nowhere/missing", "absent"), ("file", "permanent"), ("link", "permanent"),
    ("hanging-link", "not there"),
    ("sp ace", "deleted"), ("per%cent", "deleted"), ("ümlaut", "deleted"), ("empty2", "deleted"),
  ]

  private static func make(_ place: Place, _ top: String) {
    for name in ["empty", "holds-a-folder/empty", "sp ace", "per%cent", "ümlaut", "empty2"] {
      place.makeFolder("\(top)/\(name)")
    }
    place.make("\(top)/full/f")
    place.make("\(top)/file")
    for (target, name) in [("holds-a-folder/empty", "link"), ("nothing", "hanging-link")] {
      symlink(target, "\(place.data)\(top)/\(name)")
    }
  }

  /// Removes them and holds the answers against the disk.
  private static func prune(_ place: Place, _ lfns: [String]) async throws -> [Answer] {
    let before = Set(Disk.tree(place.data))
    let answers = await place.backend.remove(
      emptyDirectories: try lfns.map(place.target), deadline: .seconds(Patience.limit))
    try #require(answers.count == lfns.count)
    let after = Set(Disk.tree(place.data))
    let removed = zip(lfns, answers).filter { $0.1.kind == .deleted }.map { String($0.0.dropFirst()) + "/" }
    #expect(before.subtracting(after) == Set(removed), "\(place.name)")
    #expect(after.isSubset(of: before))
    return answers
  }

  @Test(arguments: doors) func `only what is an empty directory goes`(_ name: String) async throws {
    let place = try await Self.place(name)
    #expect(place.backend.traits.removesDirectories)
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
    for top in tops { Self.make(place, top) }
    check(try await Self.prune(place, Self.kinds.map { "\(tops[0])/\($0.name)" }), Self.kinds)
    for kind in Self.kinds { check(try await Self.prune(place, ["\(tops[1])/\(kind.name)"]), [kind]) }
  }

  @Test(arguments: doors) func `a forbidden one is a matter of permission`(_ name: String) async throws {
    let place = try await Self.place(name)
    if name.hasPrefix("rm"), getuid() == 0 { return }
    let top = "/store/unmerged/permission-\(name.filter(\.isLetter))"
    place.makeFolder(top + "/forbidden/empty")
    place.makeFolder(top + "/allowed/empty")
    let folder = place.data + top + "/forbidden"
    chmod(folder, 0o555)
    if getuid() == 0 { chown(folder, 0, gid_t.max) }
    let lfns = [top + "/forbidden/empty", top + "/allowed/empty"]
    #expect(try await Self.prune(place, lfns).map(\.word) == ["auth", "deleted"])
    chmod(folder, 0o755)
    if let user = place.user { chown(folder, user, gid_t.max) }
  }

  @Test(arguments: ["rm", "rm, old kernel"]) func `no way leads through a link`(_ name: String) async throws {
    let place = try await Self.place(name)
    place.makeFolder("/store/unmerged/real/empty")
    symlink("real", place.data + "/store/unmerged/link")
    #expect(try await Self.prune(place, ["/store/unmerged/link/empty"]).map(\.word) == ["permanent"])
  }

  @Test(arguments: staying) func `all stay where nothing is known that removes only empty ones`(
    _ name: String
  ) async throws {
    let place = try await Self.place(name)
    let top = "/store/unmerged/stay"
    Self.make(place, top)
    let answers = try await Self.prune(
      place, ["\(top)/empty", "\(top)/full", "\(top)/file", "\(top)/missing"])
    #expect(answers.allSatisfy { $0.error?.errorClass == .permanent && $0.error?.keepsDirectories == true })
  }

  @Test(arguments: doors) func `nothing is begun after cancellation or the deadline`(_ name: String)
    async throws
  {
    let place = try await Self.place(name)
    place.makeFolder("/store/unmerged/late/empty")
    let target = try place.target("/store/unmerged/late/empty")
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await place.backend.remove(emptyDirectories: [target], deadline: .none)
    }
    let late = await place.backend.remove(emptyDirectories: [target], deadline: Deadline(at: testTime.now()))
    for answer in await task.value + late {
      #expect(answer.word == "transient" && answer.error?.isAmbiguous == false)
    }
    #expect(Disk.exists(place.data + target.lfn))
  }
}
