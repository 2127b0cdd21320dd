import Backends
import Deletion
import Synchronization
import TestSupport
import Testing

/// Servers that are unwilling, broken, slow or not who they should be.
@Suite(.serialized) struct WebDAVTroubleTests {
  private static func delete(
    _ port: Int, _ count: Int = 1, with backend: WebDAVBackend, seconds: Double = Patience.limit
  ) async throws -> [Answer] {
    let targets = try (0..<count).map { try target("http://127.0.0.1:\(port)", "/store/d/f\($0)") }
    return await backend.delete(batch: targets, deadline: .seconds(seconds))
  }

  /// A server that is known to refuse directories and answers every DELETE alike.
  private static func scripted(_ reply: ScriptedServer.Reply) throws -> ScriptedServer {
    try ScriptedServer { $0.method == "OPTIONS" ? .nginx : reply }
  }

  @Test func `nothing but DELETE goes to a server that refuses directories`() async throws {
    let server = try Self.scripted(.init(204))
    let answers = try await Self.delete(server.port, 50, with: WebDAVPlaces.backend())
    #expect(answers.allSatisfy { $0.kind == .deleted })
    #expect(server.received.count == 51 && server.received("DELETE").count == 50)
    for request in server.received("DELETE") {
      #expect(request.fields["depth"] == "0" && request.path.hasPrefix("/store/d/f"))
    }
  }

  static let replies: [(status: Int, field: String, body: String, word: String, wait: Int64?)] = [
    (429, "Retry-After: 7", "slow down", "overload", 7), (503, "X: y", "", "overload", nil),
    (503, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", "", "overload", 0),
    (207, "X: y", "<multistatus xmlns='DAV:'/>", "unknown", nil),
    (
      207, "X: y",
      "<m:multistatus xmlns:m='DAV:'><m:response><m:href>/f</m:href><m:status>HTTP/1.1 204 No</m:status>"
        + "</m:response></m:multistatus>", "deleted", nil
    ),
    (403, "X: y", "<b>Bearer abcdef</b>", "auth", nil), (302, "X: y", "", "permanent", nil),
  ]

  @Test(arguments: replies.indices) func `an answer is understood`(_ index: Int) async throws {
    let row = Self.replies[index]
    let server = try Self.scripted(.init(row.status, [row.field], body: row.body))
    let answer = try await Self.delete(server.port, with: WebDAVPlaces.backend())[0]
    #expect(answer.word == row.word)
    #expect(answer.error?.retryAfter == row.wait.map { .seconds($0) })
    #expect(answer.error?.message.contains("abcdef") != true)
  }

  @Test func `a truncated answer is ambiguous`() async throws {
    for reply in [
      ScriptedServer.Reply(200, body: "abc", length: 10, closes: true), .init(raw: "HTTP/1.1 20"),
      .init(raw: ""),
    ] {
      let server = try Self.scripted(reply)
      let answer = try await Self.delete(server.port, with: WebDAVPlaces.backend())[0]
      #expect(answer.error?.isAmbiguous == true, "\(answer)")
    }
  }

  @Test func `what was a file long ago is looked at again`() async throws {
    let server = try ScriptedServer { request in
      switch request.method {
      case "OPTIONS": .init(200, ["Server: XrootD"])
      case "PROPFIND":
        .init(
          207,
          body: "<multistatus xmlns='DAV:'>"
            + (request.fields["depth"] == "0" ? [request.path] : (0..<4).map { "/store/d/f\($0)" })
            .map { "<response><href>\($0)</href></response>" }.joined() + "</multistatus>")
      default: .init(204, pause: .milliseconds(600))
      }
    }
    let backend = try WebDAVPlaces.backend(pacer: FixedPacer(limit: 1), lookLifetime: .milliseconds(500))
    let answers = try await Self.delete(server.port, 4, with: backend)
    #expect(answers.allSatisfy { $0.kind == .deleted })
    // Each deletion takes longer than what is known of the next one holds.
    #expect(server.received("PROPFIND").count >= 4)
    #expect(server.received("DELETE").count == 4)
  }

  @Test func `a request is never sent twice unseen`() async throws {
    // The first answer keeps the connection, the second request on it is swallowed.
    let server = try ScriptedServer { request in
      if request.method == "OPTIONS" { return .nginx }
      return request.number == 1 ? .init(204) : .init(raw: "")
    }
    let backend = try WebDAVPlaces.backend(pacer: FixedPacer(limit: 1))
    let answers = try await Self.delete(server.port, 2, with: backend)
    #expect(answers[0].kind == .deleted)
    #expect(answers[1].word == "transient" && answers[1].error?.isAmbiguous == true)
    #expect(server.received("DELETE").count == 2)
  }

  @Test func `slow answers are waited for, too slow ones are ambiguous`() async throws {
    let slow = try Self.scripted(.init(204, pause: .milliseconds(300)))
    #expect(
      try await Self.delete(slow.port, 5, with: WebDAVPlaces.backend()).allSatisfy { $0.kind == .deleted })
    // Time enough for what is asked before.
    let tooSlow = try Self.scripted(.init(204, pause: .seconds(900)))
    let impatient = try WebDAVPlaces.backend(requestLimit: .seconds(3))
    let answer = try await Self.delete(tooSlow.port, with: impatient)[0]
    #expect(answer.error?.isAmbiguous == true && answer.error?.isUnavailable == true)
    let late = try await Self.delete(tooSlow.port, with: WebDAVPlaces.backend(), seconds: 3)[0]
    #expect(late.error?.isAmbiguous == true)
  }

  @Test func `a server that accepts and never answers is asked a few times only`() async throws {
    let hole = try BlackHole()
    let backend = try WebDAVPlaces.backend(requestLimit: .milliseconds(400))
    let answers = try await Self.delete(hole.port, 500, with: backend)
    #expect(answers.allSatisfy { $0.error?.isUnavailable == true })
    #expect(hole.connections < 100)
  }

  @Test func `nobody listens`() async throws {
    let answers = try await Self.delete(Loopback.freePort(), 500, with: WebDAVPlaces.backend())
    #expect(answers.allSatisfy { $0.word == "transient" && $0.error?.isUnavailable == true })
    #expect(answers.allSatisfy { $0.error?.isAmbiguous == false })
  }

  @Test func `cancellation ends what is under way`() async throws {
    let server = try Self.scripted(.init(204, pause: .seconds(900)))
    let backend = try WebDAVPlaces.backend()
    let task = Task { try await Self.delete(server.port, 30, with: backend, seconds: 900) }
    try await Patience.wait(until: "ten are under way") { server.received("DELETE").count == 10 }
    let start = ContinuousClock.now
    task.cancel()
    let answers = try await task.value
    #expect(ContinuousClock.now - start < .seconds(Patience.limit))
    #expect(answers.count(where: { $0.error?.isAmbiguous == true }) == 10)
    #expect(answers.allSatisfy { $0.word == "transient" })
  }

  /// What libcurl is told apart from the URL must come out as the one name that was meant.
  @Test func `the request line has the path as it is meant, once encoded`() async throws {
    let server = try Self.scripted(.init(204))
    let prefix = "http://127.0.0.1:\(server.port)"
    let backend = try WebDAVPlaces.backend(pacer: FixedPacer(limit: 1))
    let paths = ["//store/a b%41", "/store/a+b", "/store/plain", "/store//x", "/store/d/f"]
    let last = DeletionTarget(lfn: "/store/g", pfn: try #require(PFN(prefix + "/store/g?x=1")))
    let targets = try paths.map { try target(prefix, $0) } + [last]
    let answers = await backend.delete(batch: targets, deadline: .seconds(Patience.limit))
    #expect(answers.allSatisfy { $0.kind == .deleted })
    #expect(
      server.received("DELETE").map(\.path) == [
        "//store/a%20b%2541", "/store/a%2Bb", "/store/plain", "/store//x", "/store/d/f", "/store/g?x=1",
      ])
    #expect(server.received.allSatisfy { $0.fields["host"] == "127.0.0.1:\(server.port)" })
  }

  @Test func `redirects are followed as DELETE, without our credentials`() async throws {
    let pool = try ScriptedServer { request in
      request.method == "PROPFIND"
        ? .init(
          207,
          body: "<multistatus xmlns='DAV:'><response><href>/x</href><propstat><prop><resourcetype/></prop>"
            + "<status>HTTP/1.1 200 OK</status></propstat></response></multistatus>") : .init(204)
    }
    let front = try ScriptedServer { [port = pool.port] request in
      request.method == "OPTIONS"
        ? .nginx : .init(307, ["Location: http://127.0.0.1:\(port)\(request.path)?key=value"])
    }
    let answer = try await Self.delete(
      front.port, with: WebDAVPlaces.backend(FixedCredential(WebDAVPlaces.token)))[0]
    #expect(answer.kind == .deleted)
    // What stands behind the door is looked at first.
    #expect(pool.received.map(\.method) == ["PROPFIND", "DELETE"])
    for request in pool.received + front.received {
      #expect(request.fields["authorization"] == nil, "a token over plain HTTP")
    }
    let loop = try ScriptedServer { $0.method == "OPTIONS" ? .nginx : .init(302, ["Location: \($0.path)"]) }
    #expect(try await Self.delete(loop.port, with: WebDAVPlaces.backend())[0].word == "permanent")
    #expect(loop.received.count < 10)
  }

  @Test func `a directory of an unknown server gets no DELETE`() async throws {
    let server = try ScriptedServer { request in
      switch request.method {
      case "OPTIONS": return .init(200, ["Server: Unheard-of", "DAV: 1"])
      case "PROPFIND" where request.fields["depth"] == "1": return .init(403)
      case "PROPFIND":
        let kind = request.path.hasSuffix("1") ? "<collection/>" : ""
        return .init(
          207,
          body: "<multistatus xmlns='DAV:'><response><href>\(request.path)</href><propstat><prop>"
            + "<resourcetype>\(kind)</resourcetype></prop></propstat></response></multistatus>")
      default: return .init(204)
      }
    }
    let answers = try await Self.delete(server.port, 3, with: WebDAVPlaces.backend())
    #expect(answers.map(\.word) == ["deleted", "permanent", "deleted"])
    #expect(Set(server.received("DELETE").map(\.path)) == ["/store/d/f0", "/store/d/f2"])
  }

  /// HEAD and GET would answer, and prove nothing: what they say of a directory is up to the server.
  @Test(arguments: [405, 501, 200]) func `nothing is sent where the server does not say what a name is`(
    _ status: Int
  ) async throws {
    let mute = try ScriptedServer { request in
      switch request.method {
      case "DELETE": .init(204)
      case "HEAD", "GET": .init(200, ["Content-Type: application/octet-stream"])
      default: .init(status)
      }
    }
    for answer in try await Self.delete(mute.port, 3, with: WebDAVPlaces.backend()) {
      #expect(answer.word == "permanent" && answer.error?.code == "HTTP \(status)")
      #expect(answer.error?.message.contains("whether this is a directory") == true)
    }
    #expect(mute.received("DELETE").isEmpty)
  }

  /// Gives the wrong token first.
  private final class Renewing: CredentialProvider {
    let asked = Mutex(0)
    func credential(for endpoint: String) -> EndpointCredential { .token(Secret("an-old-one")) }
    func replacement(for rejected: EndpointCredential, at endpoint: String) -> EndpointCredential? {
      asked.withLock { $0 += 1 }
      return rejected == WebDAVPlaces.token ? nil : WebDAVPlaces.token
    }
  }

  @Test func `a token is renewed after a 401, and a useless one is not used a thousand times`() async throws {
    let server = try WebDAVServers.trouble.server("nginx")
    let prefix = server.prefix("davs", door: "https+bearer")
    let provider = Renewing()
    let place = Place(
      name: "renewed", backend: try WebDAVPlaces.backend(provider), prefix: prefix, data: server.data,
      user: server.user, holder: server)
    let lfns = (0..<100).map { "/store/unmerged/renewed/f\($0)" }
    for lfn in lfns { place.make(lfn) }
    #expect(try await place.delete(lfns).allSatisfy { $0.kind == .deleted })
    #expect(provider.asked.withLock { $0 } == 1)
    let useless = FixedCredential(.token(Secret("an-old-one")))
    let refused = try await WebDAVPlaces.backend(useless).delete(
      batch: lfns.map { try target(prefix, $0) }, deadline: .seconds(Patience.limit))
    #expect(refused.allSatisfy { $0.word == "auth" && $0.error?.code == "HTTP 401" })
    #expect(refused.allSatisfy { $0.error?.message.contains("an-old-one") == false })
  }

  static let certificates: [(door: String, user: String?, other: Bool, code: String, text: String)] = [
    ("https", nil, true, "curl 60", "not trusted"), ("elsewhere", nil, false, "curl 60", "not trusted"),
    ("expired", nil, false, "curl 60", "expired"),
    ("https+x509", nil, false, "HTTP 403", ""), ("https+x509", "expired-user", false, "HTTP 403", ""),
    ("https+x509", "stranger", false, "HTTP 403", ""),
    ("https+x509", "none", false, "curl 58", "our certificate"),
  ]

  @Test(arguments: certificates.indices) func `wrong certificates`(_ index: Int) async throws {
    let row = Self.certificates[index]
    let server = try WebDAVServers.trouble.server("nginx")
    let credential = try row.user.map { try WebDAVPlaces.user($0) } ?? .none
    let authorities = try row.other ? WebDAVPlaces.pki.get().otherAuthorities : nil
    let place = Place(
      name: row.door,
      backend: try WebDAVPlaces.backend(FixedCredential(credential), authorities: authorities),
      prefix: server.prefix("https", door: row.door), data: server.data, user: server.user, holder: server)
    let lfns = ["/store/unmerged/trust/f", "/store/unmerged/trust/g"]
    for lfn in lfns { place.make(lfn) }
    for answer in try await place.delete(lfns) {
      // nginx says 400 to a certificate that it cannot verify.
      #expect(answer.word == "auth" || answer.error?.code == "HTTP 400", "\(answer)")
      #expect(answer.error?.code == row.code || answer.error?.code == "HTTP 400", "\(answer)")
      #expect(answer.error?.message.contains(row.text) == true, "\(answer)")
    }
  }

  @Test func `a stranger at XRootD's door`() async throws {
    let server = try WebDAVServers.trouble.server("xrootd x509")
    for credential in [
      EndpointCredential.none, try WebDAVPlaces.user("stranger"), try WebDAVPlaces.user("expired-user"),
    ] {
      let place = Place(
        name: "stranger", backend: try WebDAVPlaces.backend(FixedCredential(credential)),
        prefix: server.prefix("https"), data: server.data, user: server.user, holder: server)
      place.make("/store/unmerged/strange/f")
      let answer = try await place.delete(["/store/unmerged/strange/f"])[0]
      #expect(answer.kind != .deleted && answer.kind != .absent, "\(answer)")
    }
  }

  @Test(arguments: ["nginx", "apache"])
  func `nothing is called absent that a broken connection took`(_ name: String) async throws {
    let server = try WebDAVServers.trouble.server(name)
    let proxy = try ResettingProxy(to: try #require(server.ports["http"]))
    let place = Place(
      name: name, backend: try WebDAVPlaces.backend(), prefix: "http://127.0.0.1:\(proxy.port)",
      data: server.data, user: server.user, holder: server)
    var lfns = (0..<1000).map { "/store/unmerged/reset/f\($0)" }
    for lfn in lfns { place.make(lfn) }
    var isFirst = true
    while !lfns.isEmpty {
      let answers = await place.backend.delete(
        batch: try lfns.map(place.target), deadline: .seconds(Patience.limit))
      if isFirst { #expect(answers.allSatisfy { $0.kind != .absent }) }
      isFirst = false
      for (lfn, answer) in zip(lfns, answers) where answer.kind == .deleted {
        #expect(!Disk.exists(place.data + lfn))
      }
      lfns = zip(lfns, answers).filter { $0.1.word == "transient" }.map(\.0)
    }
    #expect(Disk.names(place.data + "/store/unmerged/reset").isEmpty)
    #expect(proxy.resets > 0)
  }

  @Test(
    arguments: [
      ("webdav nginx http", 50_000), ("webdav xrootd http", 5000), ("webdav nginx https", 5000),
      ("webdav apache http", 5000),
    ]) func `thousands of files`(_ name: String, _ count: Int) async throws
  {
    let place = try #require(try WebDAVPlaces.place(name, of: .trouble))
    let lfns = (0..<count).map { "/store/unmerged/many/d\($0 / 500)/f\($0)" }
    for lfn in lfns { place.make(lfn) }
    #expect(try await place.delete(lfns, seconds: 1800).allSatisfy { $0.kind == .deleted })
  }

  /// Every way to write a directory's name, on every real server.
  @Test(arguments: WebDAVPlaces.names) func `a directory stays, however it is named`(_ name: String)
    async throws
  {
    let place = try #require(try WebDAVPlaces.place(name, of: .trouble))
    place.makeFolder("/store/unmerged/stay/empty")
    place.make("/store/unmerged/stay/full/f")
    for form in ["empty", "full", "empty/", "full/", "./empty", "../stay/empty", "/empty", "empty?x=1"] {
      // Twice: with what was learnt the first time, too.
      for _ in 0..<2 {
        let answer = try await place.delete(["/store/unmerged/stay/" + form])[0]
        #expect(answer.kind != .deleted, "\(name): \(form): \(answer)")
      }
    }
  }
}
