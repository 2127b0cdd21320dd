import Backends
import DeletionModel
import TestServers
import TestSupport
import Testing
import BackendPOSIX
import BackendTools

import Glibc

/// The places that the suite runs on. Servers are started once and shared; each case has its own directory.
enum Storages {
  static let names =
    [
      "rm", "rm, old kernel", "xrdfs", "xroot", "xroot, new connections", "gfal root", "gfal http",
      "gfal nginx",
    ] + ProxyStorages.names + WebDAVStorages.names + BulkStorages.names + newer.keys.sorted()

  /// Newer releases of XRootD: the release, and what is asked there.
  private static let newer: [String: (release: XRootDRelease, client: String)] = Dictionary(
    uniqueKeysWithValues: XRootDRelease.newer.flatMap { release in
      ["xroot", "webdav", "xrdfs"].map { ("\($0) \(release.rawValue)", (release, $0)) }
    })

  private static let newerServers: [XRootDRelease: Result<StorageServer, any Error>] = Dictionary(
    uniqueKeysWithValues: XRootDRelease.newer.map { release in (release, Result { try .xrootd(release) }) })

  private static let xrootd = Result { try StorageServer.xrootd() }
  private static let nginx = Result { try StorageServer.nginx() }

  /// Kept, so that cases use the connections of those before them.
  private static let xroot = testXRoot()

  static func storage(_ name: String) throws -> TestStorage {
    func make(_ backend: any Backend, _ server: StorageServer, _ scheme: String) -> TestStorage {
      TestStorage(
        name: name, backend: backend, prefix: server.prefix(scheme), data: server.data, user: server.user,
        holder: server)
    }
    if let storage = try WebDAVStorages.storage(name, of: .conformance) ?? ProxyStorages.storage(name)
      ?? BulkStorages.storage(name)
    {
      return storage
    }
    let xrdfs = XrdfsBackend(runner: testRunner(), environment: testEnvironment(), time: testTime)
    let gfal = GfalBackend(runner: testRunner(), environment: testEnvironment(), time: testTime)
    if let (release, client) = newer[name], let server = try newerServers[release]?.get() {
      switch client {
      case "xroot": return make(xroot, server, "root")
      case "xrdfs": return make(xrdfs, server, "root")
      default: return make(try WebDAVStorages.backend(), server, "http")
      }
    }
    switch name {
    case "xrdfs": return make(xrdfs, try xrootd.get(), "root")
    case "xroot": return make(xroot, try xrootd.get(), "root")
    case "xroot, new connections": return make(testXRoot(), try xrootd.get(), "root")
    case "gfal root": return make(gfal, try xrootd.get(), "root")
    case "gfal http": return make(gfal, try xrootd.get(), "http")
    case "gfal nginx": return make(gfal, try nginx.get(), "http")
    default:
      let scratch = try TemporaryDirectory()
      return TestStorage(
        name: name, backend: RmBackend(time: testTime, usesOpenat2: name == "rm"), prefix: scratch.path,
        data: scratch.path, user: nil, holder: scratch)
    }
  }

  /// Where names with these properties cannot be expressed; they must be refused and nothing else.
  static func mustRefuse(_ file: String, at storage: String) -> Bool {
    if storage.hasPrefix("rm") { return false }
    if file.contains("?") { return true }
    // The frontend would take off the blank at its end.
    if storage == "dcache-bulk alone", file.unicodeScalars.last?.properties.isWhitespace == true {
      return true
    }
    if storage.contains("xrdfs") { return file.contains(" : [") }
    return storage.hasPrefix("gfal root") && (file.contains("%41") || file.contains("%ce"))
  }
}

/// One suite for every backend, on real servers. One at a time: they share two cores and the servers' disks.
@Suite(.serialized) struct ConformanceTests {
  @Test(arguments: Storages.names) func `a file is deleted, a missing one is absent`(_ name: String)
    async throws
  {
    let storage = try Storages.storage(name)
    storage.make("/store/unmerged/one/f")
    let lfns = ["/store/unmerged/one/f", "/store/unmerged/one/none", "/store/unmerged/nowhere/none"]
    #expect(try await storage.delete(lfns).map(\.word) == ["deleted", "absent", "absent"])
    for lfn in lfns {
      #expect(
        await storage.backend.delete(try storage.target(lfn), deadline: .seconds(Waiting.limit)).word
          == "absent"
      )
    }
    storage.make("/store/unmerged/one/g")
    #expect(try await storage.delete(["/store/unmerged/one/g"]).map(\.word) == ["deleted"])
  }

  /// Where the storage is asked what each file is, it names the size. `rm`, tools and services are not asked, and of many
  /// paths at once `kXR_statx` says only what they are.
  @Test(arguments: Storages.names) func `a size that is known is the right one`(_ name: String) async throws {
    let storage = try Storages.storage(name)
    let sizes = [0, 1, 4321, 70_000]
    let lfns = sizes.map { "/store/unmerged/sizes/f\($0)" }
    for batch in [lfns, [lfns[2]]] {
      for (lfn, size) in zip(lfns, sizes) {
        storage.make(lfn)
        Disk.write(storage.data + lfn, String(repeating: "x", count: size))
      }
      let answers = try await storage.delete(batch)
      #expect(answers.map(\.word) == batch.map { _ in "deleted" })
      let written = batch.count == 1 ? [sizes[2]] : sizes
      for (answer, size) in zip(answers, written) {
        #expect(answer.facts.size == size || answer.facts.size == nil && !name.contains("webdav"))
      }
      _ = try await storage.delete(lfns)
    }
  }

  @Test(arguments: Storages.names) func `a directory stays, empty or full`(_ name: String) async throws {
    let storage = try Storages.storage(name)
    storage.makeDirectory("/store/unmerged/dirs/empty")
    storage.make("/store/unmerged/dirs/full/f")
    storage.make("/store/unmerged/dirs/z")
    for lfn in ["/store/unmerged/dirs/empty", "/store/unmerged/dirs/full"] {
      #expect(try await storage.delete([lfn]).map(\.word) == ["permanent"])
    }
    let all = ["/store/unmerged/dirs/empty", "/store/unmerged/dirs/full", "/store/unmerged/dirs/z"]
    #expect(try await storage.delete(all).map(\.word) == ["permanent", "permanent", "deleted"])
  }

  @Test(arguments: Storages.names) func `a forbidden file is a matter of permission`(_ name: String)
    async throws
  {
    let storage = try Storages.storage(name)
    // Root may do everything in a local directory.
    if name.hasPrefix("rm"), getuid() == 0 { return }
    storage.make("/store/unmerged/forbidden/f")
    storage.make("/store/unmerged/allowed/g")
    let forbidden = storage.data + "/store/unmerged/forbidden"
    chmod(forbidden, 0o555)
    if getuid() == 0 { chown(forbidden, 0, gid_t.max) }
    let lfns = ["/store/unmerged/forbidden/f", "/store/unmerged/allowed/g"]
    #expect(try await storage.delete(lfns).map(\.word) == ["auth", "deleted"])
    #expect(try await storage.delete([lfns[0]]).map(\.word) == ["auth"])
    chmod(forbidden, 0o755)
    if let user = storage.user { chown(forbidden, user, gid_t.max) }
  }

  static let oddNames = [
    "sp ace", "dou  ble", " lead", "trail ", "plus+", "per%cent", "per%", "per%xy", "per%41", "perA",
    "hash#x", "hash", "mark?x",
    "mark", "sq'x", "dq\"x", "bo'th\"x", "back\\slash", "-r", "--bulk", "$(touch x)", "semi;x", "star*",
    "amp&x=y", "bra{a,b}", "bra[0]", "colon:x", "at@x", "back`tick`", "ex!cl", "tilde~", "<x>", "pi|pe",
    "\u{fc}mlaut", "u\u{308}mlaut", "日本", "nbsp\u{a0}", "\u{2003}em", "ls\u{2028}ls", "a", "a.b",
    "a : [SUCCESS] ",
    "trail", "lead", "sp", "dou", "\u{301}accent",
  ]

  @Test(arguments: Storages.names) func `odd names are deleted exactly or refused`(_ name: String)
    async throws
  {
    let storage = try Storages.storage(name)
    for file in Self.oddNames { storage.make("/store/unmerged/odd/\(file)") }
    func check(_ file: String, _ answer: Answer) {
      if name == "gfal root gsi", file.contains("#") {
        // See GfalURL.
        #expect(answer.word == "auth", "\(name): \(file)")
      } else if Storages.mustRefuse(file, at: name) {
        #expect(answer.word == "permanent", "\(name): \(file)")
        #expect(answer.error?.message.hasPrefix("not sent") == true)
      } else {
        #expect(answer.word == "deleted", "\(name): \(file): \(answer.error?.message ?? "")")
      }
    }
    // One by one first, so that each is held against the disk alone. With a login for each a few must do.
    let step = ProxyStorages.names.contains(name) ? 6 : 1
    for index in stride(from: 0, to: Self.oddNames.count, by: step) {
      let file = Self.oddNames[index]
      check(file, try await storage.delete(["/store/unmerged/odd/\(file)"])[0])
    }
    for file in Self.oddNames { storage.make("/store/unmerged/odd/\(file)") }
    let answers = try await storage.delete(Self.oddNames.map { "/store/unmerged/odd/\($0)" })
    for (file, answer) in zip(Self.oddNames, answers) { check(file, answer) }
  }

  @Test(arguments: Storages.names) func `a mixed batch is answered in order`(_ name: String) async throws {
    let storage = try Storages.storage(name)
    var lfns: [String] = []
    var expected: [String] = []
    for index in 0..<300 {
      let lfn = "/store/unmerged/mixed/\(index % 7)/file-\(index)"
      lfns.append(lfn)
      switch index % 50 {
      case 13:
        storage.makeDirectory(lfn)
        expected.append("permanent")
      case _ where index % 5 == 0:
        storage.makeDirectory("/store/unmerged/mixed/\(index % 7)")
        expected.append("absent")
      default:
        storage.make(lfn)
        expected.append("deleted")
      }
    }
    var text: [String] = []
    var rest = lfns[...]
    while !rest.isEmpty {
      let part = rest.prefix(storage.backend.traits.batchLimit)
      text += try await storage.delete(Array(part)).map(\.word)
      rest = rest.dropFirst(part.count)
    }
    #expect(text == expected)
  }

  @Test(arguments: Storages.names) func `a name listed twice is deleted once`(_ name: String) async throws {
    let storage = try Storages.storage(name)
    storage.make("/store/unmerged/twice/f")
    storage.make("/store/unmerged/twice/g")
    let lfns = ["/store/unmerged/twice/f", "/store/unmerged/twice/g", "/store/unmerged/twice/f"]
    #expect(try await storage.delete(lfns).map(\.word) == ["deleted", "deleted", "absent"])
  }

  @Test(arguments: Storages.names) func `nothing is begun after cancellation`(_ name: String) async throws {
    let storage = try Storages.storage(name)
    storage.make("/store/unmerged/cancelled/f")
    let target = try storage.target("/store/unmerged/cancelled/f")
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await storage.backend.delete(batch: [target], deadline: .none)
    }
    let answers = await task.value
    #expect(answers.map(\.word) == ["transient"])
    #expect(answers[0].error?.isAmbiguous == false)
    #expect(Disk.exists(storage.data + "/store/unmerged/cancelled/f"))
  }

  @Test(arguments: Storages.names) func `nothing is begun after the deadline`(_ name: String) async throws {
    let storage = try Storages.storage(name)
    storage.make("/store/unmerged/late/f")
    let answers = await storage.backend.delete(
      batch: [try storage.target("/store/unmerged/late/f")], deadline: Deadline(at: testTime.now()))
    #expect(answers.map(\.word) == ["transient"])
    #expect(Disk.exists(storage.data + "/store/unmerged/late/f"))
  }
}
