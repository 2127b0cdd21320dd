import DeletionModel
import Synchronization
import TestServers
import TestSupport
import Testing
@testable import Networking
@testable import Backends
@testable import BackendWebDAV
@testable import Credentials

/// Servers that are unwilling, broken, slow or not who they should be.
@Suite(.serialized) struct WebDAVFailureTests {
  private static func delete(
    _ port: Int, _ count: Int = 1, with backend: WebDAVBackend, seconds: Double = Waiting.limit
  ) async throws -> [Answer] {
    let targets = try (0..<count).map { try target("http://127.0.0.1:\(port)", "/store/d/f\($0)") }
    return await backend.delete(batch: targets, deadline: .seconds(seconds))
  }

  /// A server that calls everything a file and answers every DELETE alike.
  private static func scripted(_ reply: ScriptedServer.Reply) throws -> ScriptedServer {
    try ScriptedServer { .stat($0) ?? reply }
  }

  @Test func `one listing is all that is asked besides`() async throws {
    let server = try Self.scripted(.init(204))
    let answers = try await Self.delete(server.port, 50, with: WebDAVStorages.backend())
    #expect(answers.allSatisfy { $0.kind == .deleted })
    #expect(server.received.count == 51 && server.received("DELETE").count == 50)
    #expect(server.received("PROPFIND").map(\.path) == ["/store/d/"])
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
      "<m:multistatus xmlns:m='DAV:'><m:response><m:href>/store/d/f0</m:href><m:status>HTTP/1.1 204 No</m:status>"
        + "</m:response></m:multistatus>", "deleted", nil
    ),
    (403, "X: y", "<b>Bearer abcdef</b>", "auth", nil), (302, "X: y", "", "endpoint", nil),
  ]

  @Test(arguments: replies.indices) func `an answer is understood`(_ index: Int) async throws {
    let row = Self.replies[index]
    let server = try Self.scripted(.init(row.status, [row.field], body: row.body))
    let answer = try await Self.delete(server.port, with: WebDAVStorages.backend())[0]
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
      let answer = try await Self.delete(server.port, with: WebDAVStorages.backend())[0]
      #expect(answer.error?.isAmbiguous == true, "\(answer)")
    }
  }

  @Test func `what was a file long ago is looked at again`() async throws {
    let server = try ScriptedServer { .stat($0) ?? .init(204, pause: .milliseconds(600)) }
    let backend = try WebDAVStorages.backend(
      pacer: FixedPacer(limit: 1), evidenceLifetime: .milliseconds(500))
    let answers = try await Self.delete(server.port, 4, with: backend)
    #expect(answers.allSatisfy { $0.kind == .deleted })
    // Each deletion takes longer than what is known of the next one holds.
    #expect(server.received("PROPFIND").count >= 4)
    #expect(server.received("DELETE").count == 4)
    // Its log tells an administrator which program and version it was.
    #expect(server.received.allSatisfy { $0.fields["user-agent"] == "swab/\(Release.version)" })
  }

  @Test func `a request whose connection was closed is sent once more, on another`() async throws {
    // The first answer keeps the connection, the second request on it is swallowed.
    let server = try ScriptedServer { request in
      if let stat = ScriptedServer.Reply.stat(request) { return stat }
      return request.number == 2 ? .init(raw: "") : .init(request.number > 2 ? 404 : 204)
    }
    let backend = try WebDAVStorages.backend(pacer: FixedPacer(limit: 1))
    let answers = try await Self.delete(server.port, 3, with: backend)
    // The first one may have deleted it; what was there a moment ago and is not now is not absent.
    #expect(answers.map(\.word) == ["deleted", "deleted", "absent"])
    #expect(server.received("DELETE").count == 4)
  }

  @Test func `what was a file long ago is looked at again before a request is sent once more`() async throws {
    let server = try ScriptedServer { request in
      if let stat = ScriptedServer.Reply.stat(request) { return stat }
      return request.number == 2 ? .init(raw: "", pause: .milliseconds(600)) : .init(204)
    }
    let backend = try WebDAVStorages.backend(
      pacer: FixedPacer(limit: 1), evidenceLifetime: .milliseconds(500))
    let answers = try await Self.delete(server.port, 2, with: backend)
    #expect(answers.allSatisfy { $0.kind == .deleted }, "\(answers)")
    let again = server.received.filter { $0.path == "/store/d/f1" }.map { $0.method }
    #expect(again == ["DELETE", "PROPFIND", "DELETE"])
  }

  @Test func `a request is sent once more and not twice`() async throws {
    let server = try ScriptedServer { request in
      if let stat = ScriptedServer.Reply.stat(request) { return stat }
      return request.number == 1 ? .init(204) : .init(raw: "")
    }
    let backend = try WebDAVStorages.backend(pacer: FixedPacer(limit: 1))
    let answers = try await Self.delete(server.port, 2, with: backend)
    #expect(answers[0].kind == .deleted)
    #expect(answers[1].word == "transient" && answers[1].error?.isAmbiguous == true)
    #expect(server.received("DELETE").count == 3)
  }

  /// As XRootD managers before 5.7.2: each redirect says Keep-Alive, and the connection is closed behind it.
  @Test func `a manager that closes behind each redirect costs no attempt`() async throws {
    let pool = try Self.scripted(.init(204))
    let front = try ScriptedServer { [port = pool.port] request in
      .init(
        308, ["Location: http://127.0.0.1:\(port)\(request.path)", "Connection: Keep-Alive"], closes: true)
    }
    let answers = try await Self.delete(
      front.port, 60, with: WebDAVStorages.backend(pacer: FixedPacer(limit: 4)))
    #expect(
      answers.allSatisfy { $0.kind == .deleted }, "\(answers.first { $0.kind != .deleted }.debugDescription)")
    #expect(pool.received("DELETE").count == 60)
    // Some are lost until it is known, and then no more.
    #expect(front.received.count < 61 + 20)
  }

  static let surplus = [
    "HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 204 X\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.1 204 X\r\n\r\nHTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n",
  ]

  @Test(arguments: surplus) func `what comes behind a 204 is nobody's answer`(_ text: String) async throws {
    let server = try ScriptedServer { .stat($0) ?? .init(raw: text, closes: false) }
    let backend = try WebDAVStorages.backend(pacer: FixedPacer(limit: 2))
    let answers = try await Self.delete(server.port, 40, with: backend)
    #expect(answers.allSatisfy { $0.kind == .deleted }, "\(answers)")
  }

  @Test func `a 401 for one file is the answer of that file`() async throws {
    let server = try ScriptedServer { request in
      .stat(request) ?? .init(request.path.hasSuffix("f7") ? 401 : request.path.hasSuffix("f9") ? 403 : 204)
    }
    let answers = try await Self.delete(server.port, 300, with: WebDAVStorages.backend())
    for (index, answer) in answers.enumerated() {
      #expect(answer.word == ([7, 9].contains(index) ? "auth" : "deleted"))
      if let error = answer.error { #expect(error.rejectsCredential == (index == 7)) }
    }
    #expect(server.received("DELETE").count == 300)
  }

  @Test func `what is no HTTP belongs to the endpoint`() async throws {
    let server = try ScriptedServer { _ in .init(raw: "SSH-2.0-OpenSSH_9.2\r\n") }
    let answers = try await Self.delete(
      server.port, 5, with: WebDAVStorages.backend(pacer: FixedPacer(limit: 1)))
    #expect(answers[0].word == "endpoint")
    #expect(answers.dropFirst().allSatisfy { $0.error?.isUntried == true })
  }

  @Test func `who is not let in asks once`() async throws {
    let server = try ScriptedServer { _ in .init(401) }
    let answers = try await Self.delete(
      server.port, 50, with: WebDAVStorages.backend(pacer: FixedPacer(limit: 1)))
    #expect(answers.count { $0.error?.rejectsCredential == true } == 1)
    #expect(answers.count { $0.error?.isUntried == true } == 49)
    #expect(server.received.count == 1)
  }

  @Test func `without a stat only DELETE is sent`() async throws {
    let server = try ScriptedServer {
      $0.method == "PROPFIND" ? .init(405) : .init($0.path.hasSuffix("1") ? 404 : 204)
    }
    let answers = try await Self.delete(server.port, 3, with: WebDAVStorages.backend(noLook: true))
    #expect(answers.map(\.word) == ["deleted", "absent", "deleted"])
    #expect(server.received.map(\.method) == ["DELETE", "DELETE", "DELETE"])
    #expect(server.received.allSatisfy { $0.fields["depth"] == "0" })
  }

  @Test func `slow answers are waited for, too slow ones are ambiguous`() async throws {
    let slow = try Self.scripted(.init(204, pause: .milliseconds(300)))
    #expect(
      try await Self.delete(slow.port, 5, with: WebDAVStorages.backend()).allSatisfy { $0.kind == .deleted })
    // Time enough for what is asked before.
    let tooSlow = try Self.scripted(.init(204, pause: .seconds(900)))
    let impatient = try WebDAVStorages.backend(requestLimit: .seconds(3))
    let answer = try await Self.delete(tooSlow.port, with: impatient)[0]
    #expect(answer.error?.isAmbiguous == true && answer.error?.isUnavailable == true)
    let late = try await Self.delete(tooSlow.port, with: WebDAVStorages.backend(), seconds: 3)[0]
    #expect(late.error?.isAmbiguous == true)
  }

  @Test func `a server that accepts and never answers is asked a few times only`() async throws {
    let hole = try BlackHole()
    let backend = try WebDAVStorages.backend(requestLimit: .milliseconds(400))
    let answers = try await Self.delete(hole.port, 500, with: backend)
    // What was not sent is not called tried.
    #expect(answers.allSatisfy { $0.error?.isUnavailable == true || $0.error?.isUntried == true })
    #expect(answers.count { $0.error?.isUnavailable == true } == hole.connections)
    #expect(hole.connections < 100)
  }

  @Test func `nobody listens`() async throws {
    let answers = try await Self.delete(Loopback.freePort(), 500, with: WebDAVStorages.backend())
    #expect(answers.allSatisfy { $0.error?.isUnavailable == true || $0.error?.isUntried == true })
    #expect(answers.contains { $0.error?.isUnavailable == true })
    #expect(answers.allSatisfy { $0.word == "transient" && $0.error?.isAmbiguous == false })
  }

  @Test func `cancellation ends what is in flight`() async throws {
    let server = try Self.scripted(.init(204, pause: .seconds(900)))
    let backend = try WebDAVStorages.backend()
    let task = Task { try await Self.delete(server.port, 30, with: backend, seconds: 900) }
    try await Waiting.wait(until: "ten are in flight") { server.received("DELETE").count == 10 }
    let start = ContinuousClock.now
    task.cancel()
    let answers = try await task.value
    #expect(ContinuousClock.now - start < .seconds(Waiting.limit))
    #expect(answers.count(where: { $0.error?.isAmbiguous == true }) == 10)
    #expect(answers.allSatisfy { $0.word == "transient" })
  }

  /// What libcurl is told apart from the URL must come out as the one name that was meant.
  @Test func `the request line has the path as it is meant, once encoded`() async throws {
    let server = try ScriptedServer { request in
      request.fields["depth"] == "1" ? .init(403) : .stat(request) ?? .init(204)
    }
    let prefix = "http://127.0.0.1:\(server.port)"
    let backend = try WebDAVStorages.backend(pacer: FixedPacer(limit: 1))
    let paths = ["//store/a b%41", "/store/a+b", "/store/plain", "/store//x", "/store/d/f"]
    let last = DeletionTarget(lfn: "/store/g", pfn: try #require(PFN(prefix + "/store/g?authz=x%20y")))
    let targets = try paths.map { try target(prefix, $0) } + [last]
    let answers = await backend.delete(batch: targets, deadline: .seconds(Waiting.limit))
    #expect(answers.allSatisfy { $0.kind == .deleted })
    let expected: Set = [
      "//store/a%20b%2541", "/store/a%2Bb", "/store/plain", "/store//x", "/store/d/f", "/store/g?authz=x%20y",
    ]
    #expect(Set(server.received("DELETE").map(\.path)) == expected)
    #expect(Set(server.received("PROPFIND").map(\.path)).isSuperset(of: expected))
    #expect(server.received.allSatisfy { $0.fields["host"] == "127.0.0.1:\(server.port)" })
  }

  @Test func `redirects are followed, and nothing of ours goes over plain HTTP`() async throws {
    let pool = try Self.scripted(.init(204))
    let front = try ScriptedServer { [port = pool.port] request in
      .init(308, ["Location: http://127.0.0.1:\(port)\(request.path)?key=value"])
    }
    let backend = try WebDAVStorages.backend(FixedCredential(WebDAVStorages.token))
    let answer = try await Self.delete(front.port, with: backend)[0]
    #expect(answer.kind == .deleted)
    // The server that would delete is the one that is asked.
    #expect(
      pool.received.map { "\($0.method) \($0.path)" } == [
        "PROPFIND /store/d/f0?key=value", "DELETE /store/d/f0?key=value",
      ])
    for request in pool.received + front.received {
      #expect(request.fields["authorization"] == nil, "a token over plain HTTP")
    }
    let loop = try ScriptedServer { .init(302, ["Location: \($0.path)"]) }
    #expect(try await Self.delete(loop.port, with: WebDAVStorages.backend())[0].word == "endpoint")
    #expect(loop.received.count < 10)
  }

  @Test func `of several addresses the first that takes us is used`() async throws {
    let server = try Self.scripted(.init(204))
    let silent = try LoopbackListener(backlog: 0)
    defer { withExtendedLifetime(silent) {} }
    try silent.fill()
    let addresses = [silent.socketAddress, LoopbackListener.address(UInt16(server.port), host: 0x7F00_0001)]
    let backend = WebDAVBackend(
      time: testTime, pacer: FixedPacer(limit: 4), credentials: FixedCredential(.none),
      settings: .init(
        caDirectory: "/nowhere", connectLimit: .seconds(Waiting.limit),
        requestLimit: .seconds(Waiting.limit))
    ) { _ throws(NameResolution.Failure) in addresses }
    let targets = try (0..<20).map { try target("http://several.example:\(server.port)", "/store/d/f\($0)") }
    let answers = await backend.delete(batch: targets, deadline: .seconds(Waiting.limit))
    #expect(answers.allSatisfy { $0.kind == .deleted }, "\(answers[0])")
    #expect(server.received.allSatisfy { $0.fields["host"] == "several.example:\(server.port)" })
  }

  @Test func `a directory of an unknown server gets no DELETE`() async throws {
    let server = try ScriptedServer { request in
      guard request.method == "PROPFIND" else { return .init(204) }
      return request.fields["depth"] == "1"
        ? .init(403) : .multistatus([request.path + (request.path.hasSuffix("1") ? "/" : "")])
    }
    let answers = try await Self.delete(server.port, 3, with: WebDAVStorages.backend())
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
    for answer in try await Self.delete(mute.port, 3, with: WebDAVStorages.backend()) {
      #expect(answer.word == "endpoint" && answer.error?.code == "HTTP \(status)")
      #expect(answer.error?.message.contains("a file or a directory") == true)
    }
    #expect(mute.received("DELETE").isEmpty)
  }

  /// Gives the wrong token first.
  private final class Renewing: CredentialProvider {
    let asked = Mutex(0)
    func credential(for endpoint: String) -> EndpointCredential { .token(Secret("an-old-one")) }
    func replacement(for rejected: EndpointCredential, at endpoint: String) -> EndpointCredential? {
      asked.withLock { $0 += 1 }
      return rejected == WebDAVStorages.token ? nil : WebDAVStorages.token
    }
  }

  @Test func `a token is renewed after a 401, and a useless one is not used a thousand times`() async throws {
    let server = try WebDAVServers.transportError.server("nginx")
    let prefix = server.prefix("davs", endpoint: "https+bearer")
    let provider = Renewing()
    let storage = TestStorage(
      name: "renewed", backend: try WebDAVStorages.backend(provider), prefix: prefix, data: server.data,
      user: server.user, holder: server)
    let lfns = (0..<100).map { "/store/unmerged/renewed/f\($0)" }
    for lfn in lfns { storage.make(lfn) }
    #expect(try await storage.delete(lfns).allSatisfy { $0.kind == .deleted })
    #expect(provider.asked.withLock { $0 } == 1)
    let useless = FixedCredential(.token(Secret("an-old-one")))
    let refused = try await WebDAVStorages.backend(useless).delete(
      batch: lfns.map { try target(prefix, $0) }, deadline: .seconds(Waiting.limit))
    #expect(refused.contains { $0.word == "auth" && $0.error?.code == "HTTP 401" })
    #expect(refused.allSatisfy { $0.error?.rejectsCredential == true || $0.error?.isUntried == true })
    #expect(refused.allSatisfy { $0.error?.message.contains("an-old-one") == false })
  }

  static let certificates: [(endpoint: String, user: String?, other: Bool, code: String, text: String)] = [
    ("https", nil, true, "curl 60", "not trusted"), ("elsewhere", nil, false, "curl 60", "not trusted"),
    ("expired", nil, false, "curl 60", "expired"),
    ("https+x509", nil, false, "HTTP 403", ""), ("https+x509", "expired-user", false, "HTTP 403", ""),
    ("https+x509", "stranger", false, "HTTP 403", ""),
    ("https+x509", "none", false, "curl 58", "our certificate"),
  ]

  @Test(arguments: certificates.indices) func `wrong certificates`(_ index: Int) async throws {
    let row = Self.certificates[index]
    let server = try WebDAVServers.transportError.server("nginx")
    let credential = try row.user.map { try WebDAVStorages.user($0) } ?? .none
    let authorities = try row.other ? WebDAVStorages.pki.get().otherAuthorities : nil
    let storage = TestStorage(
      name: row.endpoint,
      backend: try WebDAVStorages.backend(FixedCredential(credential), authorities: authorities),
      prefix: server.prefix("https", endpoint: row.endpoint), data: server.data, user: server.user,
      holder: server)
    let lfns = ["/store/unmerged/trust/f", "/store/unmerged/trust/g"]
    for lfn in lfns { storage.make(lfn) }
    let answers = try await storage.delete(lfns)
    #expect(answers.contains { $0.word == "auth" })
    for answer in answers where answer.error?.isUntried == false {
      #expect(answer.word == "auth", "\(answer)")
      // nginx says 400 to a certificate that it cannot verify.
      #expect(answer.error?.code == row.code || answer.error?.code == "HTTP 400", "\(answer)")
      #expect(answer.error?.message.contains(row.text) == true, "\(answer)")
    }
  }

  @Test func `a stranger at XRootD's setup`() async throws {
    let server = try WebDAVServers.transportError.server("xrootd x509")
    for credential in [
      EndpointCredential.none, try WebDAVStorages.user("stranger"), try WebDAVStorages.user("expired-user"),
    ] {
      let storage = TestStorage(
        name: "stranger", backend: try WebDAVStorages.backend(FixedCredential(credential)),
        prefix: server.prefix("https"), data: server.data, user: server.user, holder: server)
      storage.make("/store/unmerged/strange/f")
      let answer = try await storage.delete(["/store/unmerged/strange/f"])[0]
      #expect(answer.kind != .deleted && answer.kind != .absent, "\(answer)")
    }
  }

  @Test(arguments: ["nginx", "apache"])
  func `nothing is called absent that a broken connection took`(_ name: String) async throws {
    let server = try WebDAVServers.transportError.server(name)
    let proxy = try ResettingProxy(to: try #require(server.ports["http"]))
    let storage = TestStorage(
      name: name, backend: try WebDAVStorages.backend(), prefix: "http://127.0.0.1:\(proxy.port)",
      data: server.data, user: server.user, holder: server)
    var lfns = (0..<1000).map { "/store/unmerged/reset/f\($0)" }
    for lfn in lfns { storage.make(lfn) }
    var isFirst = true
    while !lfns.isEmpty {
      let answers = await storage.backend.delete(
        batch: try lfns.map(storage.target), deadline: .seconds(Waiting.limit))
      if isFirst { #expect(answers.allSatisfy { $0.kind != .absent }) }
      isFirst = false
      for (lfn, answer) in zip(lfns, answers) where answer.kind == .deleted {
        #expect(!Disk.exists(storage.data + lfn))
      }
      lfns = zip(lfns, answers).filter { $0.1.word == "transient" }.map(\.0)
    }
    #expect(Disk.names(storage.data + "/store/unmerged/reset").isEmpty)
    #expect(proxy.resets > 0)
  }

  @Test(
    arguments: [
      ("webdav nginx http", 50_000), ("webdav xrootd http", 5000), ("webdav nginx https", 5000),
      ("webdav apache http", 5000),
    ]) func `thousands of files`(_ name: String, _ count: Int) async throws
  {
    let storage = try #require(try WebDAVStorages.storage(name, of: .transportError))
    let lfns = (0..<count).map { "/store/unmerged/many/d\($0 / 500)/f\($0)" }
    for lfn in lfns { storage.make(lfn) }
    #expect(try await storage.delete(lfns, seconds: 1800).allSatisfy { $0.kind == .deleted })
  }

  /// Every way to write a directory's name, on every real server.
  @Test(arguments: WebDAVStorages.names) func `a directory stays, however it is named`(_ name: String)
    async throws
  {
    let storage = try #require(try WebDAVStorages.storage(name, of: .transportError))
    storage.makeDirectory("/store/unmerged/stay/empty")
    storage.make("/store/unmerged/stay/full/f")
    for form in ["empty", "full", "empty/", "full/", "./empty", "../stay/empty", "/empty", "empty?x=1"] {
      // Twice: with what was learnt the first time, too.
      for _ in 0..<2 {
        let answer = try await storage.delete(["/store/unmerged/stay/" + form])[0]
        #expect(answer.kind != .deleted, "\(name): \(form): \(answer)")
      }
    }
  }
}
