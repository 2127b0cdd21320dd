import DeletionModel
import Synchronization
import TestServers
import TestSupport
import Testing
@testable import Backends
@testable import BackendXRootD
@testable import Credentials
@testable import BackendTools

/// Real XRootD servers: TLS, tokens, other ways to say who we are.
@Suite(.serialized) struct XRootServerTests {
  typealias Setup = StorageServer.XRootDSetup

  static func storage(
    _ setup: Setup, _ scheme: String, _ credential: EndpointCredential = .none, host: String = "127.0.0.1",
    certificates: String? = nil, wrap: (XRootBackend) -> any Backend = { $0 }
  ) throws -> TestStorage {
    let server = try StorageServer.xrootd(setup)
    let trusted = try ServerCertificates.shared.get().trusted
    return TestStorage(
      name: "\(setup) \(scheme)",
      backend: wrap(testXRoot(credential, certificates: certificates ?? trusted)),
      prefix: "\(scheme)://\(host):\(server.ports["root"] ?? 0)/", data: server.data, user: server.user,
      holder: server)
  }

  static func token(
    _ scope: String = "storage.modify:/store/unmerged storage.read:/store", seconds: Int = 3600
  )
    throws -> EndpointCredential
  {
    .token(Secret(try ServerCertificates.shared.get().token(scope: scope, expiresIn: seconds)))
  }

  static let endpoints: [(Setup, String)] = [
    (.ableTLS, "roots"), (.ableTLS, "xroots"), (.ableTLS, "root"), (.loginTLS, "root"), (.loginTLS, "roots"),
    (.sessionTLS, "root"), (.sessionTLS, "roots"), (.token, "roots"), (.token, "root"),
    (.tokenAbleTLS, "root"),
    (.unix, "root"), (.host, "root"),
  ]

  @Test(arguments: endpoints.indices) func `files are deleted through every setup`(_ index: Int) async throws
  {
    let (setup, scheme) = Self.endpoints[index]
    let storage = try Self.storage(setup, scheme, try Self.token())
    storage.makeDirectory("/store/unmerged/d/empty")
    storage.make("/store/unmerged/d/full/f")
    for number in 0..<300 { storage.make("/store/unmerged/d/f\(number)") }
    let lfns =
      ["empty", "full", "none", "full/f"].map { "/store/unmerged/d/\($0)" }
      + (0..<300).map { "/store/unmerged/d/f\($0)" }
    let text = try await storage.delete(lfns).map(\.word)
    #expect(Array(text[..<4]) == ["permanent", "permanent", "absent", "deleted"], "\(storage.name)")
    #expect(text[4...].allSatisfy { $0 == "deleted" }, "\(storage.name)")
    // The same connection again.
    storage.make("/store/unmerged/d/g")
    #expect(try await storage.delete(["/store/unmerged/d/g"]).map(\.word) == ["deleted"])
  }

  @Test func `five thousand files, calls at once, directories stay`() async throws {
    let storage = try Self.storage(.ableTLS, "roots")
    var lfns: [String] = []
    for number in 0..<5000 {
      let lfn = "/store/unmerged/many/\(number % 10)/f\(number)"
      lfns.append(lfn)
      if number % 500 == 3 { storage.makeDirectory(lfn) } else if number % 7 != 0 { storage.make(lfn) }
    }
    let expected = (0..<5000).map { $0 % 500 == 3 ? "permanent" : $0 % 7 != 0 ? "deleted" : "absent" }
    let text = try await withThrowingTaskGroup(of: (Int, [String]).self) { group in
      for start in stride(from: 0, to: 5000, by: 1000) {
        let targets = try lfns[start..<start + 1000].map(storage.target)
        group.addTask {
          (start, await storage.backend.delete(batch: targets, deadline: .seconds(Waiting.limit)).map(\.word))
        }
      }
      var parts: [Int: [String]] = [:]
      for try await (start, text) in group { parts[start] = text }
      return parts.keys.sorted().flatMap { parts[$0] ?? [] }
    }
    #expect(text == expected)
    let left = Disk.tree(storage.data + "/store/unmerged/many").filter { !$0.hasSuffix("/") }
    #expect(left.isEmpty)
    for number in stride(from: 3, to: 5000, by: 500) { #expect(Disk.exists(storage.data + lfns[number])) }
  }

  @Test func `fifty thousand files`() async throws {
    let server = try StorageServer.xrootd()
    let storage = TestStorage(
      name: "many", backend: testXRoot(window: 128), prefix: server.prefix("root"), data: server.data,
      user: server.user, holder: server)
    for round in 0..<5 {
      let lfns = (0..<10_000).map { "/store/unmerged/many/\(round)/\($0 % 10)/f\($0)" }
      for directory in 0..<10 { storage.makeDirectory("/store/unmerged/many/\(round)/\(directory)") }
      for lfn in lfns { storage.makeHere(lfn) }
      for start in stride(from: 0, to: lfns.count, by: storage.backend.traits.batchLimit) {
        let targets = try lfns[start..<start + storage.backend.traits.batchLimit].map(storage.target)
        let answers = await storage.backend.delete(batch: targets, deadline: .seconds(Waiting.limit))
        #expect(answers.allSatisfy { $0.kind == .deleted })
      }
      #expect(Disk.tree(storage.data + "/store/unmerged/many/\(round)").allSatisfy { $0.hasSuffix("/") })
    }
  }

  @Test func `a token's scope is a matter of permission`() async throws {
    // XRootD 5.5.3 does not let storage.modify look at files; later ones do, as the WLCG profile wants it.
    let narrow = try Self.storage(
      .token, "roots", try Self.token("storage.modify:/store/unmerged/mine storage.read:/store"))
    narrow.make("/store/unmerged/mine/f")
    narrow.make("/store/unmerged/theirs/f")
    let answers = try await narrow.delete(["/store/unmerged/mine/f", "/store/unmerged/theirs/f"])
    #expect(answers.map(\.word) == ["deleted", "auth"], "\(answers)")
  }

  @Test func `a token that does not let us stat is told which scope it lacks`() async throws {
    let storage = try Self.storage(.token, "roots", try Self.token("storage.modify:/store/unmerged"))
    storage.make("/store/unmerged/m/f")
    let answer = try await storage.delete(["/store/unmerged/m/f"])[0]
    // Servers that let storage.modify look are right too.
    #expect(
      answer.word == "deleted"
        || answer.word == "auth" && answer.error?.message.contains("storage.read") == true,
      "\(answer)")
  }

  @Test func `a refused token is a matter of permission, and never shown`() async throws {
    let expired = try Self.token(seconds: -600)
    let credentials: [EndpointCredential] = [
      expired, .token(Secret("eyJhbGciOiJub25lIn0.e30.bm90aGluZw")), .none,
    ]
    for credential in credentials {
      let storage = try Self.storage(.token, "roots", credential)
      storage.make("/store/unmerged/t/f")
      let answer = try await storage.delete(["/store/unmerged/t/f"])[0]
      #expect(answer.word == "auth", "\(answer)")
      if case .token(let secret) = credential { #expect(!"\(answer)".contains(secret.reveal())) }
    }
  }

  @Test func `a token that was renewed is tried once more`() async throws {
    let server = try StorageServer.xrootd(.token)
    let trusted = try ServerCertificates.shared.get().trusted
    let provider = Renewed(old: try Self.token(seconds: -600), new: try Self.token())
    let storage = TestStorage(
      name: "renewed",
      backend: XRootBackend(
        time: testTime,
        configuration: .init(
          pacer: FixedPacer(limit: 8), credentials: provider, certificateDirectory: trusted)),
      prefix: server.prefix("roots"), data: server.data, user: server.user, holder: server)
    storage.make("/store/unmerged/t/f")
    #expect(try await storage.delete(["/store/unmerged/t/f"]).map(\.word) == ["deleted"])
  }

  @Test func `a certificate must be trusted and for this host`() async throws {
    let certificates = try ServerCertificates.shared.get()
    let cases = [
      (certificates.foreign, "127.0.0.1", "roots"), (certificates.foreign, "127.0.0.1", "root"),
      ("/no/such/directory", "127.0.0.1", "roots"), (certificates.trusted, "127.0.0.2", "roots"),
    ]
    for (directory, host, scheme) in cases {
      let storage = try Self.storage(.loginTLS, scheme, host: host, certificates: directory)
      storage.make("/store/unmerged/c/f")
      let answer = try await storage.delete(["/store/unmerged/c/f"])[0]
      #expect(answer.word == "auth" && answer.error?.isAmbiguous == false, "\(answer)")
    }
    let named = try Self.storage(.loginTLS, "roots", host: "localhost")
    named.make("/store/unmerged/c/f")
    #expect(try await named.delete(["/store/unmerged/c/f"]).map(\.word) == ["deleted"])
  }

  @Test func `roots is never spoken in the open`() async throws {
    let server = try StorageServer.xrootd()
    let backend = testXRoot()
    let answer = await backend.delete(
      try target("roots://127.0.0.1:\(server.ports["root"] ?? 0)/", "/store/unmerged/f"),
      deadline: .seconds(Waiting.limit))
    #expect(answer.word == "permanent" && answer.error?.code == "TLS", "\(answer)")
  }

  @Test func `what is not spoken here is xrdfs's, once for the endpoint`() async throws {
    let told = Mutex<[String]>([])
    let server = try StorageServer.xrootd(.sss)
    let xrdfs = XrdfsBackend(
      runner: testRunner(), environment: testEnvironment(["XrdSecSSSKT": server.sharedSecret]),
      time: testTime)
    func storage(_ fallback: (any Backend)?) -> TestStorage {
      let backend = fallback.map { fallback -> any Backend in
        HandingOver(testXRoot(), to: fallback) { notice in told.withLock { $0.append(notice.reason) } }
      }
      return TestStorage(
        name: "sss", backend: backend ?? testXRoot(), prefix: server.prefix("root"), data: server.data,
        user: server.user, holder: server)
    }
    let handing = storage(xrdfs)
    for _ in 0..<2 {
      handing.make("/store/unmerged/g/f")
      handing.makeDirectory("/store/unmerged/g/d")
      let lfns = ["/store/unmerged/g/f", "/store/unmerged/g/d", "/store/unmerged/g/n"]
      #expect(try await handing.delete(lfns).map(\.word) == ["deleted", "permanent", "absent"])
    }
    #expect(told.withLock { $0.count } == 1)
    #expect(told.withLock { $0.first?.contains("wants sss") } == true)
    let alone = storage(nil)
    alone.make("/store/unmerged/g/h")
    #expect(try await alone.delete(["/store/unmerged/g/h"]).map(\.word) == ["fatal"])
  }

  @Test func `a server that wants a proxy says so to who has none`() async throws {
    let storage = try Self.storage(.gsi, "root")
    storage.make("/store/unmerged/g/f")
    let answer = try await storage.delete(["/store/unmerged/g/f"])[0]
    #expect(answer.word == "auth" && answer.error?.isUnsupported == false, "\(answer)")
    #expect(answer.error?.message == "the server wants gsi: there is no credential for it")
  }

  @Test func `of gsi and unix the second is taken`() async throws {
    let storage = try Self.storage(.gsiUnix, "root")
    storage.make("/store/unmerged/u/f")
    #expect(try await storage.delete(["/store/unmerged/u/f"]).map(\.word) == ["deleted"])
  }

  @Test func `of gsi and unix who has a proxy is let in by gsi`() async throws {
    let certificates = try ServerCertificates.shared.get()
    let credential = EndpointCredential.x509(certificate: certificates.proxy, key: certificates.proxy)
    let storage = try Self.storage(.gsiUnix, "root", credential)
    storage.make("/store/unmerged/u/f")
    #expect(try await storage.delete(["/store/unmerged/u/f"]).map(\.word) == ["deleted"])
    // Whom we do not trust is not told who we are in another way either.
    let stranger = try Self.storage(.gsiUnix, "root", credential, certificates: certificates.foreign)
    stranger.make("/store/unmerged/u/f")
    let answer = try await stranger.delete(["/store/unmerged/u/f"])[0]
    #expect(answer.word == "auth" && answer.error?.code == "certificate", "\(answer)")
  }

  @Test func `an authorization that forbids is a matter of permission`() async throws {
    let storage = try Self.storage(.host, "root")
    storage.make("/store/unmerged/forbidden/f")
    storage.make("/store/unmerged/free/f")
    #expect(
      try await storage.delete(["/store/unmerged/forbidden/f", "/store/unmerged/free/f"]).map(\.word) == [
        "auth", "deleted",
      ])
  }

  @Test func `a server that dies half-way leaves no false answer`() async throws {
    for scheme in ["root", "roots"] {
      for gone in [0, 300, 1000] {
        let server = try StorageServer.xrootd(.ableTLS)
        let storage = TestStorage(
          name: scheme, backend: testXRoot(certificates: try ServerCertificates.shared.get().trusted),
          prefix: server.prefix(scheme), data: server.data, user: server.user, holder: server)
        let lfns = (0..<3000).map { "/store/unmerged/crash/f\($0)" }
        for lfn in lfns { storage.make(lfn) }
        let targets = try lfns.map(storage.target)
        async let running = storage.backend.delete(batch: targets, deadline: .seconds(60))
        try await Waiting.wait(until: "some are gone", every: .milliseconds(1)) {
          !Disk.exists(storage.data + lfns[gone])
        }
        server.stop()
        storage.expectNoFalseAnswer(await running, for: lfns)
      }
    }
  }

  @Test func `a redirector with a server behind it`() async throws {
    let cluster = try XRootDCluster()
    let storage = TestStorage(
      name: "cluster", backend: testXRoot(), prefix: cluster.prefix, data: cluster.data, user: cluster.user,
      holder: cluster)
    storage.makeDirectory("/store/unmerged/r/empty")
    for number in 0..<50 { storage.make("/store/unmerged/r/f\(number)") }
    try await cluster.waitUntilReady()
    let lfns = ["/store/unmerged/r/empty"] + (0..<50).map { "/store/unmerged/r/f\($0)" }
    let text = try await storage.delete(lfns).map(\.word)
    #expect(text == ["permanent"] + (0..<50).map { _ in "deleted" })
  }
}

/// A credential whose file has been renewed.
private struct Renewed: CredentialProvider {
  let old: EndpointCredential
  let new: EndpointCredential
  func credential(for endpoint: String) -> EndpointCredential { old }
  func replacement(for rejected: EndpointCredential, at endpoint: String) -> EndpointCredential? {
    rejected == old ? new : nil
  }
}
