import Deletion
import TestSupport
import Testing

@testable import Backends

/// The two state machines of a connection, without a connection.
@Suite struct XRootMachineTests {
  typealias Server = ScriptedXRootD

  static let start = Moment(sinceStart: .zero)

  func reply(_ stream: UInt16, _ status: XRootReply.Status, _ body: [UInt8] = []) -> XRootReply {
    XRootReply(stream: stream, status: status, body: body)
  }

  // MARK: Setup

  func setup(_ credential: EndpointCredential = .none, requiresTLS: Bool = false, trusted: Bool = true)
    -> XRootSetup
  {
    XRootSetup(
      .init(
        user: XRootUser(name: "u", group: "g"), process: 1, requiresTLS: requiresTLS, credential: credential,
        mayShowToken: trusted))
  }

  static let plain: UInt32 = 1
  static let able: UInt32 = 0x8000_0001
  static let going: UInt32 = 0xC000_0001
  static let session: UInt32 = 0x8800_0001

  func greeting(_ flags: UInt32) -> [UInt8] { Server.number(0x511) + Server.number(flags) }

  /// From the start to the login's answer, without TLS.
  func loggedIn(_ machine: inout XRootSetup, flags: UInt32 = plain, offers: String) throws -> [XRootSetup
    .Action]
  {
    _ = machine.start()
    _ = try machine.receive(reply(0, .ok, greeting(flags)))
    _ = try machine.receive(reply(0, .ok, greeting(flags)))
    return try machine.receive(reply(0, .ok, [UInt8](repeating: 1, count: 16) + Array(offers.utf8)))
  }

  @Test func `no authentication`() throws {
    var machine = setup()
    #expect(try loggedIn(&machine, offers: "") == [.ready])
  }

  @Test func `TLS begins when the server says so, before the login`() throws {
    for requiresTLS in [false, true] {
      var machine = setup(requiresTLS: requiresTLS)
      _ = machine.start()
      #expect(try machine.receive(reply(0, .ok, greeting(Self.going))) == [])
      #expect(try machine.receive(reply(0, .ok, greeting(Self.going))) == [.beginTLS])
      // Nothing may be said in between.
      #expect(throws: XRootFlaw.self) { try machine.receive(reply(0, .ok, [1])) }
      guard case .send(let bytes)? = machine.secured().first else {
        Issue.record("no login")
        return
      }
      #expect(Array(bytes[2..<4]) == [0x0b, 0xbf])
    }
  }

  @Test func `TLS for the session is asked for at once`() throws {
    var machine = setup()
    _ = machine.start()
    _ = try machine.receive(reply(0, .ok, greeting(Self.session)))
    guard case .send(let bytes)? = try machine.receive(reply(0, .ok, greeting(Self.session))).first else {
      Issue.record("no second kXR_protocol")
      return
    }
    #expect(Array(bytes[2..<4]) == [0x0b, 0xbe] && bytes[8] == 7)
  }

  @Test func `roots without TLS goes no further`() throws {
    for flags in [Self.plain, Self.able, Self.session] {
      var machine = setup(requiresTLS: true)
      _ = machine.start()
      _ = try machine.receive(reply(0, .ok, greeting(flags)))
      guard case .fail(.error(let error))? = try machine.receive(reply(0, .ok, greeting(flags))).first else {
        Issue.record("went on")
        return
      }
      #expect(error.code == "TLS")
    }
  }

  @Test func `a token waits for TLS`() throws {
    var machine = setup(.token(Secret("abc")))
    guard case .send(let bytes)? = try loggedIn(&machine, flags: Self.able, offers: "&P=ztn,0:4096:").first
    else {
      Issue.record("no request for TLS")
      return
    }
    #expect(Array(bytes[2..<4]) == [0x0b, 0xbe])
    #expect(try machine.receive(reply(0, .ok, greeting(Self.going))) == [.beginTLS])
    guard case .send(let auth)? = machine.secured().first else {
      Issue.record("no kXR_auth")
      return
    }
    #expect(Array(auth[2..<4]) == [0x0b, 0xb8] && auth.suffix(4) == Array("abc\0".utf8))
    // Refused: another one is asked for, once.
    let refused = reply(0, .error, Server.error(3030, "expired"))
    #expect(try machine.receive(refused) == [.replaceToken(Secret("abc"))])
    #expect(machine.retry(with: .token(Secret("def"))).count == 1)
    guard case .fail(.error(let error))? = try machine.receive(refused).first else {
      Issue.record("went on")
      return
    }
    #expect(error.errorClass == .auth && error.message.contains("expired"))
  }

  @Test func `a token is not shown where it must not be`() throws {
    for (machine, flags) in [
      (setup(.token(Secret("abc")), trusted: false), Self.able), (setup(.token(Secret("abc"))), Self.plain),
      (setup(.token(Secret(String(repeating: "a", count: 4096)))), Self.able), (setup(), Self.able),
    ] {
      var machine = machine
      guard
        case .fail(.error(let error))? = try loggedIn(&machine, flags: flags, offers: "&P=ztn,0:4096:").first
      else {
        Issue.record("went on")
        return
      }
      #expect(error.errorClass == .auth && error.code == "authProtocol")
    }
  }

  @Test func `what is not spoken is named`() throws {
    var machine = setup()
    #expect(try loggedIn(&machine, offers: "&P=gsi,v:1&P=ztn,0:4096:") == [.fail(.unspoken(["gsi"]))])
  }

  /// What is offered, what we have, and whether it is left to a client that speaks GSI.
  static let preferences: [(offers: String, credential: EndpointCredential, isLeft: Bool)] = [
    ("&P=gsi,v:1&P=unix", .x509(certificate: "p", key: "p"), true),
    ("&P=gsi,v:1&P=host", .x509(certificate: "p", key: "p"), true),
    ("&P=unix&P=gsi,v:1", .x509(certificate: "p", key: "p"), false),
    ("&P=gsi,v:1&P=unix", .none, false), ("&P=gsi,v:1&P=unix", .token(Secret("t")), false),
    ("&P=unix", .x509(certificate: "p", key: "p"), false),
  ]

  @Test(arguments: preferences.indices) func `a proxy is for GSI where the server likes that better`(
    _ index: Int
  ) throws {
    let row = Self.preferences[index]
    var machine = setup(row.credential)
    let actions = try loggedIn(&machine, offers: row.offers)
    #expect((actions == [.fail(.unspoken(["gsi"]))]) == row.isLeft, "\(actions)")
  }

  @Test func `a setup does not wait for ever`() throws {
    var machine = setup()
    _ = machine.start()
    for _ in 0..<XRootSetup.waitLimit {
      #expect(try machine.receive(reply(0, .wait, Server.number(0))) == [.wait(.seconds(1))])
    }
    #expect(try machine.receive(reply(0, .wait, Server.number(0))) == [.fail(.error(.xrootBusy))])
  }

  @Test func `another protocol is seen at once`() {
    for body in [[], [1], [UInt8](repeating: 0, count: 9)] as [[UInt8]] {
      var machine = setup()
      _ = machine.start()
      #expect(throws: XRootFlaw.self) { try machine.receive(reply(0, .ok, body)) }
    }
  }

  // MARK: Work

  func work(_ count: Int, usesStatx: Bool = true) -> XRootWork {
    XRootWork(
      (0..<count).map { XRootWork.Item(path: Array("/f\($0)".utf8), stage: .whole) }, usesStatx: usesStatx)
  }

  /// Sends what may be sent; the codes and streams of the requests.
  func sent(_ work: inout XRootWork, at moment: Moment = start, limit: Int = 100) -> [(
    code: Int, stream: UInt16
  )] {
    var bytes: [UInt8] = []
    _ = work.fill(now: moment, into: &bytes) { wanted, underWay in
      PaceAdmission(count: max(0, min(wanted, limit - underWay)))
    }
    var result: [(Int, UInt16)] = []
    var place = 0
    while place + 24 <= bytes.count {
      result.append((Int(BigEndian.uint16(bytes, place + 2)), BigEndian.uint16(bytes, place)))
      place += 24 + Int(BigEndian.uint32(bytes, place + 20))
    }
    #expect(place == bytes.count)
    return result
  }

  func words(_ work: XRootWork) -> [String] {
    work.results().map { outcome in
      guard case .answered(let answer) = outcome else { return "\(outcome)" }
      return answer.word + (answer.error?.isAmbiguous == true ? "?" : "")
    }
  }

  @Test func `nothing is removed before it was looked at`() throws {
    var work = work(3)
    let looks = sent(&work)
    #expect(looks.map(\.code) == [3022])
    #expect(sent(&work).isEmpty)
    try work.take(reply(looks[0].stream, .ok, [0, 2, 0]), now: Self.start) { _ in }
    let removals = sent(&work)
    #expect(removals.map(\.code) == [3014, 3014])
    for removal in removals { try work.take(reply(removal.stream, .ok), now: Self.start) { _ in } }
    #expect(work.isDone && work.underWay == 0)
    #expect(words(work) == ["deleted", "permanent", "deleted"])
  }

  @Test func `a break tells sent from unsent`() throws {
    var work = work(4, usesStatx: false)
    let looks = sent(&work)
    #expect(looks.map(\.code) == [3017, 3017, 3017, 3017])
    for look in looks.prefix(3) {
      try work.take(reply(look.stream, .ok, Server.file), now: Self.start) { _ in }
    }
    let removals = sent(&work, limit: 3)
    #expect(removals.count == 2)
    try work.take(reply(removals[0].stream, .ok), now: Self.start) { _ in }
    var noted = 0
    work.breakOff(.cancelled) { _ in noted += 1 }
    #expect(words(work) == ["deleted", "transient?", "transient", "transient"])
    #expect(noted == 3 && work.isDone)
  }

  @Test func `a removal that waits was not done`() throws {
    var work = work(1, usesStatx: false)
    try work.take(reply(sent(&work)[0].stream, .ok, Server.file), now: Self.start) { _ in }
    let removal = sent(&work)[0]
    try work.take(reply(removal.stream, .wait, Server.number(5)), now: Self.start) { _ in }
    #expect(work.underWay == 0 && sent(&work).isEmpty)
    #expect(work.nextDue == Self.start + .seconds(5))
    var copy = work
    copy.breakOff(.deadline) { _ in }
    #expect(words(copy) == ["overload"])
    #expect(sent(&work, at: Self.start + .seconds(5)).map(\.code) == [3014])
    work.breakOff(.deadline) { _ in }
    #expect(words(work) == ["transient?"])
  }

  @Test func `a missing file in a block costs the block only`() throws {
    var work = work(200)
    let block = sent(&work, limit: 1)[0]
    #expect(block.code == 3022)
    try work.take(reply(block.stream, .error, Server.error(3011, "gone")), now: Self.start) { _ in }
    let next = sent(&work, limit: 500)
    #expect(next.count { $0.code == 3017 } == 64)
  }

  @Test func `answers that fit no request are flaws`() throws {
    for (stream, status, body) in [
      (UInt16(0), XRootReply.Status.ok, []), (2, .ok, []), (1, .partial, []), (1, .status, []),
      (1, .authMore, []),
      (1, .ok, Array("x".utf8)), (1, .error, [1]), (1, .redirect, []), (1, .wait, []),
    ] as [(UInt16, XRootReply.Status, [UInt8])] {
      var work = work(1, usesStatx: false)
      _ = sent(&work)
      #expect(throws: XRootFlaw.self) { try work.take(reply(stream, status, body), now: Self.start) { _ in } }
      work.breakOff(.cancelled) { _ in }
      #expect(work.isDone && words(work)[0].hasSuffix("?") == false)
    }
  }
}
