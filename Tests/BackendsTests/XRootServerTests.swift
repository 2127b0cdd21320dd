import Deletion
import Synchronization
import TestSupport
import Testing

@testable import Backends

/// Real XRootD servers: TLS, tokens, other ways to say who we are.
@Suite(.serialized) struct XRootServerTests {
  typealias Door = StorageServer.XRootDDoor

  static func place(
    _ door: Door, _ scheme: String, _ credential: EndpointCredential = .none, host: String = "127.0.0.1",
    certificates: String? = nil, wrap: (XRootBackend) -> any Backend = { $0 }
  ) throws -> Place {
    let server = try StorageServer.xrootd(door)
    let trusted = try ServerCertificates.shared.get().trusted
    return Place(
      name: "\(door) \(scheme)",
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

  static let doors: [(Door, String)] = [
    (.ableTLS, "roots"), (.ableTLS, "xroots"), (.ableTLS, "root"), (.loginTLS, "root"), (.loginTLS, "roots"),
    (.sessionTLS, "root"), (.sessionTLS, "roots"), (.token, "roots"), (.token, "root"),
    (.tokenAbleTLS, "root"),
    (.unix, "root"), (.host, "root"),
  ]

  @Test(arguments: doors.indices) func `files are deleted through every door`(_ index: Int) async throws {
    let (door, scheme) = Self.doors[index]
    let place = try Self.place(door, scheme, try Self.token())
    place.makeFolder("/store/unmerged/d/empty")
    place.make("/store/unmerged/d/full/f")
    for number in 0..<300 { place.make("/store/unmerged/d/f\(number)") }
    let lfns =
      ["empty", "full", "none", "full/f"].map { "/store/unmerged/d/\($0)" }
      + (0..<300).map { "/store/unmerged/d/f\($0)" }
    let words = try await place.delete(lfns).map(\.word)
    #expect(Array(words[..<4]) == ["permanent", "permanent", "absent", "deleted"], "\(place.name)")
    #expect(words[4...].allSatisfy { $0 == "deleted" }, "\(place.name)")
    // The same connection again.
    place.make("/store/unmerged/d/g")
    #expect(try await place.delete(["/store/unmerged/d/g"]).map(\.word) == ["deleted"])
  }

  @Test func `five thousand files, calls at once, directories stay`() async throws {
    let place = try Self.place(.ableTLS, "roots")
    var lfns: [String] = []
    for number in 0..<5000 {
      let lfn = "/store/unmerged/many/\(number % 10)/f\(number)"
      lfns.append(lfn)
      if number % 500 == 3 { place.makeFolder(lfn) } else if number % 7 != 0 { place.make(lfn) }
    }
    let expected = (0..<5000).map { $0 % 500 == 3 ? "permanent" : $0 % 7 != 0 ? "deleted" : "absent" }
    let words = try await withThrowingTaskGroup(of: (Int, [String]).self) { group in
      for start in stride(from: 0, to: 5000, by: 1000) {
        let targets = try lfns[start..<start + 1000].map(place.target)
        group.addTask {
          (start, await place.backend.delete(batch: targets, deadline: .seconds(Patience.limit)).map(\.word))
        }
      }
      var parts: [Int: [String]] = [:]
      for try await (start, words) in group { parts[start] = words }
      return parts.keys.sorted().flatMap { parts[$0] ?? [] }
    }
    #expect(words == expected)
    let left = Disk.tree(place.data + "/store/unmerged/many").filter { !$0.hasSuffix("/") }
    #expect(left.isEmpty)
    for number in stride(from: 3, to: 5000, by: 500) { #expect(Disk.exists(place.data + lfns[number])) }
  }

  @Test func `fifty thousand files`() async throws {
    let server = try StorageServer.xrootd()
    let place = Place(
      name: "many", backend: testXRoot(window: 128), prefix: server.prefix("root"), data: server.data,
      user: server.user, holder: server)
    for round in 0..<5 {
      let lfns = (0..<10_000).map { "/store/unmerged/many/\(round)/\($0 % 10)/f\($0)" }
      for folder in 0..<10 { place.makeFolder("/store/unmerged/many/\(round)/\(folder)") }
      for lfn in lfns { place.makeHere(lfn) }
      for start in stride(from: 0, to: lfns.count, by: place.backend.traits.batchLimit) {
        let targets = try lfns[start..<start + place.backend.traits.batchLimit].map(place.target)
        let answers = await place.backend.delete(batch: targets, deadline: .seconds(Patience.limit))
        #expect(answers.allSatisfy { $0.kind == .deleted })
      }
      #expect(Disk.tree(place.data + "/store/unmerged/many/\(round)").allSatisfy { $0.hasSuffix("/") })
    }
  }

  @Test func `a token's scope is a matter of permission`() async throws {
    // XRootD 5.5.3 does not let storage.modify look at files; later ones do, as the WLCG profile wants it.
    let narrow = try Self.place(
      .token, "roots", try Self.token("storage.modify:/store/unmerged/mine storage.read:/store"))
    narrow.make("/store/unmerged/mine/f")
    narrow.make("/store/unmerged/theirs/f")
    let answers = try await narrow.delete(["/store/unmerged/mine/f", "/store/unmerged/theirs/f"])
    #expect(answers.map(\.word) == ["deleted", "auth"], "\(answers)")
  }

  @Test func `a token that does not let us look is told which scope it lacks`() async throws {
    let place = try Self.place(.token, "roots", try Self.token("storage.modify:/store/unmerged"))
    place.make("/store/unmerged/m/f")
    let answer = try await place.delete(["/store/unmerged/m/f"])[0]
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
      let place = try Self.place(.token, "roots", credential)
      place.make("/store/unmerged/t/f")
      let answer = try await place.delete(["/store/unmerged/t/f"])[0]
      #expect(answer.word == "auth", "\(answer)")
      if case .token(let secret) = credential { #expect(!"\(answer)".contains(secret.reveal())) }
    }
  }

  @Test func `a token that was renewed is tried once more`() async throws {
    let server = try StorageServer.xrootd(.token)
    let trusted = try ServerCertificates.shared.get().trusted
    let provider = Renewed(old: try Self.token(seconds: -600), new: try Self.token())
    let place = Place(
      name: "renewed",
      backend: XRootBackend(
        time: testTime,
        configuration: .init(pacer: FixedPacer(limit: 8), credentials: provider, certificateFolder: trusted)),
      prefix: server.prefix("roots"), data: server.data, user: server.user, holder: server)
    place.make("/store/unmerged/t/f")
    #expect(try await place.delete(["/store/unmerged/t/f"]).map(\.word) == ["deleted"])
  }

  @Test func `a certificate must be trusted and for this host`() async throws {
    let certificates = try ServerCertificates.shared.get()
    let cases = [
      (certificates.foreign, "127.0.0.1", "roots"), (certificates.foreign, "127.0.0.1", "root"),
      ("/no/such/folder", "127.0.0.1", "roots"), (certificates.trusted, "127.0.0.2", "roots"),
    ]
    for (folder, host, scheme) in cases {
      let place = try Self.place(.loginTLS, scheme, host: host, certificates: folder)
      place.make("/store/unmerged/c/f")
      let answer = try await place.delete(["/store/unmerged/c/f"])[0]
      #expect(answer.word == "auth" && answer.error?.isAmbiguous == false, "\(answer)")
    }
    let named = try Self.place(.loginTLS, "roots", host: "localhost")
    named.make("/store/unmerged/c/f")
    #expect(try await named.delete(["/store/unmerged/c/f"]).map(\.word) == ["deleted"])
  }

  @Test func `roots is never spoken in the open`() async throws {
    let server = try StorageServer.xrootd()
    let backend = testXRoot()
    let answer = await backend.delete(
      try target("roots://127.0.0.1:\(server.ports["root"] ?? 0)/", "/store/unmerged/f"),
      deadline: .seconds(Patience.limit))
    #expect(answer.word == "permanent" && answer.error?.code == "TLS", "\(answer)")
  }

  @Test(arguments: [Door.gsi, .sss]) func `what is not spoken here is xrdfs's, once for the endpoint`(
    _ door: Door
  ) async throws {
    let certificates = try ServerCertificates.shared.get()
    let told = Mutex<[String]>([])
    let server = try StorageServer.xrootd(door)
    let xrdfs = XrdfsBackend(
      runner: testRunner(),
      environment: testEnvironment([
        "X509_USER_PROXY": certificates.proxy, "X509_CERT_DIR": certificates.trusted,
        "XrdSecGSISRVNAMES": "*", "XrdSecSSSKT": server.sharedSecret,
      ]), time: testTime)
    func place(_ fallback: (any Backend)?) -> Place {
      let backend = fallback.map { fallback -> any Backend in
        HandingOver(testXRoot(), to: fallback) { notice in told.withLock { $0.append(notice.reason) } }
      }
      return Place(
        name: "\(door)", backend: backend ?? testXRoot(), prefix: server.prefix("root"), data: server.data,
        user: server.user, holder: server)
    }
    let handing = place(xrdfs)
    for _ in 0..<2 {
      handing.make("/store/unmerged/g/f")
      handing.makeFolder("/store/unmerged/g/d")
      let lfns = ["/store/unmerged/g/f", "/store/unmerged/g/d", "/store/unmerged/g/n"]
      #expect(try await handing.delete(lfns).map(\.word) == ["deleted", "permanent", "absent"])
    }
    #expect(told.withLock { $0.count } == 1)
    #expect(told.withLock { $0.first?.contains("wants \(door)") } == true)
    let alone = place(nil)
    alone.make("/store/unmerged/g/h")
    #expect(try await alone.delete(["/store/unmerged/g/h"]).map(\.word) == ["fatal"])
  }

  @Test func `of gsi and unix the second is taken`() async throws {
    let place = try Self.place(.gsiUnix, "root")
    place.make("/store/unmerged/u/f")
    #expect(try await place.delete(["/store/unmerged/u/f"]).map(\.word) == ["deleted"])
  }

  @Test func `of gsi and unix the second is not taken by who has a proxy`() async throws {
    let proxy = try ServerCertificates.shared.get().proxy
    let place = try Self.place(.gsiUnix, "root", .x509(certificate: proxy, key: proxy))
    place.make("/store/unmerged/u/f")
    let answers = try await place.delete(["/store/unmerged/u/f"])
    #expect(answers.allSatisfy { $0.error?.isUnspoken == true }, "\(answers)")
    #expect(answers[0].error?.message.contains("gsi") == true)
  }

  @Test func `an authorization that forbids is a matter of permission`() async throws {
    let place = try Self.place(.host, "root")
    place.make("/store/unmerged/forbidden/f")
    place.make("/store/unmerged/free/f")
    #expect(
      try await place.delete(["/store/unmerged/forbidden/f", "/store/unmerged/free/f"]).map(\.word) == [
        "auth", "deleted",
      ])
  }

  @Test func `a server that dies half-way leaves no false answer`() async throws {
    for scheme in ["root", "roots"] {
      for gone in [0, 300, 1000] {
        let server = try StorageServer.xrootd(.ableTLS)
        let place = Place(
          name: scheme, backend: testXRoot(certificates: try ServerCertificates.shared.get().trusted),
          prefix: server.prefix(scheme), data: server.data, user: server.user, holder: server)
        let lfns = (0..<3000).map { "/store/unmerged/crash/f\($0)" }
        for lfn in lfns { place.make(lfn) }
        let targets = try lfns.map(place.target)
        async let running = place.backend.delete(batch: targets, deadline: .seconds(60))
        try await Patience.wait(until: "some are gone", every: .milliseconds(1)) {
          !Disk.exists(place.data + lfns[gone])
        }
        server.stop()
        for (lfn, answer) in zip(lfns, await running) {
          let stands = Disk.exists(place.data + lfn)
          switch answer.kind {
          case .deleted: #expect(!stands)
          case .absent: Issue.record("nothing was absent: \(lfn)")
          case .failed(let error): #expect(stands || error.isAmbiguous, "\(lfn): \(error)")
          }
        }
      }
    }
  }

  @Test func `a redirector with a server behind it`() async throws {
    let cluster = try XRootDCluster()
    let place = Place(
      name: "cluster", backend: testXRoot(), prefix: cluster.prefix, data: cluster.data, user: cluster.user,
      holder: cluster)
    place.makeFolder("/store/unmerged/r/empty")
    for number in 0..<50 { place.make("/store/unmerged/r/f\(number)") }
    try await cluster.waitUntilReady()
    let lfns = ["/store/unmerged/r/empty"] + (0..<50).map { "/store/unmerged/r/f\($0)" }
    let words = try await place.delete(lfns).map(\.word)
    #expect(words == ["permanent"] + (0..<50).map { _ in "deleted" })
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
