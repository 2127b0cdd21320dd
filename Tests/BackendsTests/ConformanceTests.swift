import Backends
import Deletion
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The places that the suite runs on. Servers are started once and shared; each case has its own folder.
enum Places {
  static let names =
    [
      "rm", "rm, old kernel", "xrdfs", "xroot", "xroot, new connections", "gfal root", "gfal http",
      "gfal nginx",
    ] + ProxyPlaces.names + WebDAVPlaces.names

  private static let xrootd = Result { try StorageServer.xrootd() }
  private static let nginx = Result { try StorageServer.nginx() }

  /// Kept, so that cases use the connections of those before them.
  private static let xroot = testXRoot()

  static func place(_ name: String) throws -> Place {
    func make(_ backend: any Backend, _ server: StorageServer, _ scheme: String) -> Place {
      Place(
        name: name, backend: backend, prefix: server.prefix(scheme), data: server.data, user: server.user,
        holder: server)
    }
    if let place = try WebDAVPlaces.place(name, of: .conformance) ?? ProxyPlaces.place(name) { return place }
    let xrdfs = XrdfsBackend(runner: testRunner(), environment: testEnvironment(), time: testTime)
    let gfal = GfalBackend(runner: testRunner(), environment: testEnvironment(), time: testTime)
    switch name {
    case "xrdfs": return make(xrdfs, try xrootd.get(), "root")
    case "xroot": return make(xroot, try xrootd.get(), "root")
    case "xroot, new connections": return make(testXRoot(), try xrootd.get(), "root")
    case "gfal root": return make(gfal, try xrootd.get(), "root")
    case "gfal http": return make(gfal, try xrootd.get(), "http")
    case "gfal nginx": return make(gfal, try nginx.get(), "http")
    default:
      let folder = try TemporaryFolder()
      return Place(
        name: name, backend: RmBackend(time: testTime, usesOpenat2: name == "rm"), prefix: folder.path,
        data: folder.path, user: nil, holder: folder)
    }
  }

  /// Where names with these properties cannot be expressed; they must be refused and nothing else.
  static func mustRefuse(_ file: String, at place: String) -> Bool {
    if place.hasPrefix("rm") { return false }
    if file.contains("?") { return true }
    if place.contains("xrdfs") { return file.contains(" : [") }
    return place.hasPrefix("gfal root") && (file.contains("%41") || file.contains("%ce"))
  }
}

/// One suite for every backend, on real servers. One at a time: they share two cores and the servers' disks.
@Suite(.serialized) struct ConformanceTests {
  @Test(arguments: Places.names) func `a file is deleted, a missing one is absent`(_ name: String)
    async throws
  {
    let place = try Places.place(name)
    place.make("/store/unmerged/one/f")
    let lfns = ["/store/unmerged/one/f", "/store/unmerged/one/none", "/store/unmerged/nowhere/none"]
    #expect(try await place.delete(lfns).map(\.word) == ["deleted", "absent", "absent"])
    for lfn in lfns {
      #expect(
        await place.backend.delete(try place.target(lfn), deadline: .seconds(Patience.limit)).word == "absent"
      )
    }
    place.make("/store/unmerged/one/g")
    #expect(try await place.delete(["/store/unmerged/one/g"]).map(\.word) == ["deleted"])
  }

  @Test(arguments: Places.names) func `a directory stays, empty or full`(_ name: String) async throws {
    let place = try Places.place(name)
    place.makeFolder("/store/unmerged/dirs/empty")
    place.make("/store/unmerged/dirs/full/f")
    place.make("/store/unmerged/dirs/z")
    for lfn in ["/store/unmerged/dirs/empty", "/store/unmerged/dirs/full"] {
      #expect(try await place.delete([lfn]).map(\.word) == ["permanent"])
    }
    let all = ["/store/unmerged/dirs/empty", "/store/unmerged/dirs/full", "/store/unmerged/dirs/z"]
    #expect(try await place.delete(all).map(\.word) == ["permanent", "permanent", "deleted"])
  }

  @Test(arguments: Places.names) func `a forbidden file is a matter of permission`(_ name: String)
    async throws
  {
    let place = try Places.place(name)
    // Root may do everything in a local folder.
    if name.hasPrefix("rm"), getuid() == 0 { return }
    place.make("/store/unmerged/forbidden/f")
    place.make("/store/unmerged/allowed/g")
    let folder = place.data + "/store/unmerged/forbidden"
    chmod(folder, 0o555)
    if getuid() == 0 { chown(folder, 0, gid_t.max) }
    let lfns = ["/store/unmerged/forbidden/f", "/store/unmerged/allowed/g"]
    #expect(try await place.delete(lfns).map(\.word) == ["auth", "deleted"])
    #expect(try await place.delete([lfns[0]]).map(\.word) == ["auth"])
    chmod(folder, 0o755)
    if let user = place.user { chown(folder, user, gid_t.max) }
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

  @Test(arguments: Places.names) func `odd names are deleted exactly or refused`(_ name: String) async throws
  {
    let place = try Places.place(name)
    for file in Self.oddNames { place.make("/store/unmerged/odd/\(file)") }
    func check(_ file: String, _ answer: Answer) {
      if name == "gfal root gsi", file.contains("#") {
        // See GfalURL.
        #expect(answer.word == "auth", "\(name): \(file)")
      } else if Places.mustRefuse(file, at: name) {
        #expect(answer.word == "permanent", "\(name): \(file)")
        #expect(answer.error?.message.hasPrefix("not sent") == true)
      } else {
        #expect(answer.word == "deleted", "\(name): \(file): \(answer.error?.message ?? "")")
      }
    }
    // One by one first, so that each is held against the disk alone. With a login for each a few must do.
    let step = ProxyPlaces.names.contains(name) ? 6 : 1
    for index in stride(from: 0, to: Self.oddNames.count, by: step) {
      let file = Self.oddNames[index]
      check(file, try await place.delete(["/store/unmerged/odd/\(file)"])[0])
    }
    for file in Self.oddNames { place.make("/store/unmerged/odd/\(file)") }
    let answers = try await place.delete(Self.oddNames.map { "/store/unmerged/odd/\($0)" })
    for (file, answer) in zip(Self.oddNames, answers) { check(file, answer) }
  }

  @Test(arguments: Places.names) func `a mixed batch is answered in order`(_ name: String) async throws {
    let place = try Places.place(name)
    var lfns: [String] = []
    var expected: [String] = []
    for index in 0..<300 {
      let lfn = "/store/unmerged/mixed/\(index % 7)/file-\(index)"
      lfns.append(lfn)
      switch index % 50 {
      case 13:
        place.makeFolder(lfn)
        expected.append("permanent")
      case _ where index % 5 == 0:
        place.makeFolder("/store/unmerged/mixed/\(index % 7)")
        expected.append("absent")
      default:
        place.make(lfn)
        expected.append("deleted")
      }
    }
    var words: [String] = []
    var rest = lfns[...]
    while !rest.isEmpty {
      let part = rest.prefix(place.backend.traits.batchLimit)
      words += try await place.delete(Array(part)).map(\.word)
      rest = rest.dropFirst(part.count)
    }
    #expect(words == expected)
  }

  @Test(arguments: Places.names) func `a name listed twice is deleted once`(_ name: String) async throws {
    let place = try Places.place(name)
    place.make("/store/unmerged/twice/f")
    place.make("/store/unmerged/twice/g")
    let lfns = ["/store/unmerged/twice/f", "/store/unmerged/twice/g", "/store/unmerged/twice/f"]
    #expect(try await place.delete(lfns).map(\.word) == ["deleted", "deleted", "absent"])
  }

  @Test(arguments: Places.names) func `nothing is begun after cancellation`(_ name: String) async throws {
    let place = try Places.place(name)
    place.make("/store/unmerged/cancelled/f")
    let target = try place.target("/store/unmerged/cancelled/f")
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await place.backend.delete(batch: [target], deadline: .none)
    }
    let answers = await task.value
    #expect(answers.map(\.word) == ["transient"])
    #expect(answers[0].error?.isAmbiguous == false)
    #expect(Disk.exists(place.data + "/store/unmerged/cancelled/f"))
  }

  @Test(arguments: Places.names) func `nothing is begun after the deadline`(_ name: String) async throws {
    let place = try Places.place(name)
    place.make("/store/unmerged/late/f")
    let answers = await place.backend.delete(
      batch: [try place.target("/store/unmerged/late/f")], deadline: Deadline(at: testTime.now()))
    #expect(answers.map(\.word) == ["transient"])
    #expect(Disk.exists(place.data + "/store/unmerged/late/f"))
  }
}
