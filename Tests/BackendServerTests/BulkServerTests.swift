import BackendDCacheBulk
import Credentials
import DeletionModel
import Synchronization
import TestServers
import TestSupport
import Testing

/// dCache's bulk service with its limits and its faults, scripted after dCache's sources.
@Suite struct BulkServerTests {
  /// Stands for the backend of the door: it knows what is there, and is told what it is left.
  private final class DoorBackend: BatchAnswering {
    let name = "door"
    let traits = BackendTraits(batchLimit: 1000)
    private let frontend: BulkFrontend
    private let asked = Mutex<[String]>([])

    init(_ frontend: BulkFrontend) { self.frontend = frontend }

    var all: [String] { asked.withLock { $0 } }

    func answer(_ batch: Batch) async -> [Answer] {
      batch.targets.map { target in
        asked.withLock { $0.append(target.pfn.path) }
        return Answer(frontend.files.contains(target.pfn.path) ? .deleted : .absent)
      }
    }
  }

  /// What is deleted in a test: files that are there, and behind them some that are not.
  private struct Setting {
    let frontend: BulkFrontend
    let door: DoorBackend
    let there: [String]
    let missing: [String]
    let notices = Notices()

    final class Notices: Sendable {
      private let texts = Mutex<[String]>([])
      func add(_ text: String) { texts.withLock { $0.append(text) } }
      var all: [String] { texts.withLock { $0 } }
    }

    init(_ files: Int, missing: Int = 0, _ change: (inout BulkServiceScript.Faults) -> Void = { _ in }) throws
    {
      var faults = BulkServiceScript.Faults()
      change(&faults)
      there = (0..<files).map { "/pnfs/site/store/unmerged/d\($0 % 3)/f\($0)" }
      self.missing = (0..<missing).map { "/pnfs/site/store/unmerged/d0/none\($0)" }
      frontend = try BulkFrontend(files: Set(there), faults)
      door = DoorBackend(frontend)
    }

    var targets: [DeletionTarget] {
      get throws {
        try (there + missing).map { path in
          try target("http://127.0.0.1:2880/pnfs/site", String(path.dropFirst("/pnfs/site".utf8.count)))
        }
      }
    }

    func delete(
      patience: DCacheBulkBackend.Patience = BulkStorages.quick, requestLimit: Duration = .seconds(600),
      notes: RunNotes = RunNotes()
    ) async throws -> [Answer] {
      let bulk = try BulkStorages.backend(
        frontend, patience: patience, notes: notes, requestLimit: requestLimit, onNotice: notices.add)
      let both = HandingOver(bulk, to: door) { _ in }
      var answers: [Answer] = []
      var rest = try targets[...]
      while !rest.isEmpty {
        answers += await both.delete(batch: Array(rest.prefix(500)), deadline: .seconds(Waiting.limit))
        rest = rest.dropFirst(500)
      }
      return answers
    }

    /// Every file was deleted by the service, and asked for once; what was not there is absent.
    func expectAllDeletedOnce(_ answers: [Answer]) {
      let expected = there.map { _ in "deleted" } + missing.map { _ in "absent" }
      #expect(answers.map(\.word) == expected)
      #expect(frontend.files.isEmpty && frontend.deletions.values.allSatisfy { $0 == 1 })
      #expect(frontend.deletions.count == there.count + missing.count)
      #expect(door.all.isEmpty && notices.all.isEmpty)
    }
  }

  private static let impatient = DCacheBulkBackend.Patience(
    stallLimit: .milliseconds(300), cancelLimit: .milliseconds(100), firstPause: .milliseconds(5),
    longestPause: .milliseconds(20))

  @Test func `500 files are three requests besides the first question, and nothing is left behind`()
    async throws
  {
    let setting = try Setting(480, missing: 20)
    setting.expectAllDeletedOnce(try await setting.delete())
    #expect(setting.frontend.received("POST").count == 1 && setting.frontend.received("GET").count == 2)
    #expect(setting.frontend.requests == 0)
  }

  @Test func `a frontend that asks for patience at the first question gets it`() async throws {
    let setting = try Setting(10) { $0.busy = 2 }
    setting.expectAllDeletedOnce(try await setting.delete())
  }

  @Test(arguments: [413, 400]) func `a service with a lower limit gets smaller requests`(_ status: Int)
    async throws
  {
    let setting = try Setting(900) { ($0.targetLimit, $0.tooLong) = (70, status) }
    setting.expectAllDeletedOnce(try await setting.delete())
    // 500, 250, 125 are too many, and 62 is not forgotten for the next batch.
    #expect(setting.frontend.received("POST").count == 3 + 9 + 7)
  }

  @Test func `429 is waited out`() async throws {
    let setting = try Setting(100, missing: 5) { $0.refusals = 3 }
    setting.expectAllDeletedOnce(try await setting.delete())
    #expect(setting.frontend.received("POST").count == 4)
  }

  @Test func `outcomes are read page by page`() async throws {
    let setting = try Setting(300, missing: 7) { ($0.page, $0.pace) = (40, 25) }
    setting.expectAllDeletedOnce(try await setting.delete())
  }

  @Test func `a request whose answer is lost is found again and not sent twice`() async throws {
    let setting = try Setting(200, missing: 3) { $0.lostAnswers = 1 }
    setting.expectAllDeletedOnce(try await setting.delete())
    #expect(setting.frontend.received("POST").count == 1)
  }

  /// The fault, whether the service gets to half of the files before, and what the report says of it.
  static let dead: [(fault: @Sendable (inout BulkServiceScript.Faults) -> Void, done: Int, notice: String)] =
    [
      ({ $0.isStuck = true }, 0, "made no progress and was cancelled; it said last: QUEUED"),
      ({ ($0.targetsLeft, $0.pace) = (50, 10) }, 50, "it said last: STARTED"),
      ({ ($0.targetsLeft, $0.pace, $0.cancellation) = (50, 10, 500) }, 50, "it said last: STARTED"),
      ({ $0.refusals = 1_000_000 }, 0, "1000:1000"), ({ $0.hangs = true }, 0, "timed out"),
      ({ $0.isOld = true }, 0, "archived not found"),
    ]

  @Test(arguments: dead.indices) func `a service that does not work leaves the files to another backend`(
    _ index: Int
  ) async throws {
    let row = Self.dead[index]
    let setting = try Setting(100, row.fault)
    let answers = try await setting.delete(patience: Self.impatient, requestLimit: .milliseconds(200))
    #expect(answers.allSatisfy { $0.kind == .deleted })
    #expect(answers.count(where: { $0.backend == "door" }) == 100 - row.done)
    #expect(setting.door.all.count == 100 - row.done && Set(setting.door.all) == setting.frontend.files)
    #expect(setting.notices.all.count == 1 && setting.notices.all.first?.contains(row.notice) == true)
    // Nothing more is sent there.
    let posts = setting.frontend.received("POST").count
    #expect(posts <= (row.done > 0 ? 1 : 60))
  }

  @Test func `what is missing after a service that was lost may have been deleted by it`() async throws {
    let setting = try Setting(60) { $0.forgets = true }
    let answers = try await setting.delete()
    // The service has deleted all; nobody but the caller can say so.
    #expect(answers.allSatisfy { $0.kind == .absent && $0.mayHaveBeenDeleted == true })
  }

  @Test func `that nothing is there is not believed of a frontend with other names`() async throws {
    let setting = try Setting(100) { $0.knowsNothing = true }
    let answers = try await setting.delete()
    #expect(answers.allSatisfy { $0.kind == .deleted && $0.backend == "door" })
    #expect(setting.notices.all.count == 1)
  }

  @Test func `a run that ends cancels its request and says what was done`() async throws {
    let setting = try Setting(400) { $0.pace = 40 }
    let bulk = try BulkStorages.backend(
      setting.frontend,
      patience: .init(firstPause: .milliseconds(50), longestPause: .milliseconds(50)))
    let targets = try setting.targets
    let task = Task { await bulk.delete(batch: targets, deadline: .none) }
    try await Waiting.wait(until: "some are deleted") { setting.frontend.files.count < 400 }
    task.cancel()
    let answers = await task.value
    let deleted = answers.count(where: { $0.kind == .deleted })
    #expect(deleted == 400 - setting.frontend.files.count && deleted > 0 && deleted < 400)
    #expect(answers.allSatisfy { $0.kind == .deleted || $0.error?.isUntried == true })
    #expect(setting.frontend.received("PATCH").count == 1)
  }

  /// A run that was killed while its request was in flight, or while it was on its way: what the next one finds written
  /// down.
  @Test(arguments: [false, true]) func `a run after a kill finds the request and does not send it again`(
    _ isAnswerLost: Bool
  ) async throws {
    // What is killed here lives on, and would clear its request.
    let setting = try Setting(300, missing: 30) { ($0.pace, $0.keepsAll) = (20, true) }
    let written = Mutex<[String: String]>([:])
    let notes = RunNotes()
    notes.attach(earlier: [:]) { text, name in
      // Cut off by the kill.
      if isAnswerLost, !text.hasSuffix(" -"), !text.isEmpty { return true }
      written.withLock { $0[name] = text.isEmpty ? nil : text }
      return true
    }
    let first = try BulkStorages.backend(setting.frontend, notes: notes)
    let targets = try setting.targets
    let killed = Task { await first.delete(batch: targets, deadline: .none) }
    try await Waiting.wait(until: "some are deleted") { setting.frontend.files.count < 300 }
    // What is written down after this moment is not: the process is dead.
    let earlier = written.withLock { $0 }
    #expect(earlier.count == 1)
    let again = RunNotes()
    again.attach(earlier: earlier) { _, _ in true }
    let answers = try await setting.delete(notes: again)
    _ = await killed.value
    let words = setting.there.map { _ in "deleted" } + setting.missing.map { _ in "absent" }
    #expect(answers.map(\.word) == words)
    #expect(answers.suffix(30).allSatisfy { $0.mayHaveBeenDeleted == false })
    #expect(setting.frontend.received("POST").count == 1)
    #expect(setting.frontend.deletions.values.allSatisfy { $0 == 1 })
  }

  /// What the door's document names, and whether that is used.
  @Test(arguments: [false, true])
  func `a door is asked for its frontend, which is shown the token of the door`(
    _ isOld: Bool
  ) async throws {
    var faults = BulkServiceScript.Faults()
    faults.isOld = isOld
    let frontend = try BulkFrontend(files: ["/store/unmerged/f"], faults)
    let server = try StorageServer.nginxDCache(WebDAVStorages.pki.get(), before: frontend, tokens: true)
    let shown = Mutex<[CredentialUse]>([])
    let frontends = DCacheFrontends()
    let bulk = DCacheBulkBackend(
      time: testTime, pacer: FixedPacer(limit: 10), credentials: FixedCredential(WebDAVStorages.token),
      settings: .init(
        frontends: frontends, caDirectory: try WebDAVStorages.pki.get().authorities,
        onCredentialShown: { use in shown.withLock { $0.append(use) } }))
    let door = server.prefix("davs", endpoint: "https+bearer")
    let plain = server.prefix("http", endpoint: "http")
    await bulk.discover([door, plain], limit: .seconds(Waiting.limit))
    #expect((frontends[door: door] != nil) == !isOld && frontends[door: plain] == nil)
    let answer = await bulk.delete(try target(door, "/store/unmerged/f"), deadline: .seconds(Waiting.limit))
    #expect(answer.word == (isOld ? "endpoint" : "deleted"))
    #expect(Set(shown.withLock { $0 }.map(\.kind)) == [.token])
    #expect(shown.withLock { $0 }.allSatisfy { $0.endpoint == door })
  }
}
