import TestServers
import DeletionModel
import Synchronization
import TestSupport
import Testing

import BackendWebDAV
import BackendXRootD
import Credentials

/// Real managers with two data servers, that let in whom sites let in, over https and over roots://.
@Suite(.serialized) struct ClusterAccessTests {
  typealias Access = XRootDCluster.Access
  typealias Base = XRootClusterTests

  /// A backend at a cluster, and what it had to say.
  private struct Client {
    let backend: any Backend
    let prefix: String
    let notices = Notices()

    final class Notices: Sendable {
      let all = Mutex<[String]>([])
      func add(_ notice: String) { all.withLock { $0.append(notice) } }
    }

    init(_ name: String, at cluster: XRootDCluster, _ access: Access, answer: Duration = .seconds(30)) throws
    {
      let credential: EndpointCredential
      switch try XRootDCluster.ticket(for: access) {
      case .nothing: credential = .none
      case .proxy(let file): credential = .x509(certificate: file, key: file)
      case .token(let text): credential = .token(Secret(text))
      }
      let trusted = try ServerCertificates.shared.get().trusted
      let (pacer, provider, notices) = (FixedPacer(limit: 16), FixedCredential(credential), notices)
      if name == WebDAVBackend.name {
        prefix = try #require(cluster.webPrefix)
        backend = WebDAVBackend(
          time: testTime, pacer: pacer, credentials: provider,
          settings: .init(caDirectory: trusted, requestLimit: answer, onNotice: notices.add))
      } else {
        prefix = cluster.prefix
        backend = XRootBackend(
          time: testTime,
          configuration: .init(
            pacer: pacer, credentials: provider, certificateDirectory: trusted, answerLimit: answer,
            onNotice: notices.add))
      }
    }

    func delete(_ lfns: [String], seconds: Double = Waiting.limit) async throws -> [Answer] {
      await backend.delete(batch: try lfns.map { try target(prefix, $0) }, deadline: .seconds(seconds))
    }
  }

  static let clients = [WebDAVBackend.name, XRootBackend.name]

  /// The manager of 5.5 does not survive a hash with OpenSSL 3 (calcHashes in XrdHttpUtils.cc).
  static let rows = [XRootDRelease.installed, .forky].flatMap { release in
    Access.allCases.filter { release != .installed || $0 != .proxiesAndKey }.map { (release, $0) }
  }

  @Test(arguments: rows)
  func `everything goes that the credential is good for`(
    _ release: XRootDRelease, _ access: Access
  ) async throws {
    let cluster = try XRootDCluster(servers: 2, access: access, release: release)
    try await cluster.waitUntilReady()
    for name in Self.clients {
      let client = try Client(name, at: cluster, access)
      let (first, second, both, missing) = (
        Base.lfns("a-\(name)", 12), Base.lfns("b-\(name)", 12), Base.lfns("both-\(name)", 12),
        Base.lfns("none-\(name)", 3)
      )
      Base.make(first + both + ["/store/unmerged/c/unlisted"], on: 0, of: cluster)
      Base.make(second + both, on: 1, of: cluster)
      let answers = try await client.delete(first + second + both + missing)
      #expect(
        answers.map(\.word) == (first + second + both).map { _ in "deleted" } + missing.map { _ in "absent" },
        "\(name): \(answers)")
      for lfn in first + second + both {
        #expect(!Base.stands(lfn, on: 0, of: cluster) && !Base.stands(lfn, on: 1, of: cluster), "\(lfn)")
      }
      #expect(Base.stands("/store/unmerged/c/unlisted", on: 0, of: cluster))
      #expect(
        client.notices.all.withLock { $0.count } == 1, "missing files depend on the servers that are there")
    }
  }

  @Test(arguments: clients) func `a replica on a read-only server is left, the other goes`(
    _ name: String
  ) async throws {
    let cluster = try XRootDCluster(servers: 2, readOnly: [1], access: .tokens)
    try await cluster.waitUntilReady()
    let client = try Client(name, at: cluster, .tokens)
    let (free, fixed, both) = (Base.lfns("free", 4), Base.lfns("fixed", 4), Base.lfns("both", 4))
    Base.make(free + both, on: 0, of: cluster)
    Base.make(fixed + both, on: 1, of: cluster)
    let answers = try await client.delete(free + fixed + both)
    #expect(
      answers.map(\.word) == free.map { _ in "deleted" } + (fixed + both).map { _ in "endpoint" },
      "\(answers)")
    for lfn in fixed + both { #expect(Base.stands(lfn, on: 1, of: cluster)) }
    for lfn in both { #expect(!Base.stands(lfn, on: 0, of: cluster)) }
  }

  @Test(arguments: clients) func `files on a server that never came up are absent, with a warning`(
    _ name: String
  ) async throws {
    let cluster = try XRootDCluster(servers: 2, access: .tokens, neverStarted: [1])
    try await cluster.waitUntilReady()
    let client = try Client(name, at: cluster, .tokens)
    let (good, down) = (Base.lfns("good", 6), Base.lfns("down", 6))
    Base.make(good, on: 0, of: cluster)
    Base.make(down, on: 1, of: cluster)
    let answers = try await client.delete(good + down)
    #expect(answers.map(\.word) == good.map { _ in "deleted" } + down.map { _ in "absent" }, "\(answers)")
    let notices = client.notices.all.withLock { $0 }
    #expect(notices.count == 1 && notices[0].contains("a file on a server that is down is missing, too"))
    for lfn in down { #expect(Base.stands(lfn, on: 1, of: cluster)) }
  }

  @Test(arguments: clients) func `a server that has crashed costs its own files only`(
    _ name: String
  ) async throws {
    let cluster = try XRootDCluster(servers: 2, access: .tokens)
    try await cluster.waitUntilReady()
    let client = try Client(name, at: cluster, .tokens, answer: .seconds(5))
    let (good, bad) = (Base.lfns("good", 12), Base.lfns("bad", 12))
    Base.make(good, on: 0, of: cluster)
    Base.make(bad, on: 1, of: cluster)
    cluster.servers[1].stop()
    let answers = try await client.delete(bad.prefix(6) + good + bad.suffix(6), seconds: 40)
    for (lfn, answer) in zip(bad.prefix(6) + good + bad.suffix(6), answers) {
      if lfn.contains("good") {
        // Over root:// a manager lets everything wait for a while when a server has just gone.
        let message = name == XRootBackend.name ? ["deleted", "overload"] : ["deleted"]
        #expect(message.contains(answer.word), "\(lfn): \(answer)")
      } else {
        #expect(["absent", "transient", "overload"].contains(answer.word), "\(lfn): \(answer)")
      }
    }
    if answers.contains(where: { $0.word == "absent" }) {
      #expect(client.notices.all.withLock { $0.count } == 1)
    }
    for lfn in bad { #expect(Base.stands(lfn, on: 1, of: cluster)) }
  }
}
