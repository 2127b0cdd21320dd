import DeletionModel
import Synchronization
import TestServers
import TestSupport
import Testing
@testable import BackendXRootD
@testable import Credentials
@testable import BackendTools

/// A real manager with two data servers.
@Suite(.serialized) struct XRootClusterTests {
  /// Where files of a cluster stand.
  static func make(_ lfns: [String], on server: Int, of cluster: XRootDCluster) {
    let server = TestStorage(
      name: "", backend: testXRoot(), prefix: "", data: cluster.servers[server].data, user: cluster.user,
      holder: cluster)
    for lfn in lfns { server.make(lfn) }
  }

  static func stands(_ lfn: String, on server: Int, of cluster: XRootDCluster) -> Bool {
    Disk.exists(cluster.servers[server].data + lfn)
  }

  static func delete(
    _ lfns: [String], of cluster: XRootDCluster, by backend: XRootBackend = testXRoot(window: 64),
    seconds: Double = Waiting.limit
  ) async throws -> [Answer] {
    await backend.delete(
      batch: try lfns.map { try target(cluster.prefix, $0) }, deadline: .seconds(seconds))
  }

  static func lfns(_ name: String, _ count: Int) -> [String] {
    (0..<count).map { "/store/unmerged/c/\($0 % 3)/\(name)\($0)" }
  }

  @Test(arguments: XRootDRelease.allCases)
  func `files on either server, all replicas, missing ones, directories`(
    _ release: XRootDRelease
  ) async throws {
    let cluster = try XRootDCluster(servers: 2, release: release)
    try await cluster.waitUntilReady()
    let (first, second, both, missing) = (
      Self.lfns("a", 60), Self.lfns("b", 60), Self.lfns("both", 60), Self.lfns("none", 60)
    )
    Self.make(first + both, on: 0, of: cluster)
    Self.make(second + both, on: 1, of: cluster)
    Disk.makeDirectory(cluster.servers[1].data + "/store/unmerged/c/directory", owner: cluster.user)
    Self.make(["/store/unmerged/c/unlisted"], on: 0, of: cluster)
    let notices = Mutex<[String]>([])
    let backend = XRootBackend(
      time: testTime,
      configuration: .init(
        pacer: FixedPacer(limit: 64), credentials: FixedCredential(.none),
        certificateDirectory: "/etc/ssl/certs",
        onNotice: { notice in notices.withLock { $0.append(notice) } }))
    let present = first + second + both
    let listed = (present + missing).shuffled() + ["/store/unmerged/c/directory"]
    let answers = try await Self.delete(listed, of: cluster, by: backend)
    for (lfn, answer) in zip(listed, answers) {
      let expected = lfn.hasSuffix("directory") ? "permanent" : lfn.contains("none") ? "absent" : "deleted"
      #expect(answer.word == expected, "\(lfn): \(answer)")
    }
    for lfn in present {
      #expect(!Self.stands(lfn, on: 0, of: cluster) && !Self.stands(lfn, on: 1, of: cluster), "\(lfn)")
    }
    #expect(Self.stands("/store/unmerged/c/directory", on: 1, of: cluster))
    #expect(Self.stands("/store/unmerged/c/unlisted", on: 0, of: cluster))
    #expect(notices.withLock { $0.count } == 1, "missing files depend on the servers that are there")
  }

  static let clients = ["xroot", "xrdfs"]

  @Test(arguments: clients) func `a server that hangs costs its own files only`(_ client: String) async throws
  {
    let cluster = try XRootDCluster(servers: 2)
    try await cluster.waitUntilReady()
    let (good, bad) = (Self.lfns("good", 20), Self.lfns("bad", 20))
    Self.make(good, on: 0, of: cluster)
    Self.make(bad, on: 1, of: cluster)
    // The manager learns where they are, so that it names the server that hangs. A file is no directory: all stay.
    let listed = bad.prefix(2) + good + bad.dropFirst(2)
    let targets = try listed.map { try target(cluster.prefix, $0) }
    let kept = await testXRoot().remove(emptyDirectories: targets, deadline: .seconds(Waiting.limit))
    #expect(kept.allSatisfy { $0.word == "permanent" })
    cluster.servers[1].hang()
    defer { cluster.servers[1].stop() }
    let backend: any Backend =
      client == "xroot"
      ? testXRoot(window: 16, limits: XRootLimits(answer: .seconds(4)))
      : XrdfsBackend(runner: testRunner(), environment: testEnvironment(), time: testTime)
    let answers = await backend.delete(batch: targets, deadline: .seconds(40))
    for (lfn, answer) in zip(listed, answers) {
      if lfn.contains("good"), client == "xroot" || answer.error?.isUntried != true {
        #expect(answer.word == "deleted", "\(lfn): \(answer)")
      } else {
        #expect(answer.word == "transient", "\(lfn): \(answer)")
      }
    }
    for lfn in bad { #expect(Self.stands(lfn, on: 1, of: cluster)) }
  }

  @Test func `a replica on a read-only server is said to be left`() async throws {
    let cluster = try XRootDCluster(servers: 2, readOnly: [1])
    try await cluster.waitUntilReady()
    let (free, fixed, both) = ("/store/unmerged/c/free", "/store/unmerged/c/fixed", "/store/unmerged/c/both")
    Self.make([free, both], on: 0, of: cluster)
    Self.make([fixed, both], on: 1, of: cluster)
    let answers = try await Self.delete([free, fixed, both], of: cluster)
    #expect(answers[0].word == "deleted")
    for answer in answers.dropFirst() {
      #expect(["endpoint", "auth"].contains(answer.word), "\(answer)")
    }
    #expect(Self.stands(fixed, on: 1, of: cluster) && Self.stands(both, on: 1, of: cluster))
  }

  @Test func `xrdfs says once that a manager may have further replicas, and nothing of a plain server`()
    async throws
  {
    let cluster = try XRootDCluster(servers: 2)
    try await cluster.waitUntilReady()
    for (prefix, count) in [(cluster.prefix, 1), (cluster.servers[0].prefix, 0)] {
      let notices = Mutex<[String]>([])
      let backend = XrdfsBackend(
        runner: testRunner(), environment: testEnvironment(), time: testTime,
        onNotice: { line in notices.withLock { $0.append(line) } })
      for round in 0..<2 {
        let lfn = "/store/unmerged/c/told-\(count)-\(round)"
        Self.make([lfn], on: 0, of: cluster)
        let answers = await backend.delete(batch: [try target(prefix, lfn)], deadline: .seconds(30))
        #expect(answers[0].word == "deleted", "\(answers)")
      }
      #expect(notices.withLock { $0.count(where: { $0.contains("one replica") }) } == count)
    }
  }

  @Test func `empty directories go where they are, full ones stay`() async throws {
    let cluster = try XRootDCluster(servers: 2)
    try await cluster.waitUntilReady()
    Disk.makeDirectory(cluster.servers[1].data + "/store/unmerged/c/empty", owner: cluster.user)
    Self.make(["/store/unmerged/c/full/f"], on: 1, of: cluster)
    let lfns = ["/store/unmerged/c/empty", "/store/unmerged/c/full"]
    let answers = await testXRoot().remove(
      emptyDirectories: try lfns.map { try target(cluster.prefix, $0) }, deadline: .seconds(Waiting.limit))
    #expect(answers.map(\.word) == ["deleted", "permanent"], "\(answers)")
    #expect(Self.stands("/store/unmerged/c/full/f", on: 1, of: cluster))
  }
}
