import BackendPOSIX
import BackendWebDAV
import DeletionModel
import TestServers
import TestSupport
import Testing

import Glibc

@testable import BackendXRootD
@testable import Credentials

/// Files that were written before, at and after a moment, on real servers: what is newer stays.
@Suite(.serialized) struct AgeLimitServerTests {
  /// 2026-01-31T12:00:00Z.
  static let moment: Int64 = 1_769_860_800
  static let limit = AgeLimit(StorageTime(seconds: moment))

  static let names =
    ["rm", "webdav nginx", "webdav apache", "webdav xrootd", "xroot xrootd"]
    + XRootDRelease.newer.flatMap { ["webdav \($0.rawValue)", "xroot \($0.rawValue)"] }

  private static func xroot() -> XRootBackend {
    XRootBackend(
      time: testTime,
      configuration: .init(
        pacer: FixedPacer(limit: 16), credentials: FixedCredential(.none),
        certificateDirectory: "/etc/ssl/certs", ageLimit: limit))
  }

  private static func webdav() -> WebDAVBackend {
    WebDAVBackend(
      time: testTime, pacer: FixedPacer(limit: 10), credentials: FixedCredential(.none),
      settings: .init(
        caDirectory: "/etc/ssl/certs", connectLimit: .seconds(Waiting.limit), requestLimit: .seconds(600),
        ageLimit: limit))
  }

  private static func storage(_ name: String) throws -> TestStorage {
    if name == "rm" {
      let scratch = try TemporaryDirectory()
      return TestStorage(
        name: name, backend: RmBackend(time: testTime, ageLimit: limit), prefix: scratch.path,
        data: scratch.path, user: nil, holder: scratch)
    }
    let words = name.split(separator: " ")
    let server =
      switch words[1] {
      case "nginx": try StorageServer.nginx(WebDAVStorages.pki.get())
      case "apache": try StorageServer.apache(WebDAVStorages.pki.get())
      case "xrootd": try StorageServer.xrootd()
      default: try StorageServer.xrootd(XRootDRelease.newer.first { $0.rawValue == words[1] } ?? .trixie)
      }
    return TestStorage(
      name: name, backend: words[0] == "xroot" ? xroot() : webdav(),
      prefix: server.prefix(words[0] == "xroot" ? "root" : "http"), data: server.data, user: server.user,
      holder: server)
  }

  /// Says that a file was written so long after the moment.
  static func date(_ path: String, after seconds: Int64, nanoseconds: Int = 0) {
    let time = timespec(tv_sec: Int(moment + seconds), tv_nsec: nanoseconds)
    #expect(utimensat(AT_FDCWD, path, [time, time], AT_SYMLINK_NOFOLLOW) == 0, "\(path)")
  }

  @Test(arguments: names) func `only what is not newer goes`(_ name: String) async throws {
    let storage = try Self.storage(name)
    let ages: [Int64] = [-86_400 * 400, -1, 0, 1, 60, 86_400 * 3]
    // A directory is listed for several files of it; one of another directory is asked for by itself.
    let lfns =
      ages.map { "/store/unmerged/ages/f\($0)" } + ages.map { "/store/unmerged/ages/\($0)/alone" }
    for (index, lfn) in lfns.enumerated() {
      storage.make(lfn)
      Self.date(storage.data + lfn, after: ages[index % ages.count])
    }
    let none = "/store/unmerged/ages/none"
    storage.makeDirectory("/store/unmerged/ages/directory")
    Self.date(storage.data + "/store/unmerged/ages/directory", after: 60)
    let listed = (lfns + [none, "/store/unmerged/ages/directory"]).shuffled()
    let answers = try await storage.delete(listed)
    for (lfn, answer) in zip(listed, answers) {
      if lfn == none {
        #expect(answer.kind == .absent)
      } else if let index = lfns.firstIndex(of: lfn) {
        let mayGo = ages[index % ages.count] <= 0
        #expect(answer.kind == .deleted || !mayGo && answer.error?.isNewer == true, "\(lfn): \(answer)")
        #expect(Disk.exists(storage.data + lfn) != mayGo, "\(lfn)")
        if mayGo { #expect(answer.facts.written != nil && answer.facts.size == 1) }
      } else {
        #expect(answer.word == "permanent" && answer.error?.isNewer == false, "\(answer)")
      }
    }
  }

  /// A file system tells more than whole seconds.
  @Test func `a file of the same second that is newer stays`() async throws {
    let storage = try Self.storage("rm")
    let lfns = ["/store/unmerged/a", "/store/unmerged/b", "/store/unmerged/link"]
    for lfn in lfns.prefix(2) { storage.make(lfn) }
    // A link is dated itself, whatever it leads to.
    symlink("b", storage.data + lfns[2])
    Self.date(storage.data + lfns[0], after: 0)
    Self.date(storage.data + lfns[1], after: 0, nanoseconds: 1)
    Self.date(storage.data + lfns[2], after: -5)
    let answers = try await storage.delete(lfns)
    #expect(answers.map(\.word) == ["deleted", "permanent", "deleted"] && answers[1].error?.isNewer == true)
  }

  @Test(arguments: ["xroot", "webdav"]) func `so it is behind a manager`(_ client: String) async throws {
    let cluster = try XRootDCluster(servers: 2, access: .anyone)
    try await cluster.waitUntilReady()
    let ages: [Int64] = [-3600, -1, 0, 1, 3600]
    let lfns = ages.map { "/store/unmerged/c/\(client)\($0)" }
    for (index, lfn) in lfns.enumerated() {
      XRootClusterTests.make([lfn], on: index % 2, of: cluster)
      Self.date(cluster.servers[index % 2].data + lfn, after: ages[index])
    }
    let backend: any Backend = client == "xroot" ? Self.xroot() : Self.webdav()
    let prefix = client == "xroot" ? cluster.prefix : try #require(cluster.webPrefix)
    let answers = await backend.delete(
      batch: try lfns.map { try target(prefix, $0) }, deadline: .seconds(Waiting.limit))
    for (index, answer) in answers.enumerated() {
      let mayGo = ages[index] <= 0
      #expect(answer.kind == .deleted || !mayGo && answer.error?.isNewer == true, "\(answer)")
      #expect(XRootClusterTests.stands(lfns[index], on: index % 2, of: cluster) != mayGo)
    }
    // Of several replicas the newer ones stay, and the file is not called deleted.
    let both = (0..<4).map { "/store/unmerged/c/both-\(client)\($0)" }
    for server in [0, 1] {
      XRootClusterTests.make(both, on: server, of: cluster)
      for (index, lfn) in both.enumerated() {
        Self.date(cluster.servers[server].data + lfn, after: index % 2 == server ? 60 : -60)
      }
    }
    let second = await backend.delete(
      batch: try both.map { try target(prefix, $0) }, deadline: .seconds(Waiting.limit))
    for (index, answer) in second.enumerated() {
      #expect(answer.word == "permanent" && answer.error?.code == "newer", "\(answer)")
      #expect(XRootClusterTests.stands(both[index], on: index % 2, of: cluster))
      // That nothing was sent is only said where all stand.
      let isWhole = XRootClusterTests.stands(both[index], on: 1 - index % 2, of: cluster)
      #expect(answer.error?.isNewer == isWhole, "\(answer)")
    }
  }
}
