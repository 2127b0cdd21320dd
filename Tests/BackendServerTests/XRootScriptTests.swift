import DeletionModel
import Glibc
import Synchronization
import TestServers
import TestSupport
import Testing
@testable import Networking
@testable import BackendXRootD
@testable import Credentials

/// Answers that real servers seldom give, and some that none should give.
@Suite(.serialized) struct XRootScriptTests {
  typealias Server = ScriptedXRootD

  static func lfns(_ count: Int) -> [String] { (0..<count).map { "/store/unmerged/s/f\($0)" } }

  /// Says that every path is a file, and removes it.
  static func obedient(_ request: Server.Request) -> [Server.Step] {
    if let steps = Server.setup(request) { return steps }
    switch request.code {
    case 3022: return [.reply(0, request.text.split(separator: "\n").map { _ in 0 })]
    case 3017: return [.reply(0, XRootDFrames.file)]
    default: return [.reply(0, [])]
    }
  }

  /// The setup of a manager with so many servers; nil for requests that are about files.
  static func manager(_ request: Server.Request, servers: Int = 1) -> [Server.Step]? {
    if request.code == 3027, request.text == "*" {
      return [
        .reply(0, Array((0..<servers).map { "Sr[::127.0.0.1]:\($0 + 1)" }.joined(separator: " ").utf8) + [0])
      ]
    }
    return Server.setup(request, flags: 2)
  }

  func delete(
    _ server: ScriptedXRootD, _ count: Int, backend: XRootBackend = testXRoot(),
    seconds: Double = Waiting.limit
  ) async throws -> [Answer] {
    let targets = try Self.lfns(count).map { try target(server.prefix, $0) }
    let answers = await backend.delete(batch: targets, deadline: .seconds(seconds))
    #expect(answers.count == count)
    return answers
  }

  @Test func `an obedient server`() async throws {
    let server = try Server { request, _ in Self.obedient(request) }
    let backend = testXRoot()
    for _ in 0..<3 {
      #expect(try await delete(server, 200, backend: backend).allSatisfy { $0.word == "deleted" })
    }
    // One connection for all calls.
    #expect(server.requests.count { $0.code == 3007 } == 1)
    #expect(Set(server.paths(3014)) == Set(Self.lfns(200)))
  }

  @Test(arguments: [3006, 3013]) func `a server without statx is asked for each file`(_ code: Int)
    async throws
  {
    let server = try Server { request, _ in
      request.code == 3022
        ? [.reply(4003, XRootDFrames.error(code, "unknown request"))] : Self.obedient(request)
    }
    let backend = testXRoot()
    for _ in 0..<2 {
      #expect(try await delete(server, 150, backend: backend).allSatisfy { $0.word == "deleted" })
    }
    #expect(server.paths(3017).count == 300)
    #expect(server.paths(3022).count <= 2)
  }

  @Test func `a directory is never asked to be removed`() async throws {
    let server = try Server { request, _ in
      switch request.code {
      case 3022:
        [
          .reply(
            0, request.text.split(separator: "\n").map { $0.hasSuffix("7") ? 2 : $0.hasSuffix("8") ? 8 : 0 })
        ]
      case 3017: [.reply(0, request.text.hasSuffix("18") ? XRootDFrames.directory : XRootDFrames.file)]
      default: Self.obedient(request)
      }
    }
    let answers = try await delete(server, 30)
    for (lfn, answer) in zip(Self.lfns(30), answers) {
      let isDirectory = lfn.hasSuffix("7") || lfn.hasSuffix("18")
      #expect(answer.word == (isDirectory ? "permanent" : "deleted"))
    }
    #expect(!server.paths(3014).contains { $0.hasSuffix("7") || $0.hasSuffix("18") })
  }

  @Test func `a server that asks for patience is asked for the other files, and for that one no more`()
    async throws
  {
    let server = try Server { request, all in
      if [3017, 3014].contains(request.code), request.text.hasSuffix("2") || request.text.hasSuffix("4") {
        return [.reply(4005, XRootDFrames.number(3600))]
      }
      return Self.obedient(request)
    }
    let answers = try await delete(server, 5)
    #expect(answers.map(\.word) == ["deleted", "deleted", "overload", "deleted", "overload"])
    let error = answers[2].error
    #expect(error?.retryAfter == .seconds(3600) && error?.isAmbiguous == false && error?.isUntried == false)
  }

  @Test func `an answer may come later`() async throws {
    let server = try Server { request, _ in
      guard request.code == 3014 else { return Self.obedient(request) }
      let inner = XRootDFrames.frame(
        request.stream, request.text.hasSuffix("3") ? 4003 : 0,
        request.text.hasSuffix("3") ? XRootDFrames.error(3011, "no such file") : [])
      return [
        .reply(4006, XRootDFrames.number(30)), .pause(milliseconds: 20),
        .replyTo(
          0, 4001, XRootDFrames.number(5002) + XRootDFrames.number(0) + Array("a message to all".utf8)),
        .replyTo(0, 4001, XRootDFrames.number(5008) + XRootDFrames.number(0) + inner),
      ]
    }
    let limits = XRootLimits(silence: .seconds(Waiting.limit))
    let answers = try await delete(server, 8, backend: testXRoot(limits: limits))
    #expect(answers.map(\.word) == (0..<8).map { $0 == 3 ? "absent" : "deleted" })
  }

  static let codes: [(Int, String, String)] = [
    (3010, "permission denied", "auth"), (3011, "no such file", "absent"),
    (3016, "is a directory", "permanent"),
    (3005, "Unable to remove /f; Directory not empty", "permanent"), (3005, "other", "transient"),
    (3024, "busy", "overload"), (3014, "no servers", "transient"), (3012, "internal", "transient"),
    (3007, "io", "transient"), (9999, "?", "unknown"), (3034, "timed out", "transient"),
  ]

  @Test(arguments: codes.indices) func `error codes have classes`(_ index: Int) async throws {
    let (code, text, word) = Self.codes[index]
    let server = try Server { request, _ in
      request.code == 3014 ? [.reply(4003, XRootDFrames.error(code, text))] : Self.obedient(request)
    }
    let answer = try await delete(server, 1)[0]
    #expect(answer.word == word)
    #expect(answer.error?.isAmbiguous ?? false == (code == 3034))
    if let error = answer.error { #expect(error.code == "\(code)" && error.message.contains(text)) }
  }

  // MARK: Redirects

  @Test func `a redirector sends stat and removal on`() async throws {
    let data = try Server { request, _ in
      if request.code == 3022 {
        return [.reply(0, request.text.split(separator: "\n").map { $0.contains("f3?") ? 2 : 0 })]
      }
      return Self.obedient(request)
    }
    let port = UInt32(data.port)
    let server = try Server { request, _ in
      Self.manager(request) ?? [.reply(4004, XRootDFrames.number(port) + Array("127.0.0.1?tried=a&x=1".utf8))]
    }
    let answers = try await delete(server, 20)
    #expect(answers.map(\.word) == (0..<20).map { $0 == 3 ? "permanent" : "deleted" })
    #expect(
      data.paths(3014).sorted()
        == Self.lfns(20).filter { !$0.hasSuffix("f3") }.map { $0 + "?tried=a&x=1" }.sorted())
    // A redirector knows one path at a time.
    #expect(server.paths(3022).isEmpty)
  }

  @Test func `where the removal is sent elsewhere, the file is looked at there`() async throws {
    let first = try Server { request, _ in Self.obedient(request) }
    let second = try Server { request, _ in
      request.code == 3017 || request.code == 3022
        ? [.reply(4003, XRootDFrames.error(3011, "none"))] : Self.obedient(request)
    }
    let (one, two) = (UInt32(first.port), UInt32(second.port))
    let server = try Server { request, _ in
      Self.manager(request)
        ?? [.reply(4004, XRootDFrames.number(request.code == 3014 ? two : one) + Array("127.0.0.1".utf8))]
    }
    #expect(try await delete(server, 3).allSatisfy { $0.word == "absent" })
    #expect(first.paths(3014).isEmpty && second.paths(3014).isEmpty)
  }

  @Test func `a loop of redirects ends`() async throws {
    let counter = Mutex<UInt32>(0)
    let server = try Server { request, _ in
      Self.manager(request)
        ?? [.reply(4004, XRootDFrames.number(counter.withLock { $0 }) + Array("127.0.0.1".utf8))]
    }
    counter.withLock { $0 = UInt32(server.port) }
    let answers = try await delete(server, 3)
    #expect(answers.allSatisfy { $0.word == "transient" && $0.error?.code == "redirect" })
  }

  @Test func `a login can be redirected`() async throws {
    let data = try Server { request, _ in Self.obedient(request) }
    let port = UInt32(data.port)
    let server = try Server { request, _ in
      request.code == 3007
        ? [.reply(4004, XRootDFrames.number(port) + Array("127.0.0.1".utf8))] : Self.obedient(request)
    }
    #expect(try await delete(server, 3).allSatisfy { $0.word == "deleted" })
  }

  @Test(arguments: [
    XRootDFrames.number(UInt32(bitPattern: -1)) + Array("root://other/store/x".utf8), [0, 0],
    XRootDFrames.number(1094),
    XRootDFrames.number(70_000) + Array("host".utf8), XRootDFrames.number(1094) + Array("ho st".utf8),
    XRootDFrames.number(1094) + Array("host?a\nb".utf8),
  ]) func `a redirect that cannot be read leads nowhere`(_ body: [UInt8]) async throws {
    let server = try Server { request, _ in
      request.code == 3014 ? [.reply(4004, body)] : Self.obedient(request)
    }
    #expect(try await delete(server, 1)[0].word == "endpoint")
  }

  // MARK: Breaks

  static let breaks: [(String, [Server.Step], String)] = [
    ("close", [.close], "transient"), ("reset", [.reset], "transient"),
    ("half an answer", [.bytes([0, 1, 0]), .close], "transient"),
    (
      "garbage", [.bytes(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)), .pause(milliseconds: 100)],
      "unknown"
    ),
    ("a length that lies", [.bytes([0, 1, 0, 0, 0x7f, 0xff, 0xff, 0xff])], "unknown"),
    ("an answer to nobody", [.replyTo(9999, 0, [])], "unknown"),
    ("an answer twice", [.reply(0, []), .reply(0, []), .pause(milliseconds: 300)], "unknown"),
    ("a strange status", [.reply(4007, [])], "unknown"),
    ("an error without a code", [.reply(4003, [1])], "unknown"),
    ("silence", [], "transient"),
  ]

  @Test(arguments: breaks.indices) func `a break leaves what was sent ambiguous`(_ index: Int) async throws {
    let (name, steps, word) = Self.breaks[index]
    let server = try Server { request, all in
      guard request.code == 3014 else { return Self.obedient(request) }
      // 16 are in flight at a time: when the 27th comes, ten answers at least have been read. Then it breaks.
      let count = all.count { $0.code == 3014 }
      return count <= 26 ? [.reply(0, [])] : count == 27 ? steps : []
    }
    let backend = testXRoot(limits: XRootLimits(silence: .seconds(steps.isEmpty ? 4 : Waiting.limit)))
    let start = ContinuousClock.now
    let answers = try await delete(server, 200, backend: backend, seconds: 900)
    #expect(ContinuousClock.now - start < .seconds(Waiting.limit - 10), "\(name)")
    let sent = Set(server.paths(3014))
    // A break may overtake answers that were on their way: those files are ambiguous then.
    #expect(answers.count { $0.word == "deleted" } >= 10, "\(name)")
    for (lfn, answer) in zip(Self.lfns(200), answers) where answer.word != "deleted" {
      #expect(answer.word == word, "\(name): \(answer)")
      // What the server saw must be ambiguous; a request may be ambiguous that it did not come to read.
      if sent.contains(lfn) { #expect(answer.error?.isAmbiguous == true, "\(name): \(lfn)") }
    }
    #expect(answers.contains { $0.error?.isAmbiguous == false }, "\(name)")
  }

  @Test func `statx that answers for too few is not believed`() async throws {
    let server = try Server { request, _ in
      request.code == 3022 ? [.reply(0, [0])] : Self.obedient(request)
    }
    let answers = try await delete(server, 20)
    #expect(answers.allSatisfy { $0.word == "unknown" && $0.error?.isAmbiguous == false })
    #expect(server.paths(3014).isEmpty)
  }

  @Test func `an idle connection that the server closed is replaced without a word`() async throws {
    let server = try Server { request, all in
      // It hangs up in answer to the first request of the second call.
      if request.code == 3022, all.count(where: { $0.code == 3022 }) == 2 { return [.close] }
      return Self.obedient(request)
    }
    let backend = testXRoot()
    for _ in 0..<3 {
      #expect(try await delete(server, 20, backend: backend).allSatisfy { $0.word == "deleted" })
    }
    #expect(server.requests.count { $0.code == 3007 } == 2)
  }

  @Test func `no more in flight than the pacer allows`() async throws {
    let server = try Server { request, _ in Self.obedient(request) }
    let pacer = CountingPacer(limit: 3)
    let backend = XRootBackend(
      time: testTime,
      configuration: .init(
        pacer: pacer, credentials: FixedCredential(.none), certificateDirectory: "/etc/ssl/certs"))
    let targets = try Self.lfns(300).map { try target(server.prefix, $0) }
    await withTaskGroup(of: Void.self) { group in
      for part in [targets[..<100], targets[100..<200], targets[200...]] {
        group.addTask {
          let answers = await backend.delete(batch: Array(part), deadline: .seconds(Waiting.limit))
          #expect(answers.allSatisfy { $0.word == "deleted" })
        }
      }
    }
    #expect(pacer.deleted == 300 && pacer.inFlight == 0)
  }

  // MARK: Time and cancellation

  @Test func `a refused connection is unavailable, nothing was sent`() async throws {
    let prefix = "root://127.0.0.1:\(try Loopback.freePort())/"
    let targets = try Self.lfns(20).map { try target(prefix, $0) }
    let answers = await testXRoot().delete(batch: targets, deadline: .seconds(Waiting.limit))
    #expect(answers.count == 20)
    // As many have failed as would have been sent at a time; nothing is said of the others.
    for (counter, error) in answers.map(\.error).enumerated() {
      #expect(error?.errorClass == .transient && error?.isAmbiguous == false)
      #expect(error?.isUnavailable == (counter < 16) && error?.isUntried == (counter >= 16))
    }
  }

  @Test func `silence ends at the deadline`() async throws {
    for code in [0, 3006, 3007, 3022, 3014] {
      let server = try Server { request, _ in
        if code == 0 || request.code == code { return [] }
        return Self.obedient(request)
      }
      let answers = try await delete(server, 40, seconds: 4)
      #expect(answers.allSatisfy { $0.word == "transient" }, "\(code)")
      #expect(
        answers.allSatisfy { $0.error?.isUnavailable == true || $0.error?.isUntried == true }, "\(code)")
      #expect(answers.contains { $0.error?.isUnavailable == true }, "\(code)")
      #expect(answers.contains { $0.error?.isAmbiguous == true } == (code == 3014), "\(code)")
    }
  }

  @Test func `cancellation closes the connection at once`() async throws {
    for code in [3007, 3014] {
      let server = try Server { request, _ in request.code == code ? [] : Self.obedient(request) }
      let targets = try Self.lfns(50).map { try target(server.prefix, $0) }
      let backend = testXRoot(limits: XRootLimits(silence: .seconds(900)))
      let task = Task { await backend.delete(batch: targets, deadline: .none) }
      try await Waiting.wait(until: "it is asked") { server.requests.contains { $0.code == code } }
      let start = ContinuousClock.now
      task.cancel()
      let answers = await task.value
      #expect(ContinuousClock.now - start < .seconds(Waiting.limit))
      #expect(answers.allSatisfy { $0.word == "transient" })
      #expect(answers.contains { $0.error?.isAmbiguous == true } == (code == 3014))
    }
  }

  @Test func `a name service that hangs is left in time`() async throws {
    let backend = XRootBackend(
      time: testTime,
      configuration: .init(
        pacer: FixedPacer(limit: 4), credentials: FixedCredential(.none),
        certificateDirectory: "/etc/ssl/certs"),
      limits: XRootLimits(),
      resolve: { (_) throws(NameResolution.Failure) in
        sleep(900)
        return []
      })
    let start = ContinuousClock.now
    let answer = await backend.delete(
      try target("root://slow.swab.test/", "/store/unmerged/f"), deadline: .seconds(0.5))
    #expect(ContinuousClock.now - start < .seconds(Waiting.limit))
    #expect(answer.word == "transient" && answer.error?.isUnavailable == true)
  }

  @Test func `the second address is tried`() async throws {
    let server = try Server { request, _ in Self.obedient(request) }
    let dead = try LoopbackListener(backlog: nil)
    let refusing = dead.socketAddress
    let good = LoopbackListener.address(UInt16(server.port), host: 0x7F00_0001)
    let backend = XRootBackend(
      time: testTime,
      configuration: .init(
        pacer: FixedPacer(limit: 4), credentials: FixedCredential(.none),
        certificateDirectory: "/etc/ssl/certs"),
      limits: XRootLimits(), resolve: { _ in [refusing, good] })
    let answer = await backend.delete(
      try target("root://many.swab.test/", "/store/unmerged/f"), deadline: .seconds(Waiting.limit))
    #expect(answer.word == "deleted")
  }

  // MARK: Authentication

  @Test func `what is not spoken is told apart`() async throws {
    let server = try Server { request, _ in
      Server.setup(request, offers: "&P=gsi,v:10400,c:ssl&P=krb5,xrootd/host") ?? []
    }
    let alone = try await delete(server, 3)
    #expect(alone.allSatisfy { $0.word == "fatal" && $0.error?.isUnsupported == true })
    #expect(alone[0].error?.message.contains("wants krb5,") == true)
    #expect(server.requests.count { $0.code == 3007 } == 1)
  }

  @Test func `a token is never sent in the open`() async throws {
    let secret = "eyJhbGciOiJub25lIn0.e30.c2VjcmV0LXNlY3JldC1zZWNyZXQ"
    for offers in ["&P=ztn,0:4096:", "&P=ztn,0:4096:&P=unix"] {
      let server = try Server { request, _ in
        request.code == 3000
          ? [.reply(0, [])] : Server.setup(request, offers: offers) ?? Self.obedient(request)
      }
      let answers = try await delete(server, 2, backend: testXRoot(.token(Secret(secret))))
      #expect(answers.allSatisfy { $0.word == (offers.hasSuffix("unix") ? "deleted" : "auth") })
      #expect(!server.requests.contains { $0.text.contains(secret) })
      #expect(!"\(answers)".contains(secret))
    }
  }

  @Test func `a refused protocol is followed by the next`() async throws {
    let server = try Server { request, _ in
      if request.code == 3000 {
        return request.parameters[12...].starts(with: "host".utf8)
          ? [.reply(0, [])] : [.reply(4003, XRootDFrames.error(3030, "not you"))]
      }
      return Server.setup(request, offers: "&P=unix&P=host") ?? Self.obedient(request)
    }
    #expect(try await delete(server, 2).allSatisfy { $0.word == "deleted" })
    let strict = try Server { request, _ in
      request.code == 3000
        ? [.reply(4003, XRootDFrames.error(3030, "not you"))]
        : Server.setup(request, offers: "&P=unix&P=host") ?? Self.obedient(request)
    }
    let answers = try await delete(strict, 2)
    #expect(answers.allSatisfy { $0.word == "auth" && $0.error?.message.contains("not you") == true })
    #expect(answers.allSatisfy { $0.error?.rejectsCredential == true })
  }
}

/// A pacer that watches its own limit over all connections.
private final class CountingPacer: RequestPacer {
  private let pacer: FixedPacer
  private let state = Mutex((deleted: 0, inFlight: 0))
  init(limit: Int) { pacer = FixedPacer(limit: limit) }
  var deleted: Int { state.withLock { $0.deleted } }
  var inFlight: Int { state.withLock { $0.inFlight } }
  func admit(_ wanted: Int, at endpoint: String) -> PaceAdmission {
    let admission = pacer.admit(wanted, at: endpoint)
    state.withLock { $0.inFlight += admission.count }
    return admission
  }
  func note(_ end: PaceOutcome, of ticket: PaceTicket, at endpoint: String) {
    pacer.note(end, of: ticket, at: endpoint)
    state.withLock { state in
      state.inFlight -= 1
      if end == .deleted { state.deleted += 1 }
    }
  }
}
