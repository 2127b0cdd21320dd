import Deletion
import Synchronization
import TestSupport
import Testing

@testable import Backends

/// What a door asks, in which order, without a server.
@Suite struct WebDAVPlanTests {
  static let root = "https://h:1094/"

  /// The answers that a batch was given.
  final class Answers: Sendable {
    private let given = Mutex<[Answer?]?>(nil)
    var words: [String]? { given.withLock { $0 }?.map { $0?.word ?? "none" } }
    var first: Answer? { given.withLock { $0?.first ?? nil } }
    func take(_ answers: [Answer?]) { given.withLock { $0 = answers } }
  }

  /// A pacer that remembers how many answers it heard of.
  final class Pacer: RequestPacer {
    let heard = Atomic(0)
    func admit(_ wanted: Int, underWay: Int, at endpoint: String) -> PaceAdmission {
      PaceAdmission(count: wanted)
    }
    func note(_ answer: Answer, at endpoint: String) { heard.add(1, ordering: .relaxed) }
  }

  /// A plan with batches that nobody sends.
  struct Desk {
    let pacer = Pacer()
    let batches: WebDAVBatches
    var plan: WebDAVPlan
    private var lastID = 0

    init(lookLifetime: Duration = .seconds(60)) {
      batches = WebDAVBatches("https://h:1094", pacer)
      plan = WebDAVPlan(batches, lookLifetime: lookLifetime)
    }

    mutating func add(
      _ paths: [String], _ subject: WebDAVSubject = .files, deadline: ContinuousClock.Instant? = nil
    ) throws -> Answers {
      let answers = Answers()
      lastID += 1
      let names = try paths.map { path in
        let pfn = try #require(PFN("https://h:1094/\(path)"))
        return try WebDAVName.of(DeletionTarget(lfn: "/\(path)", pfn: pfn))
      }
      let job = WebDAVJob(
        .init(
          id: lastID, names: names, subject: subject, credential: .none, deadline: deadline, watch: nil,
          reply: { answers.take($0) }))
      batches.add(job)
      plan.plan(job, names.enumerated().map { WebDAVErrand(job: job, index: $0, name: $1) })
      return answers
    }

    /// What is to be sent, in words, and all of it taken out.
    mutating func sent() -> [String] {
      var words: [String] = []
      while let work = plan.next() {
        switch work {
        case .askServer(let folder): words.append("ask \(folder ?? "nothing")")
        case .list(let folder, let wanted): words.append("list \(folder) \(wanted)")
        case .look(let errand): words.append("look \(errand.name.target)")
        case .delete(let errand): words.append("delete \(errand.name.target)")
        }
      }
      return words
    }

    mutating func learnServer(_ name: String) {
      plan.learnServer(WebDAVReply(status: 200, signs: WebDAVPlanTests.signs(name)))
    }
  }

  static func signs(_ server: String) -> ServerKind.Signs {
    switch server {
    case "nginx":
      .init(
        status: 200, server: "nginx", dav: ["1"],
        allow: "GET,HEAD,PUT,DELETE,MKCOL,COPY,MOVE,PROPFIND,OPTIONS")
    case "xrootd":
      .init(status: 200, server: "XrootD/v5.5.3", allow: "HEAD,GET,PUT,PROPFIND,DELETE,OPTIONS")
    default: .init(status: 200, server: server)
    }
  }

  static func listing(_ names: String...) -> WebDAVReply {
    WebDAVReply(
      status: 207,
      members: names.map {
        .init(href: Array("/d/\($0)".utf8), status: 200, isCollection: $0.hasPrefix("dir"))
      })
  }

  static let folder = "https://h:1094/d/"

  @Test func `the server is asked once what it is`() throws {
    var desk = Desk()
    _ = try desk.add(["d/a", "e/b"])
    _ = try desk.add(["e/c"])
    #expect(desk.sent() == ["ask \(Self.folder)"])
    desk.learnServer("nginx")
    #expect(desk.sent() == ["delete /d/a", "delete /e/b", "delete /e/c"])
  }

  @Test func `one name is looked at, several by their directory`() throws {
    var desk = Desk()
    desk.learnServer("other")
    _ = try desk.add(["d/a", "e/b", "d/c"])
    #expect(desk.sent() == ["list \(Self.folder) 2", "look /e/b"])
    // Who comes while it is listed waits too.
    let late = try desk.add(["d/dir"])
    #expect(desk.sent() == [])
    desk.plan.learn(Self.folder, Self.listing("a", "dir"))
    #expect(desk.sent() == ["delete /d/a", "look /d/c"])
    #expect(late.words == ["permanent"] && late.first?.error == .isDirectory)
  }

  @Test func `a directory that cannot be listed has its names looked at`() throws {
    for reply in [
      WebDAVReply(status: 403), WebDAVReply(status: 207), WebDAVReply(status: 207, isTooLong: true),
      WebDAVReply(trouble: .noAnswerInTime, isTooLong: true),
    ] {
      var desk = Desk()
      desk.learnServer("other")
      _ = try desk.add(["d/a", "d/b"])
      _ = desk.sent()
      desk.plan.learn(Self.folder, reply)
      #expect(desk.sent() == ["look /d/a", "look /d/b"])
      // It is known for the next batch.
      _ = try desk.add(["d/c", "d/e"])
      #expect(desk.sent() == ["look /d/c", "look /d/e"])
    }
  }

  @Test func `trouble with a listing is everyone's, and one sign for the pacer`() throws {
    for (reply, word) in [
      (WebDAVReply(trouble: .noAnswerInTime), "transient"), (WebDAVReply(status: 503), "overload"),
    ] {
      var desk = Desk()
      desk.learnServer("other")
      let answers = try desk.add(["d/a", "d/b"])
      _ = desk.sent()
      desk.plan.learn(Self.folder, reply)
      #expect(answers.words == [word, word] && answers.first?.error?.isAmbiguous == false)
      #expect(desk.pacer.heard.load(ordering: .relaxed) == 1)
    }
  }

  @Test func `what is known of a directory grows old`() throws {
    var desk = Desk(lookLifetime: .zero)
    desk.learnServer("other")
    _ = try desk.add(["d/a", "d/b"])
    #expect(desk.sent() == ["list \(Self.folder) 2"])
    desk.plan.learn(Self.folder, Self.listing("a", "b"))
    // Too old at once, for each of the two: the rest of the queue counts as wanted.
    #expect(desk.sent() == ["list \(Self.folder) 2"])
  }

  @Test func `who does not say what he is is asked again`() throws {
    var desk = Desk()
    let directories = try desk.add(["d/a"], .emptyDirectories)
    _ = try desk.add(["d/b"])
    _ = desk.sent()
    desk.plan.learnServer(WebDAVReply(status: 403))
    #expect(directories.words == ["auth"])
    #expect(desk.sent() == ["look /d/b"])
    _ = try desk.add(["e/c"])
    #expect(desk.sent() == ["ask https://h:1094/e/"])
  }

  @Test func `a server without an answer is no server yet`() throws {
    var desk = Desk()
    let answers = try desk.add(["d/a", "d/b"])
    _ = desk.sent()
    desk.plan.learnServer(WebDAVReply(trouble: .noAnswerInTime))
    #expect(answers.words == ["transient", "transient"] && answers.first?.error?.isAmbiguous == false)
    #expect(desk.pacer.heard.load(ordering: .relaxed) == 1)
  }

  static let servers: [(server: String, sent: [String], words: [String]?)] = [
    ("nginx", [], ["permanent"]), ("other", [], ["permanent"]), ("xrootd", ["look /d/a"], nil),
  ]

  @Test(arguments: servers.indices) func `directories are removed of XRootD only`(_ index: Int) throws {
    let row = Self.servers[index]
    var desk = Desk()
    desk.learnServer(row.server)
    let answers = try desk.add(["d/a"], .emptyDirectories)
    #expect(desk.sent() == row.sent && answers.words == row.words, "\(row.server)")
  }

  @Test func `giving up answers what was not sent`() throws {
    var desk = Desk()
    desk.learnServer("nginx")
    let answers = try desk.add(["d/a", "d/b"])
    guard case .delete(let errand)? = desk.plan.next() else {
      Issue.record("nothing to send")
      return
    }
    errand.job.begin(errand.index)
    desk.plan.giveUp(.noAnswerInTime)
    #expect(desk.sent() == [] && answers.words == nil)
    desk.batches.settle(errand, .deleted, seconds: 0)
    #expect(answers.words == ["deleted", "transient"] && desk.batches.all.isEmpty)
  }

  @Test func `what cannot be begun fails`() throws {
    var desk = Desk()
    desk.learnServer("other")
    let listed = try desk.add(["d/a", "d/b"])
    desk.plan.fail(.list(folder: Self.folder, wanted: 2), .outOfHandles)
    #expect(listed.words == ["fatal", "fatal"])
    // Its request is still in the queue, but there is nobody left to ask it for; what comes later asks itself.
    _ = desk.sent()
    _ = try desk.add(["d/a", "d/b"])
    #expect(desk.sent() == ["list \(Self.folder) 2"])
  }

  @Test func `batches end at their deadlines`() throws {
    var desk = Desk()
    desk.learnServer("nginx")
    let now = ContinuousClock.now
    let first = try desk.add(["d/a"], deadline: now + .seconds(1))
    let second = try desk.add(["d/b"], deadline: now + .seconds(2))
    #expect(desk.batches.firstDeadline == now + .seconds(1))
    #expect(desk.batches.late(at: now).isEmpty)
    for job in desk.batches.late(at: now + .seconds(1)) { desk.batches.end(job) }
    #expect(first.words == ["transient"] && second.words == nil)
    #expect(desk.batches.firstDeadline == now + .seconds(2))
    #expect(desk.sent() == ["delete /d/b"])
  }
}
