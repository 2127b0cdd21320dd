import DeletionModel
import TestSupport
import Testing
@testable import Networking
@testable import BackendWebDAV

/// What an endpoint is asked, in which order, without a server.
@Suite struct WebDAVPlannerTests {
  static let home = WebOrigin(endpoint: "https://door.site.org")

  /// A planner, and what it said.
  struct Desk {
    var planner: WebDAVPlanner
    var now = ContinuousClock.now
    private var answers: [String: Answer.Kind] = [:]
    private var last: [WebDAVWork] = []
    /// The survey that was sent last.
    private(set) var survey: WebDAVWork?
    /// What was sent last.
    var phrases: [String] { last.map { Self.phrases($0) } }
    private var count = 0

    init(
      lifetime: Duration = .seconds(60), noLook: Bool = false, ageLimit: AgeLimit? = nil,
      endpoint: String = "https://door.site.org"
    ) throws {
      planner = WebDAVPlanner(
        home: try #require(WebOrigin(endpoint: endpoint)), lifetime: lifetime, noLook: noLook,
        ageLimit: ageLimit)
    }

    /// Files by their paths, as one batch.
    @discardableResult mutating func add(_ paths: String...) throws -> WebDAVBatch {
      count += 1
      let names = try paths.map { path in
        try WebDAVName.of(
          DeletionTarget(lfn: path, pfn: try #require(PFN("https://door.site.org" + path))))
      }
      let batch = WebDAVBatch(
        .init(
          id: count, names: names, credential: .none, deadline: nil,
          observer: BatchAnswers(count: names.count),
          finished: {}))
      planner.add(batch.files(), now: now)
      collect()
      return batch
    }

    private mutating func collect() {
      while let (file, kind) = planner.nextAnswer() {
        file.batch.complete(file.index, Answer(kind))
        answers[String(decoding: file.name.path, as: UTF8.self)] = kind
      }
    }

    /// What is to be sent, in words, and all of it taken out.
    mutating func sent() -> [String] {
      last = []
      while let work = planner.next(now: now) { last.append(work) }
      collect()
      for case .survey(let work) in last { survey = .survey(work) }
      return phrases
    }

    static func phrases(_ work: WebDAVWork) -> String {
      guard let home = WebDAVPlannerTests.home else { return "" }
      let request = WebDAVRequest(work, home: home)
      let host = request.origin.host == "door.site.org" ? "" : request.origin.text
      let method = request.http.method == "DELETE" ? "DELETE" : "PROPFIND \(request.depth)"
      return "\(method) \(host)\(request.http.target)"
    }

    /// Gives the answer to one of the requests that were sent last.
    mutating func answer(_ index: Int = 0, _ response: WebDAVResponse) {
      planner.receive(response, to: last[index], now: now)
      collect()
    }

    /// The answer of a file; `deleted`, `absent`, the class of the error, with a `?` where it may be gone.
    func word(_ path: String) -> String? {
      answers[path].map { kind in
        let answer = Answer(kind.asCompleted)
        return answer.word + (answer.error?.isAmbiguous == true ? "?" : "")
      }
    }

    func error(_ path: String) -> DeletionError? { answers[path].flatMap { Answer($0).error } }
  }

  static func member(_ href: String) -> MultistatusResponse {
    let isDirectory = href.hasSuffix("/")
    return MultistatusResponse(
      href: Array(href.utf8), hasProperties: true, resourceType: isDirectory ? .collection : .empty)
  }

  static func found(_ hrefs: String...) -> WebDAVResponse {
    WebDAVResponse(status: 207, members: hrefs.map(member))
  }

  static func redirect(_ location: String) -> WebDAVResponse {
    WebDAVResponse(status: 307, location: location)
  }

  static let lost = DeletionError(.transient, code: "curl 52", message: "x", isAmbiguous: true)

  @Test func `one name is asked for by itself, several by their directory`() throws {
    var desk = try Desk()
    try desk.add("/d/a", "/e/b", "/d/c")
    #expect(desk.sent() == ["PROPFIND 1 /d/", "PROPFIND 0 /e/b"])
    // Who comes while it is listed waits too.
    try desk.add("/d/dir")
    #expect(desk.sent() == [])
    desk = try Desk()
    try desk.add("/d/a", "/d/c", "/d/dir")
    #expect(desk.sent() == ["PROPFIND 1 /d/"])
    desk.answer(0, Self.found("/d/", "/d/a", "/d/dir/"))
    #expect(desk.sent() == ["DELETE /d/a", "PROPFIND 0 /d/c"])
    #expect(desk.word("/d/dir") == "permanent" && desk.error("/d/dir") == .isDirectory)
    desk.answer(1, WebDAVResponse(status: 404))
    desk.answer(0, WebDAVResponse(status: 204))
    #expect(desk.word("/d/a") == "deleted" && desk.word("/d/c") == "absent")
    // What has been deleted is not called a file again.
    try desk.add("/d/a")
    #expect(desk.sent() == ["PROPFIND 0 /d/a"])
  }

  @Test func `what a listing has told is not asked again after a refusal`() throws {
    var desk = try Desk()
    try desk.add("/d/a", "/d/b")
    _ = desk.sent()
    desk.answer(0, Self.found("/d/a", "/d/b"))
    #expect(desk.sent() == ["DELETE /d/a", "DELETE /d/b"])
    desk.answer(0, WebDAVResponse(status: 429))
    #expect(desk.word("/d/a") == "overload")
    try desk.add("/d/a")
    #expect(desk.sent() == ["DELETE /d/a"])
  }

  @Test func `nothing is sent for what is newer than its list`() throws {
    var desk = try Desk(ageLimit: AgeLimit(StorageTime(seconds: 1000)))
    try desk.add("/d/old", "/d/same", "/d/new", "/d/unknown")
    try desk.add("/e/new")
    #expect(desk.sent() == ["PROPFIND 1 /d/", "PROPFIND 0 /e/new"])
    func member(_ href: String, _ seconds: Int64?) -> MultistatusResponse {
      var member = Self.member(href)
      member.facts.written = seconds.map { StorageTime(seconds: $0) }
      return member
    }
    desk.answer(
      0,
      WebDAVResponse(
        status: 207,
        members: [
          member("/d/old", 1), member("/d/same", 1000), member("/d/new", 1001), member("/d/unknown", nil),
        ]))
    desk.answer(1, WebDAVResponse(status: 207, members: [member("/e/new", 2000)]))
    #expect(desk.sent() == ["DELETE /d/old", "DELETE /d/same", "DELETE /d/unknown"])
    for name in ["/d/new", "/e/new"] { #expect(desk.error(name)?.isNewer == true) }
    // Only who wants to know asks for it.
    let batch = try desk.add("/d/f")
    let file = try #require(batch.files().first)
    let home = try #require(Self.home)
    for asks in [true, false] {
      let body = WebDAVRequest(.stat(file), home: home, asksForTime: asks).http.body
      #expect(body?.contains("getlastmodified") == asks)
    }
  }

  @Test func `a directory that cannot be listed has its names asked for`() throws {
    for response in [
      WebDAVResponse(status: 403), WebDAVResponse(status: 207), WebDAVResponse(status: 207, isTooLong: true),
      WebDAVResponse(status: 404), WebDAVResponse(status: 405), WebDAVResponse(status: 400),
      WebDAVResponse(status: 200),
      WebDAVResponse(transportError: .noAnswerInTime, isTooLong: true),
      Self.redirect("https://pool.site.org/e/"),
    ] {
      var desk = try Desk()
      try desk.add("/d/a", "/d/b")
      _ = desk.sent()
      desk.answer(0, response)
      #expect(desk.sent() == ["PROPFIND 0 /d/a", "PROPFIND 0 /d/b"])
      // It is known for the next batch.
      try desk.add("/d/c", "/d/e")
      #expect(desk.sent() == ["PROPFIND 0 /d/c", "PROPFIND 0 /d/e"])
    }
  }

  @Test func `that listings are forbidden is found out once an endpoint`() throws {
    var desk = try Desk()
    try desk.add("/d/a", "/d/b")
    _ = desk.sent()
    desk.answer(0, WebDAVResponse(status: 403))
    _ = desk.sent()
    try desk.add("/e/a", "/e/b")
    #expect(desk.sent() == ["PROPFIND 0 /e/a", "PROPFIND 0 /e/b"])
  }

  @Test func `a forbidden directory is no reason not to list others`() throws {
    var desk = try Desk()
    try desk.add("/d/a", "/d/b")
    _ = desk.sent()
    desk.answer(0, Self.found("/d/a", "/d/b"))
    try desk.add("/e/a", "/e/b")
    #expect(desk.sent().contains("PROPFIND 1 /e/"))
    desk.answer(0, WebDAVResponse(status: 403))
    try desk.add("/g/a", "/g/b")
    #expect(desk.sent().contains("PROPFIND 1 /g/"))
  }

  @Test(arguments: [
    WebDAVResponse(transportError: lost), WebDAVResponse(status: 503), WebDAVResponse(status: 401),
    WebDAVResponse(status: 500),
  ]) func `transportError with a listing is the answer of one file`(_ response: WebDAVResponse) throws {
    var desk = try Desk()
    try desk.add("/d/a", "/d/b", "/d/c")
    _ = desk.sent()
    desk.answer(0, response)
    #expect(desk.error("/d/a")?.isAmbiguous == false)
    #expect(desk.word("/d/b") == nil && desk.word("/d/c") == nil)
    #expect(desk.sent() == ["PROPFIND 1 /d/"])
    desk.answer(0, Self.found("/d/b", "/d/c"))
    #expect(desk.sent() == ["DELETE /d/b", "DELETE /d/c"])
  }

  @Test func `a directory that fails lets others go first`() throws {
    var desk = try Desk()
    try desk.add("/d/a", "/d/b", "/d/c", "/e/a", "/e/b")
    let failing = desk.planner.next(now: desk.now)
    desk.planner.receive(WebDAVResponse(status: 500), to: try #require(failing), now: desk.now)
    #expect(desk.sent() == ["PROPFIND 1 /e/", "PROPFIND 1 /d/"])
  }

  @Test func `who waits for a listing does not wait for its owner`() throws {
    var desk = try Desk()
    let first = try desk.add("/d/a", "/d/b")
    try desk.add("/d/c", "/d/e")
    first.completeRest(.notTried)
    #expect(desk.sent() == ["PROPFIND 1 /d/"])
    desk.answer(0, Self.found("/d/a", "/d/b", "/d/c", "/d/e"))
    #expect(desk.sent() == ["DELETE /d/c", "DELETE /d/e"])
  }

  @Test func `evidence grows old`() throws {
    var desk = try Desk()
    try desk.add("/d/a", "/d/b", "/e/a")
    _ = desk.sent()
    desk.answer(0, Self.found("/d/a", "/d/b"))
    desk.answer(1, Self.found("/e/a"))
    desk.now += .seconds(61)
    // For each of the two; the rest of the queue counts as wanted.
    #expect(desk.sent() == ["PROPFIND 1 /d/", "PROPFIND 0 /e/a"])
  }

  static let stats: [(response: WebDAVResponse, word: String)] = [
    (.init(transportError: lost), "transient"), (found("/d/f"), "DELETE"), (found("/d/f/"), "permanent"),
    (.init(status: 404), "absent"), (.init(status: 410), "absent"), (.init(status: 405), "endpoint"),
    (.init(status: 501), "endpoint"), (.init(status: 200), "endpoint"), (.init(status: 207), "endpoint"),
    (found("/d/g"), "endpoint"), (found(), "endpoint"), (.init(status: 500), "transient"),
    (.init(status: 503), "overload"),
    (.init(status: 401), "auth"), (.init(status: 403), "auth"), (.init(status: 409), "transient"),
    (.init(status: 307), "endpoint"), (redirect("https://pool/d/g"), "endpoint"),
    (.init(status: 303, location: "/d/f"), "endpoint"),
  ]

  @Test(arguments: stats.indices) func `after a stat`(_ index: Int) throws {
    let row = Self.stats[index]
    var desk = try Desk()
    try desk.add("/d/f")
    _ = desk.sent()
    desk.answer(0, row.response)
    // Nothing was deleted, so nothing is ambiguous.
    if row.word == "DELETE" {
      #expect(desk.sent() == ["DELETE /d/f"])
    } else {
      #expect(desk.word("/d/f") == row.word && desk.sent() == [], "\(row)")
    }
  }

  @Test func `a refused stat names the right that is missing`() throws {
    var desk = try Desk()
    try desk.add("/d/f")
    _ = desk.sent()
    desk.answer(0, WebDAVResponse(status: 403, body: Array("no way".utf8)))
    let message = try #require(desk.error("/d/f")?.message)
    for word in ["not sent", "no way", "storage.read", "--no-look"] { #expect(message.contains(word)) }
  }

  static let deletions: [(response: WebDAVResponse, mayBeGone: Bool, word: String)] = [
    (.init(status: 204), false, "deleted"), (.init(status: 404), false, "absent"),
    (.init(transportError: lost), false, "transient?"),
    (.init(status: 207), false, "unknown?"), (.init(status: 302), false, "endpoint"),
    // Its first answer was lost with the connection.
    (.init(status: 404), true, "deleted"), (.init(status: 204), true, "deleted"),
  ]

  @Test(arguments: deletions.indices) func `after a deletion`(_ index: Int) throws {
    let row = Self.deletions[index]
    var desk = try Desk()
    try desk.add("/d/f")
    _ = desk.sent()
    desk.answer(0, Self.found("/d/f"))
    let next = desk.planner.next(now: desk.now)
    let work = try #require(next)
    work.file.mayBeGone = row.mayBeGone
    desk.planner.putFirst(work)
    #expect(desk.sent() == ["DELETE /d/f"])
    desk.answer(0, row.response)
    #expect(desk.word("/d/f") == row.word, "\(row)")
  }

  // MARK: Redirects

  @Test func `the server that would delete is the one that is asked`() throws {
    var desk = try Desk()
    try desk.add("/d/f")
    _ = desk.sent()
    desk.answer(0, Self.redirect("https://pool.site.org/d/f?x=1"))
    #expect(desk.sent() == ["PROPFIND 0 https://pool.site.org/d/f?x=1"])
    desk.answer(0, Self.found("/d/f"))
    #expect(desk.sent() == ["DELETE https://pool.site.org/d/f?x=1"])
  }

  @Test func `a deletion that is sent on is asked for there first`() throws {
    var desk = try Desk()
    try desk.add("/d/f")
    _ = desk.sent()
    desk.answer(0, Self.found("/d/f"))
    #expect(desk.sent() == ["DELETE /d/f"])
    desk.answer(0, Self.redirect("https://pool.site.org/d/f"))
    #expect(desk.sent() == ["PROPFIND 0 https://pool.site.org/d/f"])
    desk.answer(0, Self.found("/d/f/"))
    #expect(desk.word("/d/f") == "permanent" && desk.sent() == [])
  }

  @Test func `behind a manager each server is listed once`() throws {
    var desk = try Desk()
    try desk.add("/d/a", "/d/b", "/d/c", "/d/e")
    _ = desk.sent()
    // The manager sends the listing to one of its servers.
    desk.answer(0, Self.redirect("https://ds1.site.org/d/"))
    #expect(desk.sent() == ["PROPFIND 1 https://ds1.site.org/d/"])
    desk.answer(0, Self.found("/d/", "/d/a", "/d/b"))
    #expect(desk.sent() == ["PROPFIND 0 /d/a", "PROPFIND 0 /d/b", "PROPFIND 0 /d/c", "PROPFIND 0 /d/e"])
    desk.answer(0, Self.redirect("https://ds1.site.org/d/a"))
    desk.answer(1, Self.redirect("https://ds1.site.org/d/b"))
    desk.answer(2, Self.redirect("https://ds2.site.org/d/c?authz=x"))
    desk.answer(3, Self.redirect("https://ds2.site.org/d/e?authz=x"))
    #expect(
      Set(desk.sent()) == [
        "DELETE https://ds1.site.org/d/a", "DELETE https://ds1.site.org/d/b",
        "PROPFIND 1 https://ds2.site.org/d/?authz=x",
      ])
    desk.answer(0, Self.found("/d/", "/d/c", "/d/e"))
    #expect(
      Set(desk.sent()) == [
        "DELETE https://ds2.site.org/d/c?authz=x", "DELETE https://ds2.site.org/d/e?authz=x",
      ])
  }

  @Test func `a right for one request is asked for with each`() throws {
    var desk = try Desk()
    try desk.add("/d/f")
    _ = desk.sent()
    desk.answer(0, Self.redirect("http://ds1.site.org/d/f?xrdhttptk=1"))
    #expect(desk.sent() == ["PROPFIND 0 http://ds1.site.org/d/f?xrdhttptk=1"])
    desk.answer(0, Self.found("/d/f"))
    #expect(desk.sent() == ["DELETE /d/f"])
    desk.answer(0, Self.redirect("http://ds1.site.org/d/f?xrdhttptk=2"))
    #expect(desk.sent() == ["DELETE http://ds1.site.org/d/f?xrdhttptk=2"])
    // To another server than the one that was asked it does not go.
    desk = try Desk()
    try desk.add("/d/f")
    for round in 0..<10 {
      guard desk.sent() == ["PROPFIND 0 /d/f"] else { break }
      desk.answer(0, Self.redirect("http://ds1.site.org/d/f?xrdhttptk=1"))
      _ = desk.sent()
      desk.answer(0, Self.found("/d/f"))
      #expect(desk.sent() == ["DELETE /d/f"])
      desk.answer(0, Self.redirect("http://ds2.site.org/d/f?xrdhttptk=\(round)"))
    }
    #expect(desk.word("/d/f") == "endpoint" && desk.sent() == [])
  }

  // MARK: Replicas

  /// Up to the removal of the first replica, at ds1.
  private func removedFirst(status: Int = 307) throws -> Desk {
    var desk = try Desk()
    try desk.add("/d/f")
    _ = desk.sent()
    desk.answer(0, WebDAVResponse(status: status, location: "https://ds1.site.org/d/f"))
    #expect(desk.sent() == ["PROPFIND 0 https://ds1.site.org/d/f"])
    desk.answer(0, Self.found("/d/f"))
    #expect(desk.sent() == ["DELETE https://ds1.site.org/d/f"])
    desk.answer(0, WebDAVResponse(status: 204))
    return desk
  }

  @Test func `behind a manager all replicas go before a file is called deleted`() throws {
    var desk = try removedFirst()
    #expect(desk.word("/d/f") == nil && desk.sent() == ["PROPFIND 0 /d/f"])
    // The manager has not yet heard that it is gone there.
    desk.answer(0, Self.redirect("https://ds1.site.org/d/f"))
    #expect(desk.sent() == ["PROPFIND 0 https://ds1.site.org/d/f"])
    desk.answer(0, WebDAVResponse(status: 404))
    #expect(desk.word("/d/f") == nil && desk.sent() == ["PROPFIND 0 /d/f"])
    desk.answer(0, Self.redirect("https://ds2.site.org/d/f"))
    #expect(desk.sent() == ["PROPFIND 0 https://ds2.site.org/d/f"])
    desk.answer(0, Self.found("/d/f"))
    #expect(desk.sent() == ["DELETE https://ds2.site.org/d/f"])
    desk.answer(0, WebDAVResponse(status: 204))
    #expect(desk.word("/d/f") == nil && desk.sent() == ["PROPFIND 0 /d/f"])
    desk.answer(0, WebDAVResponse(status: 404))
    #expect(desk.word("/d/f") == "deleted" && desk.sent() == [] && desk.planner.takeNotices() == [])
  }

  static let readOnly = WebDAVResponse(
    status: 500, body: Array("Unable to remove /d/f; file path marked read/only".utf8))

  @Test(arguments: [true, false]) func `a replica on a read-only server is left for one that may be deleted`(
    _ isElsewhere: Bool
  ) throws {
    var desk = try Desk()
    try desk.add("/d/f")
    _ = desk.sent()
    desk.answer(0, Self.redirect("https://ds2.site.org/d/f"))
    _ = desk.sent()
    desk.answer(0, Self.found("/d/f"))
    #expect(desk.sent() == ["DELETE https://ds2.site.org/d/f"])
    desk.answer(0, Self.readOnly)
    #expect(desk.word("/d/f") == nil && desk.sent() == ["DELETE /d/f"])
    if isElsewhere {
      desk.answer(0, Self.redirect("https://ds1.site.org/d/f"))
      #expect(desk.sent() == ["PROPFIND 0 https://ds1.site.org/d/f"])
      desk.answer(0, Self.found("/d/f"))
      #expect(desk.sent() == ["DELETE https://ds1.site.org/d/f"])
      desk.answer(0, WebDAVResponse(status: 204))
      #expect(desk.sent() == ["PROPFIND 0 /d/f"])
      desk.answer(0, Self.redirect("https://ds2.site.org/d/f"))
      _ = desk.sent()
      desk.answer(0, Self.found("/d/f"))
      #expect(desk.sent() == ["DELETE https://ds2.site.org/d/f"])
    }
    desk.answer(0, Self.readOnly)
    #expect(desk.word("/d/f") == (isElsewhere ? "endpoint?" : "endpoint") && desk.sent() == [])
  }

  @Test func `a question that leads to the read-only server again is asked again`() throws {
    var desk = try Desk()
    try desk.add("/d/f")
    _ = desk.sent()
    /// The question leads to one server, the deletion to another; each redirect has a right for that request only.
    func askAndDelete(_ asked: String, _ deleted: String) throws {
      desk.answer(0, Self.redirect("https://\(asked).site.org/d/f?xrdhttptk=question"))
      #expect(desk.sent() == ["PROPFIND 0 https://\(asked).site.org/d/f?xrdhttptk=question"])
      desk.answer(0, Self.found("/d/f"))
      #expect(desk.sent() == ["DELETE /d/f"])
      desk.answer(0, Self.redirect("https://\(deleted).site.org/d/f?xrdhttptk=deletion"))
    }
    for _ in 0..<2 {
      try askAndDelete("ds2", "ds2")
      #expect(desk.sent() == ["DELETE https://ds2.site.org/d/f?xrdhttptk=deletion"])
      desk.answer(0, Self.readOnly)
      #expect(desk.sent() == ["DELETE /d/f"])
      desk.answer(0, Self.redirect("https://ds1.site.org/d/f?xrdhttptk=deletion"))
      #expect(desk.sent() == ["PROPFIND 0 /d/f"])
    }
    try askAndDelete("ds1", "ds1")
    #expect(desk.sent() == ["DELETE https://ds1.site.org/d/f?xrdhttptk=deletion"])
    desk.answer(0, WebDAVResponse(status: 204))
    #expect(desk.word("/d/f") == nil && desk.sent() == ["PROPFIND 0 /d/f"])
  }

  @Test func `a server that is always meant is no replica's`() throws {
    let desk = try removedFirst(status: 308)
    #expect(desk.word("/d/f") == "deleted")
  }

  /// What the endpoint says when it is asked for further replicas.
  static let further: [(response: WebDAVResponse, word: String, isNoticed: Bool)] = [
    (.init(status: 404), "deleted", false), (.init(status: 403), "deleted", true),
    (.init(status: 405), "deleted", true), (.init(status: 503), "overload?", false),
    (.init(transportError: lost), "transient?", false),
  ]

  @Test(arguments: further.indices) func `what is not known of further replicas is said`(_ index: Int) throws
  {
    let row = Self.further[index]
    var desk = try removedFirst()
    _ = desk.sent()
    desk.answer(0, row.response)
    #expect(desk.word("/d/f") == row.word && desk.sent() == [])
    #expect(desk.planner.takeNotices() == (row.isNoticed ? [.replicasUnknown] : []))
  }

  @Test func `a replica that stays is said to be left`() throws {
    var desk = try removedFirst()
    _ = desk.sent()
    desk.answer(0, Self.redirect("https://ds2.site.org/d/f"))
    _ = desk.sent()
    desk.answer(0, Self.found("/d/f"))
    #expect(desk.sent() == ["DELETE https://ds2.site.org/d/f"])
    desk.answer(0, WebDAVResponse(status: 403))
    #expect(desk.word("/d/f") == "auth?")
    #expect(desk.error("/d/f")?.message.hasPrefix("one replica is removed, another may be left: ") == true)
  }

  @Test func `an endpoint that always names a server without the file comes to an end`() throws {
    var desk = try removedFirst()
    var rounds = 0
    while desk.sent() == ["PROPFIND 0 /d/f"], rounds < 100 {
      rounds += 1
      desk.answer(0, Self.redirect("https://ds1.site.org/d/f"))
      _ = desk.sent()
      desk.answer(0, WebDAVResponse(status: 404))
    }
    #expect(desk.word("/d/f") == "deleted" && rounds == 10)
    #expect(desk.planner.takeNotices() == [.replicasUnknown])
  }

  /// What else a front end does before the last file, how long its questions have been in vain, and whether it is asked.
  static let frontEnds: [(name: String, event: WebDAVResponse?, seconds: Double, isAsked: Bool)] = [
    ("one server each time", nil, 1, false), ("the news may be late", nil, 0.9, true),
    ("it says itself what is missing", WebDAVResponse(status: 404), 1, true),
    ("it knows another server", redirect("https://ds2.site.org/d/other"), 1, true),
  ]

  @Test(arguments: frontEnds.indices)
  func `a front end that sends all on to one server is not asked for replicas for ever`(_ index: Int) throws {
    let row = Self.frontEnds[index]
    var desk = try Desk()
    func remove(_ path: String) throws {
      try desk.add(path)
      var isDeleted = false
      for _ in 0..<50 where desk.word(path) == nil {
        for phrase in desk.sent() {
          if phrase == "PROPFIND 0 \(path)" {
            desk.answer(0, Self.redirect("https://ds1.site.org\(path)"))
          } else if phrase.hasPrefix("DELETE") {
            isDeleted = true
            desk.answer(0, WebDAVResponse(status: 204))
          } else {
            desk.answer(0, isDeleted ? WebDAVResponse(status: 404) : Self.found(path))
          }
        }
      }
      #expect(desk.word(path) == "deleted")
    }
    for path in ["/d/a", "/e/b", "/f/c"] { try remove(path) }
    if let event = row.event {
      try desk.add("/d/other")
      _ = desk.sent()
      desk.answer(0, event)
      _ = desk.sent()
    }
    desk.now += .seconds(row.seconds)
    try desk.add("/g/last")
    _ = desk.sent()
    desk.answer(0, Self.redirect("https://ds1.site.org/g/last"))
    _ = desk.sent()
    desk.answer(0, Self.found("/g/last"))
    _ = desk.sent()
    desk.answer(0, WebDAVResponse(status: 204))
    #expect(desk.sent() == (row.isAsked ? ["PROPFIND 0 /g/last"] : []), "\(row.name)")
    #expect(desk.planner.takeNotices().contains(.replicasUnknown))
  }

  @Test func `a file that no connected server has is said to depend on them`() throws {
    var desk = try Desk()
    try desk.add("/d/f")
    _ = desk.sent()
    desk.answer(
      0, WebDAVResponse(status: 404, body: Array("No servers are available to read the file.".utf8)))
    #expect(desk.word("/d/f") == "absent" && desk.planner.takeNotices() == [.missingDependsOnServers])
  }

  @Test func `so is one where the endpoint sends others on`() throws {
    var desk = try Desk()
    try desk.add("/d/f", "/e/f")
    _ = desk.sent()
    desk.answer(0, WebDAVResponse(status: 404, body: Array("no such file or directory".utf8)))
    #expect(desk.word("/d/f") == "absent" && desk.planner.takeNotices() == [])
    desk.answer(1, Self.redirect("https://ds1.site.org/e/f"))
    #expect(desk.planner.takeNotices() == [.missingDependsOnServers])
  }

  // MARK: All servers

  static let noneLeft = WebDAVResponse(
    status: 404, body: Array("No servers have read access to the file".utf8))

  /// Up to the listings of a directory at ds1 and ds2, which are all that the endpoint has.
  private func askedServers(_ paths: String...) throws -> Desk {
    var desk = try Desk()
    for path in paths { try desk.add("/store/unmerged/d/" + path, "/store/unmerged/d/other" + path) }
    #expect(desk.sent() == ["PROPFIND 1 /store/unmerged/d/"])
    desk.answer(0, Self.redirect("https://ds2.site.org/store/unmerged/d/?authz=x"))
    #expect(desk.sent() == ["PROPFIND 0 /store/unmerged/"])
    // Another directory waits for what this one finds out.
    try desk.add("/store/unmerged/e/f", "/store/unmerged/e/g")
    #expect(desk.sent() == [])
    desk.planner.receive(
      Self.redirect("https://ds1.site.org/store/unmerged/?authz=x"), to: try #require(desk.survey),
      now: desk.now)
    #expect(desk.sent() == ["PROPFIND 0 /store/unmerged/?tried=ds1.site.org"])
    desk.answer(0, Self.redirect("https://ds2.site.org/store/unmerged/?authz=x&tried=ds1.site.org"))
    #expect(desk.sent() == ["PROPFIND 0 /store/unmerged/?tried=ds1.site.org,ds2.site.org"])
    return desk
  }

  private static let parts = [
    "PROPFIND 1 https://ds1.site.org/store/unmerged/d/?authz=x",
    "PROPFIND 1 https://ds1.site.org/store/unmerged/e/?authz=x",
    "PROPFIND 1 https://ds2.site.org/store/unmerged/d/?authz=x&tried=ds1.site.org",
    "PROPFIND 1 https://ds2.site.org/store/unmerged/e/?authz=x&tried=ds1.site.org",
  ]

  /// Up to the deletions: ds1 has `a` and `both`, ds2 `both` and `b`, the rest nobody, and no server the directory `e`.
  private func listedByAll() throws -> Desk {
    var desk = try askedServers("a", "b", "both", "none")
    desk.answer(0, Self.noneLeft)
    #expect(desk.sent().sorted() == Self.parts)
    func answer(_ host: String, _ directory: String, _ response: WebDAVResponse) throws {
      let index = try #require(
        desk.phrases.firstIndex { $0.contains("//\(host)") && $0.contains("unmerged/\(directory)/") })
      desk.answer(index, response)
    }
    try answer("ds1", "d", Self.found("/store/unmerged/d/", "/store/unmerged/d/a", "/store/unmerged/d/both"))
    #expect(desk.word("/store/unmerged/d/none") == nil, "one server is not all")
    try answer("ds2", "d", Self.found("/store/unmerged/d/", "/store/unmerged/d/b", "/store/unmerged/d/both"))
    try answer("ds2", "e", WebDAVResponse(status: 404))
    #expect(desk.word("/store/unmerged/e/f") == nil)
    try answer("ds1", "e", WebDAVResponse(status: 404))
    for lfn in ["d/none", "d/otherboth", "e/f", "e/g"] {
      #expect(desk.word("/store/unmerged/" + lfn) == "absent")
    }
    #expect(desk.planner.takeNotices() == [.missingDependsOnServers])
    #expect(
      Set(desk.sent()) == [
        "DELETE https://ds1.site.org/store/unmerged/d/a?authz=x",
        "DELETE https://ds1.site.org/store/unmerged/d/both?authz=x",
        "DELETE https://ds2.site.org/store/unmerged/d/b?authz=x&tried=ds1.site.org",
      ])
    return desk
  }

  @Test func `what one server said long before the last one is asked for again`() throws {
    var desk = try askedServers("a", "b", "both", "none")
    desk.answer(0, Self.noneLeft)
    #expect(desk.sent().sorted() == Self.parts)
    let asked = desk.phrases
    for host in ["ds1", "ds2"] {
      let index = try #require(asked.firstIndex { $0.contains("//\(host)") && $0.contains("unmerged/d/") })
      desk.answer(index, Self.found("/store/unmerged/d/", "/store/unmerged/d/a"))
      if host == "ds1" { desk.now += .seconds(61) }
    }
    #expect(desk.sent() == ["PROPFIND 0 /store/unmerged/d/a"])
  }

  private static let secondReplica =
    "DELETE https://ds2.site.org/store/unmerged/d/both?authz=x&tried=ds1.site.org"

  /// What the second server says to the deletion of its replica, and what is said of the file.
  static let second: [(response: WebDAVResponse, word: String)] = [
    (.init(status: 204), "deleted"), (.init(status: 404), "deleted"), (.init(status: 503), "overload?"),
    (.init(status: 403), "auth?"), (readOnly, "endpoint?"), (.init(transportError: lost), "transient?"),
  ]

  @Test(arguments: second.indices) func `where all servers list a directory each replica is deleted there`(
    _ index: Int
  ) throws {
    let row = Self.second[index]
    var desk = try listedByAll()
    let phrases = desk.phrases
    for index in phrases.indices { desk.answer(index, WebDAVResponse(status: 204)) }
    #expect(desk.word("/store/unmerged/d/a") == "deleted" && desk.word("/store/unmerged/d/b") == "deleted")
    #expect(desk.word("/store/unmerged/d/both") == nil, "one replica is left")
    #expect(desk.sent() == [Self.secondReplica])
    desk.answer(0, row.response)
    #expect(desk.word("/store/unmerged/d/both") == row.word && desk.sent() == [])
    // What is known is not asked again, and what is gone there is not deleted once more.
    try desk.add("/store/unmerged/d/a", "/store/unmerged/d/both")
    #expect(desk.word("/store/unmerged/d/a") == "absent")
    #expect(desk.sent() == (["deleted"].contains(row.word) ? [] : [Self.secondReplica]))
  }

  @Test func `a replica that may not be deleted does not keep the others`() throws {
    var desk = try listedByAll()
    let both = try #require(desk.phrases.firstIndex { $0.contains("/both") })
    desk.answer(both, Self.readOnly)
    #expect(desk.word("/store/unmerged/d/both") == nil && desk.sent() == [Self.secondReplica])
    desk.answer(0, WebDAVResponse(status: 204))
    #expect(desk.word("/store/unmerged/d/both") == "endpoint?")
  }

  @Test func `evidence of all servers grows old, too`() throws {
    var desk = try listedByAll()
    let both = try #require(desk.phrases.firstIndex { $0.contains("/both") })
    desk.now += .seconds(61)
    desk.answer(both, WebDAVResponse(status: 204))
    #expect(desk.word("/store/unmerged/d/both") == nil)
    #expect(desk.sent().allSatisfy { $0.hasPrefix("PROPFIND") })
  }

  static let failures: [WebDAVResponse] = [
    .init(status: 403), .init(status: 500), .init(transportError: lost), .init(status: 207),
    redirect("https://ds3.site.org/store/unmerged/d/"),
    .init(transportError: .noAnswerInTime, isTooLong: true),
  ]

  @Test(arguments: failures.indices) func `where one server does not say what it has nothing is missing`(
    _ index: Int
  ) throws {
    var desk = try askedServers("a", "b")
    desk.answer(0, Self.noneLeft)
    _ = desk.sent()
    let d = desk.phrases.indices.filter { desk.phrases[$0].contains("unmerged/d/") }
    desk.answer(d[0], Self.failures[index])
    desk.answer(d[1], Self.found("/store/unmerged/d/a"))
    for path in ["a", "b", "othera", "otherb"] { #expect(desk.word("/store/unmerged/d/" + path) == nil) }
    // Each file is asked of the endpoint, as without all servers.
    #expect(
      Set(desk.sent())
        == Set(["a", "b", "othera", "otherb"].map { "PROPFIND 0 /store/unmerged/d/" + $0 }))
  }

  /// What the endpoint says instead of a further server, so that it is not known which servers there are.
  static let untold: [WebDAVResponse] = [
    // A manager's memory of the directory, and not of its servers.
    .init(status: 404, body: Array("No servers are available to read the file.".utf8)),
    .init(status: 404), .init(status: 403), .init(status: 503), .init(transportError: lost),
    .init(status: 207),
    redirect("https://ds2.site.org:1095/store/unmerged/"),
    redirect("https://ds3.site.org/store/unmerged/?xrdhttptk=1"), redirect("https://ds3.site.org/elsewhere/"),
    .init(status: 308, location: "https://ds3.site.org/store/unmerged/"),
  ]

  @Test(arguments: untold.indices) func `where the endpoint does not tell all servers each file is asked for`(
    _ index: Int
  ) throws {
    var desk = try askedServers("a", "b")
    desk.answer(0, Self.untold[index])
    #expect(desk.sent().sorted() == ["PROPFIND 1 /store/unmerged/d/", "PROPFIND 1 /store/unmerged/e/"])
    let d = try #require(desk.phrases.firstIndex { $0.contains("unmerged/d/") })
    desk.answer(d, Self.redirect("https://ds2.site.org/store/unmerged/d/?authz=x"))
    #expect(desk.sent() == ["PROPFIND 1 https://ds2.site.org/store/unmerged/d/?authz=x"])
    desk.answer(0, Self.found("/store/unmerged/d/a"))
    #expect(
      desk.sent().count == 4 && desk.phrases.allSatisfy { $0.hasPrefix("PROPFIND 0 /store/unmerged/d/") })
  }

  @Test func `a directory that the endpoint does not have is asked of all its servers`() throws {
    var desk = try Desk()
    try desk.add("/store/unmerged/d/a", "/store/unmerged/d/b")
    _ = desk.sent()
    desk.answer(0, WebDAVResponse(status: 404))
    #expect(desk.sent() == ["PROPFIND 0 /store/unmerged/"])
    desk.answer(0, Self.redirect("https://ds1.site.org/store/unmerged/"))
    _ = desk.sent()
    desk.answer(0, Self.noneLeft)
    #expect(desk.sent() == ["PROPFIND 1 https://ds1.site.org/store/unmerged/d/"])
    desk.answer(0, Self.found("/store/unmerged/d/", "/store/unmerged/d/a"))
    #expect(desk.word("/store/unmerged/d/b") == "absent")
    #expect(desk.sent() == ["DELETE https://ds1.site.org/store/unmerged/d/a"])
    // An endpoint without servers has no more to say.
    desk = try Desk()
    try desk.add("/store/unmerged/d/a", "/store/unmerged/d/b")
    _ = desk.sent()
    desk.answer(0, WebDAVResponse(status: 404))
    _ = desk.sent()
    desk.answer(0, Self.found("/store/unmerged/"))
    #expect(desk.sent() == ["PROPFIND 1 /store/unmerged/d/"])
    desk.answer(0, WebDAVResponse(status: 404))
    #expect(desk.sent() == ["PROPFIND 0 /store/unmerged/d/a", "PROPFIND 0 /store/unmerged/d/b"])
  }

  @Test func `who waits for the servers does not wait for who asked`() throws {
    var desk = try Desk()
    let first = try desk.add("/store/unmerged/d/a", "/store/unmerged/d/b")
    _ = desk.sent()
    desk.answer(0, Self.redirect("https://ds2.site.org/store/unmerged/d/"))
    try desk.add("/store/unmerged/d/c", "/store/unmerged/d/e")
    first.completeRest(.notTried)
    #expect(desk.sent() == ["PROPFIND 1 /store/unmerged/d/"])
  }

  // MARK: No look

  @Test func `without a asksStat nothing else is sent, also behind a redirect`() throws {
    var desk = try Desk(noLook: true)
    try desk.add("/d/a", "/d/b")
    #expect(desk.sent() == ["DELETE /d/a", "DELETE /d/b"])
    desk.answer(0, Self.redirect("https://pool.site.org/d/a"))
    #expect(desk.sent() == ["DELETE https://pool.site.org/d/a"])
    desk.answer(0, WebDAVResponse(status: 204))
    #expect(desk.word("/d/a") == nil && desk.sent() == ["DELETE /d/a"])
    desk.answer(0, WebDAVResponse(status: 404))
    #expect(desk.word("/d/a") == "deleted")
  }

  @Test func `what cannot be begun fails`() throws {
    var desk = try Desk()
    try desk.add("/d/a", "/d/b")
    let next = desk.planner.next(now: desk.now)
    let work = try #require(next)
    desk.planner.fail(work, .outOfHandles, now: desk.now)
    #expect(desk.sent() == ["PROPFIND 0 /d/b"])
    #expect(desk.word("/d/a") == "fatal" && desk.word("/d/b") == nil)
  }
}
