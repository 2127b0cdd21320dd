import DeletionModel
import TestSupport
import Testing
@testable import XRootDProtocol
@testable import Networking
@testable import BackendXRootD
@testable import Credentials
@testable import BackendTools

/// The two state machines of a connection, without a connection.
@Suite struct XRootMachineTests {
  typealias Server = XRootDFrames

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
      #expect(throws: XRootProtocolError.self) { try machine.receive(reply(0, .ok, [1])) }
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
    #expect(try loggedIn(&machine, offers: "&P=krb5,x&P=ztn,0:4096:") == [.fail(.unsupported(["krb5"]))])
  }

  /// What is offered, whether there is a token, a proxy, and what is shown first; nil where nothing can be.
  static let preferences: [(offers: String, token: Bool, proxy: Bool, shown: String?)] = [
    ("gsi unix", false, true, "gsi"), ("unix gsi", false, true, "unix"), ("gsi unix", false, false, "unix"),
    ("gsi unix", true, false, "unix"), ("unix", false, true, "unix"), ("gsi", false, false, nil),
    ("gsi ztn", false, true, "gsi"), ("gsi", true, true, "gsi"), ("gsi unix", true, true, "gsi"),
    // The token was chosen for the endpoint; both come before what anyone may say.
    ("gsi ztn unix", true, true, "ztn"), ("gsi unix ztn", true, true, "ztn"), ("ztn gsi", true, true, "ztn"),
    ("host gsi ztn", true, true, "host"), ("gsi krb5", false, true, "gsi"),
  ]

  @Test(arguments: preferences.indices) func `what is shown first`(_ index: Int) throws {
    let row = Self.preferences[index]
    let certificates = try GridCertificates.shared.get()
    var settings = XRootSetup.Settings(
      user: XRootUser(name: "u", group: "g"), process: 1, requiresTLS: true,
      credential: row.token ? .token(Secret("t")) : .none)
    if row.proxy {
      let proxy = certificates.certificate("proxy")
      settings.gsi = GSIClient(
        identity: ClientIdentity(certificate: proxy, key: proxy),
        trust: try TLSContext(certificateDirectory: certificates.trusted), host: "localhost", user: "u")
    }
    var machine = XRootSetup(settings)
    _ = machine.start()
    _ = try machine.receive(reply(0, .ok, greeting(Self.going)))
    _ = try machine.receive(reply(0, .ok, greeting(Self.going)))
    _ = machine.secured()
    let offers = row.offers.split(separator: " ").map {
      $0 == "gsi" ? "&P=gsi,v:10600,c:ssl,ca:x" : $0 == "ztn" ? "&P=ztn,0:4096:" : "&P=\($0)"
    }.joined()
    let actions = try machine.receive(reply(0, .ok, [UInt8](repeating: 1, count: 16) + Array(offers.utf8)))
    guard case .send(let bytes)? = actions.first else {
      #expect(row.shown == nil, "\(actions)")
      return
    }
    let name = bytes[16..<20].prefix { $0 != 0 }
    #expect(String(decoding: name, as: UTF8.self) == row.shown)
  }

  /// Level, whether unsigned logins have to sign, exceptions, and what has to be signed.
  static let levels: [(level: UInt8, options: UInt8, exceptions: [UInt8], rm: Bool, stat: Bool)] = [
    (0, 0, [], false, false), (1, 0, [], true, false), (2, 0, [], true, false), (3, 1, [], true, false),
    (4, 3, [], true, true), (9, 0, [], true, true), (0, 0, [14, 2], true, false),
    (4, 0, [17, 0], true, false),
    (2, 0, [14, 0, 17, 1], false, true),
  ]

  @Test(arguments: levels.indices) func `what a server wants to have signed`(_ index: Int) throws {
    let row = Self.levels[index]
    let body =
      greeting(Self.plain) + [
        UInt8(ascii: "S"), 0, 0, row.options, row.level, UInt8(row.exceptions.count / 2),
      ]
      + row.exceptions
    let security = try XRootServerTraits(body).security
    #expect(security.areNeeded(for: .rm) == row.rm && security.areNeeded(for: .stat) == row.stat)
    #expect(!security.areNeeded(for: .auth) && !security.areNeeded(for: .login))
    #expect(security.isForced == (row.options & 2 != 0))
    if !row.exceptions.isEmpty {
      #expect(throws: XRootProtocolError.self) { try XRootServerTraits(body.dropLast()) }
    }
  }

  @Test func `a signature goes before the request that it is for`() throws {
    let security = try XRootServerTraits(greeting(Self.plain) + [UInt8(ascii: "S"), 0, 0, 2, 1, 0]).security
    let key = try #require(
      GSISession(.aes128, secret: [UInt8](repeating: 7, count: 64), hasVector: true))
    // With the key of a login the digest is enciphered: 16 bytes of vector, 32 of digest, 16 of padding.
    for (session, length) in [(nil, 32), (key, 64)] as [(GSISession?, Int)] {
      let signer = XRootSigner(security, session: session)
      for number in 1...2 {
        var output: [UInt8] = [1, 2, 3]
        XRootRequest.appendPath(.rm, stream: 0x0102, path: Array("/f".utf8), to: &output)
        let request = Array(output[3...])
        signer.sign(&output, from: 3)
        #expect(output.count == 3 + 24 + length + request.count)
        #expect(Array(output[..<3]) == [1, 2, 3] && Array(output.suffix(request.count)) == request)
        #expect(
          Array(output[3..<27]) == [
            1, 2, 0x0b, 0xd5, 0x0b, 0xc6, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(number), 1, 0, 0, 0, 0, 0, 0,
            UInt8(length),
          ])
      }
      var stat: [UInt8] = []
      XRootRequest.appendPath(.stat, stream: 1, path: Array("/f".utf8), to: &stat)
      let unsigned = stat
      signer.sign(&stat, from: 0)
      #expect(stat == unsigned)
    }
    // Where the login has left no key, only a server that insists gets the bare digest.
    let relaxed = try XRootServerTraits(greeting(Self.plain) + [UInt8(ascii: "S"), 0, 0, 0, 4, 0]).security
    var output: [UInt8] = []
    XRootRequest.appendPath(.rm, stream: 1, path: Array("/f".utf8), to: &output)
    let before = output
    XRootSigner(relaxed, session: nil).sign(&output, from: 0)
    #expect(output == before)
  }

  @Test func `a setup does not wait for ever`() throws {
    var machine = setup()
    _ = machine.start()
    for _ in 0..<XRootSetup.waitLimit {
      #expect(try machine.receive(reply(0, .wait, Server.number(0))) == [.wait(.seconds(1))])
    }
    #expect(try machine.receive(reply(0, .wait, Server.number(0))) == [.fail(.error(.xrootBusy(for: nil)))])
  }

  @Test func `another protocol is seen at once`() {
    for body in [[], [1], [UInt8](repeating: 0, count: 9)] as [[UInt8]] {
      var machine = setup()
      _ = machine.start()
      #expect(throws: XRootProtocolError.self) { try machine.receive(reply(0, .ok, body)) }
    }
  }

  // MARK: Work

  func work(_ count: Int, usesStatx: Bool = true) -> XRootWork {
    Self.work(Array(repeating: .whole, count: count), .init(usesStatx: usesStatx))
  }

  static func work(_ stages: [XRootWork.Stage], _ settings: XRootWork.Settings) -> XRootWork {
    var work = XRootWork(settings)
    work.add(
      stages.enumerated().map { .init(target: $0, path: Array("/f\($0)".utf8), stage: $1) }, now: start)
    return work
  }

  /// Sends what may be sent; the codes and streams of the requests.
  func sent(_ work: inout XRootWork, at moment: Moment = start, limit: Int = 100) -> [(
    code: Int, stream: UInt16
  )] {
    var bytes: [UInt8] = []
    let inFlight = work.inFlight
    _ = work.fill(now: moment, into: &bytes) { wanted in
      PaceAdmission(count: max(0, min(wanted, limit - inFlight)))
    } note: { _, _ in
    }
    var result: [(Int, UInt16)] = []
    var position = 0
    while position + 24 <= bytes.count {
      result.append((Int(BigEndian.uint16(bytes, position + 2)), BigEndian.uint16(bytes, position)))
      position += 24 + Int(BigEndian.uint32(bytes, position + 20))
    }
    #expect(position == bytes.count)
    return result
  }

  /// What became of each item so far, in order; `?` marks what is ambiguous, `-` what was not tried.
  func phrases(_ work: XRootWork) -> [String] {
    var work = work
    return work.takeCompleted().sorted { $0.item.target < $1.item.target }.map { completed in
      guard case .answered(let answer) = completed.outcome else { return "\(completed.outcome)" }
      return answer.word + (answer.error?.isAmbiguous == true ? "?" : "")
        + (answer.error?.isUntried == true ? "-" : "")
    }
  }

  @Test func `nothing is removed before it is known to be a file`() throws {
    var work = work(3)
    let stats = sent(&work)
    #expect(stats.map(\.code) == [3022])
    #expect(sent(&work).isEmpty)
    try work.take(reply(stats[0].stream, .ok, [0, 2, 0]), now: Self.start) { _, _ in }
    let removals = sent(&work)
    #expect(removals.map(\.code) == [3014, 3014])
    for removal in removals { try work.take(reply(removal.stream, .ok), now: Self.start) { _, _ in } }
    #expect(work.isDone && work.inFlight == 0)
    #expect(phrases(work) == ["deleted", "permanent", "deleted"])
  }

  @Test func `what was a file long ago is asked for again, and its removal waits no second time`() throws {
    var work = work(3)
    let stats = sent(&work)
    try work.take(reply(stats[0].stream, .ok, [0, 0, 0]), now: Self.start) { _, _ in }
    let removal = sent(&work, limit: 1)
    #expect(removal.map(\.code) == [3014])
    // The pacer lets nothing else out for a minute.
    let later = Self.start + XRootWork.evidenceLifetime + .seconds(1)
    try work.take(reply(removal[0].stream, .ok), now: later) { _, _ in }
    let again = sent(&work, at: later, limit: 1)
    #expect(again.map(\.code) == [3017])
    try work.take(reply(again[0].stream, .ok, Array("1 7 48 3".utf8)), now: later) { _, _ in }
    let next = sent(&work, at: later, limit: 1)
    #expect(next.map(\.code) == [3014])
    try work.take(reply(next[0].stream, .ok), now: later) { _, _ in }
    // It has become a directory meanwhile.
    let last = sent(&work, at: later, limit: 1)
    #expect(last.map(\.code) == [3017])
    try work.take(reply(last[0].stream, .ok, Array("1 7 50 3".utf8)), now: later) { _, _ in }
    #expect(sent(&work, at: later).isEmpty && work.isDone)
    #expect(phrases(work) == ["deleted", "deleted", "permanent"])
  }

  @Test func `what is newer stays, and each file is asked for by itself, as only that tells its time`() throws
  {
    var work = Self.work([.whole, .whole, .whole], .init(ageLimit: AgeLimit(StorageTime(seconds: 3))))
    let stats = sent(&work)
    #expect(stats.map(\.code) == [3017, 3017, 3017])
    for (stat, body) in zip(stats, ["1 7 48 3", "1 7 48 4", "1 7 50 9"]) {
      try work.take(reply(stat.stream, .ok, Array(body.utf8)), now: Self.start) { _, _ in }
    }
    let removals = sent(&work)
    #expect(removals.map(\.code) == [3014])
    for removal in removals { try work.take(reply(removal.stream, .ok), now: Self.start) { _, _ in } }
    let answers = work.takeCompleted().sorted { $0.item.target < $1.item.target }.compactMap { completed in
      if case .answered(let answer) = completed.outcome { answer } else { nil }
    }
    #expect(answers.map(\.word) == ["deleted", "permanent", "permanent"])
    #expect(answers.map { $0.error?.isNewer == true } == [false, true, false])
    #expect(answers[0].facts == FileFacts(size: 7, written: StorageTime(seconds: 3)))
  }

  @Test func `a break tells sent from unsent`() throws {
    var work = work(4, usesStatx: false)
    let stats = sent(&work)
    #expect(stats.map(\.code) == [3017, 3017, 3017, 3017])
    for stat in stats.prefix(3) {
      try work.take(reply(stat.stream, .ok, Server.file), now: Self.start) { _, _ in }
    }
    let removals = sent(&work, limit: 3)
    #expect(removals.count == 2)
    try work.take(reply(removals[0].stream, .ok), now: Self.start) { _, _ in }
    var ends: [PaceOutcome] = []
    work.breakOff(.cancelled) { end, _ in ends.append(end) }
    #expect(phrases(work) == ["deleted", "transient?", "transient-", "transient"])
    #expect(ends == [.abandoned, .abandoned] && work.isDone)
  }

  @Test func `a server that asks for patience for one file has not touched it, and the others go on`() throws
  {
    var work = work(2, usesStatx: false)
    for stat in sent(&work) {
      try work.take(reply(stat.stream, .ok, Server.file), now: Self.start) { _, _ in }
    }
    let removals = sent(&work)
    var ends: [PaceOutcome] = []
    try work.take(reply(removals[0].stream, .wait, Server.number(5)), now: Self.start) { end, _ in
      ends.append(end)
    }
    #expect(ends == [.refused(retryAfter: .seconds(5))] && work.inFlight == 1)
    try work.take(reply(removals[1].stream, .ok), now: Self.start) { _, _ in }
    let completed = work.takeCompleted()
    #expect(work.isDone && completed.map(\.item.target) == [0, 1])
    guard case .answered(let answer) = completed[0].outcome else {
      Issue.record("no answer")
      return
    }
    #expect(answer.word == "overload" && answer.error?.retryAfter == .seconds(5))
    #expect(answer.error?.isAmbiguous == false && answer.error?.isUntried == false)
  }

  @Test func `a manager that stats for a file is asked again when it wants that, but not for ever`() throws {
    var work = Self.work([.whole], .init(lookup: XRootLookup()))
    var moment = Self.start
    for round in 0...XRootWork.waitLimit {
      let requests = sent(&work, at: moment).filter { $0.code == 3017 }
      #expect(requests.count == 1)
      var ends: [PaceOutcome] = []
      try work.take(reply(requests[0].stream, .wait, Server.number(2)), now: moment) { end, _ in
        ends.append(end)
      }
      if round == XRootWork.waitLimit {
        #expect(ends == [.refused(retryAfter: .seconds(2))])
      } else {
        #expect(ends == [.served] && sent(&work, at: moment + .seconds(1)).isEmpty)
        #expect(work.nextDue == moment + .seconds(2))
      }
      moment = moment + .seconds(2)
    }
    #expect(phrases(work) == ["overload"])
  }

  @Test func `that no server has what was removed depends on no server`() throws {
    var work = Self.work([.remove], .init(lookup: XRootLookup()))
    for request in sent(&work) where request.code == 3014 {
      try work.take(
        reply(request.stream, .error, Server.error(3011, "No servers have the file")), now: Self.start
      ) {
        _, _ in
      }
    }
    #expect(phrases(work) == ["absent"] && !work.missedServers)
  }

  /// The requests of one code.
  func streams(_ code: Int, _ requests: [(code: Int, stream: UInt16)]) -> [UInt16] {
    requests.filter { $0.code == code }.map(\.stream)
  }

  @Test func `where many files are missing they are located first`() throws {
    var work = Self.work(Array(repeating: .whole, count: 100), .init(lookup: XRootLookup()))
    let first = sent(&work)
    // How many servers there are, and some stats: each can take long.
    #expect(streams(3027, first).count == 1 && streams(3017, first).count == XRootLookup.fewest)
    var moment = Self.start
    // A file that none has is put off, after a while; the next may be known to be missing.
    let slow = streams(3017, first).prefix(3)
    for stream in slow {
      moment = moment + .milliseconds(300)
      let isLast = stream == slow.last
      try work.take(
        reply(
          stream, isLast ? .error : .wait,
          isLast ? Server.error(3011, "No servers have the file") : Server.number(2)), now: moment
      ) { _, _ in }
    }
    #expect(work.missedServers)
    let located = streams(3027, sent(&work, at: moment, limit: 500))
    #expect(located.count == 96)
    try work.take(reply(located[0], .ok, Array("Sw[::127.0.0.1]:1094".utf8)), now: moment) { _, _ in }
    try work.take(reply(located[1], .error, Server.error(3011, "No servers have the file")), now: moment) {
      _, _ in
    }
    try work.take(reply(located[2], .wait, Server.number(2)), now: moment) { _, _ in }
    #expect(phrases(work) == ["absent", "absent"])
    // What the manager knows to be there is asked for as usual, once the stats that are in flight make room.
    for stream in streams(3017, first).dropFirst(3) {
      try work.take(reply(stream, .redirect, Server.number(1094) + Array("data".utf8)), now: moment) { _, _ in
      }
    }
    #expect(streams(3017, sent(&work, at: moment + .seconds(1), limit: 500)).count == 1)
    let again = sent(&work, at: moment + .seconds(3), limit: 500)
    #expect(streams(3027, again).count == 1 && streams(3017, again).count == 2)
  }

  @Test func `a directory is removed only where a listing has no entry, and never by a proxy`() throws {
    let rows: [(isProxy: Bool, listing: XRootReply?, code: Int?, word: String)] = [
      (false, reply(2, .ok), 3015, ""), (false, reply(2, .ok, [0]), 3015, ""),
      (false, reply(2, .ok, Array("f\n".utf8)), nil, "permanent"),
      (false, reply(2, .partial, Array("f\n".utf8)), nil, "permanent"),
      (false, reply(2, .error, Server.error(3010, "no")), nil, "auth"),
      (false, reply(2, .error, Server.error(3011, "no")), nil, "absent"), (true, nil, nil, "permanent"),
    ]
    for row in rows {
      var work = Self.work([.whole], .init(kind: .emptyDirectories, usesStatx: false, isProxy: row.isProxy))
      try work.take(reply(sent(&work)[0].stream, .ok, Server.directory), now: Self.start) { _, _ in }
      let next = sent(&work)
      #expect(next.map(\.code) == (row.isProxy ? [] : [3004]))
      if let listing = row.listing {
        let answer = reply(next[0].stream, listing.status, listing.body)
        try work.take(answer, now: Self.start) { _, _ in }
      }
      #expect(sent(&work).map(\.code) == (row.code.map { [$0] } ?? []))
      if row.code == nil { #expect(phrases(work) == [row.word]) }
    }
  }

  /// The version that the server says it has, and whether a file is told by the probe.
  static let versions: [(text: String, probes: Bool)] = [
    ("v5.5.3\n", true), ("v5.6.8", true), ("v5.6.9", false), ("v5.8.1", false), ("v6.2.0", false),
    ("5.5.3", false),
    ("v4.12.6", false), ("dCache 9.2", false), ("", false),
  ]

  @Test(arguments: versions.indices)
  func `a token without a right to read asks otherwise, of servers where that is harmless`(
    _ index: Int
  ) throws {
    let row = Self.versions[index]
    var work = Self.work([.whole, .whole, .whole], .init(usesStatx: false, showsToken: true))
    for stat in sent(&work) {
      try work.take(reply(stat.stream, .error, Server.error(3010, "permission denied")), now: Self.start) {
        _, _ in
      }
    }
    let question = sent(&work)
    #expect(question.map(\.code) == [3001])
    try work.take(reply(question[0].stream, .ok, Array(row.text.utf8)), now: Self.start) { _, _ in }
    let probes = sent(&work)
    #expect(probes.map(\.code) == (row.probes ? [3008, 3008, 3008] : []) && work.probes == row.probes)
    guard row.probes else {
      #expect(phrases(work) == ["auth", "auth", "auth"])
      return
    }
    let answers = [
      (3005, "not a directory"), (3011, "no such file or directory"), (3010, "permission denied"),
    ]
    for (probe, (code, text)) in zip(probes, answers) {
      try work.take(reply(probe.stream, .error, Server.error(code, text)), now: Self.start) { _, _ in }
    }
    #expect(sent(&work).map(\.code) == [3014] && phrases(work) == ["auth", "auth"])
  }

  @Test func `a missing file in a block costs the block only`() throws {
    var work = work(200)
    let block = sent(&work, limit: 1)[0]
    #expect(block.code == 3022)
    try work.take(reply(block.stream, .error, Server.error(3011, "gone")), now: Self.start) { _, _ in }
    let next = sent(&work, limit: 500)
    #expect(next.count { $0.code == 3017 } == 64)
  }

  @Test func `answers that fit no request are problems`() throws {
    for (stream, status, body) in [
      (UInt16(0), XRootReply.Status.ok, []), (2, .ok, []), (1, .partial, []), (1, .status, []),
      (1, .authMore, []),
      (1, .ok, Array("x".utf8)), (1, .error, [1]), (1, .wait, []),
    ] as [(UInt16, XRootReply.Status, [UInt8])] {
      var work = work(1, usesStatx: false)
      _ = sent(&work)
      #expect(throws: XRootProtocolError.self) {
        try work.take(reply(stream, status, body), now: Self.start) { _, _ in }
      }
      work.breakOff(.cancelled) { _, _ in }
      #expect(work.isDone && phrases(work)[0].hasSuffix("?") == false)
    }
  }
}
