import FoundationEssentials
import Synchronization
import TestServers
import TestSupport
import Testing

extension WholeExecutable {
  /// Doors that limit their clients: what they allow is used, and little is refused. Everything is held against the
  /// server's own account. That at least 0.9 of the limit is reached is proven with a made-up clock (`LimiterModel`); here
  /// the bounds are wide, as a slow machine sends less than it may.
  @Suite(.serialized) struct LimitTests {
    private struct Listed {
      let directory: TemporaryDirectory
      let lfns: [String]
      var path: String { directory.path + "/list" }

      init(_ count: Int, _ name: String = "limit") throws {
        directory = try TemporaryDirectory()
        lfns = (0..<count).map { "/store/unmerged/\(name)/f\($0).root" }
        Disk.write(path, lfns.map { $0 + "\n" }.joined())
      }
    }

    private func delete(_ list: Listed, at prefix: String, _ arguments: [String] = []) async throws
      -> DeleteCall
    {
      try await DeleteCall(
        list.lfns.count, from: [list.path], site: nil,
        ["--override", "command=gfal2,lfn-prefix=\(prefix),phedex-node=T2_XX_Test"] + arguments)
    }

    struct Row: Sendable, CustomTestStringConvertible {
      let testDescription: String
      let rate: Double
      let burst: Double
      var latency = Duration.zero
      var retryAfter: ClosedRange<Int>?
    }

    static let rates = [
      Row(testDescription: "a second's worth at once, as dCache", rate: 100, burst: 100),
      Row(
        testDescription: "the same with Retry-After, far away", rate: 100, burst: 100,
        latency: .milliseconds(30),
        retryAfter: 1...4),
      Row(testDescription: "little at once", rate: 100, burst: 10),
    ]

    @Test(arguments: rates) func `requests a second`(_ row: Row) async throws {
      let list = try Listed(1200)
      let server = try LimitingServer(
        .rate(row.rate, burst: row.burst), files: list.lfns, latency: row.latency, retryAfter: row.retryAfter)
      let call = try await delete(list, at: server.prefix)
      let account = server.account
      #expect(call.report.summary.deleted == 1200 && server.files.isEmpty)
      #expect(account.refusedShare <= 0.05, "\(account.refused.count) of \(account.accepted.count)")
      // From when it should be found until the last few wait for their next attempt.
      let end = account.accepted.sorted()[1150]
      #expect(account.rate(from: 3, to: end) >= 0.4 * row.rate, "\(account.rate(from: 3, to: end))")
      let pace = try #require(call.report.storage.first?.pace)
      #expect(pace.kind == "rate" && pace.inFlight == nil)
      #expect((0.4 * row.rate...1.6 * row.rate).contains(pace.ratePerSecond ?? 0), "\(pace)")
      #expect(pace.refused == account.refused.count)
    }

    @Test func `requests in flight`() async throws {
      let list = try Listed(1200)
      let server = try LimitingServer(.inFlight(4), files: list.lfns, latency: .milliseconds(30))
      let call = try await delete(list, at: server.prefix)
      let account = server.account
      #expect(call.report.summary.deleted == 1200)
      #expect(account.refusedShare <= 0.05, "\(account.refused.count) of \(account.accepted.count)")
      let end = account.accepted.sorted()[1150]
      // A slow machine's clients leave room.
      #expect(account.busy / end >= 0.25 * 4, "\(account.busy / end) in flight")
    }

    @Test func `four processes at one endpoint share what it allows`() async throws {
      let lists = try (0..<4).map { try Listed(400, "share\($0)") }
      let server = try LimitingServer(.rate(100, burst: 100), files: lists.flatMap(\.lfns))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for list in lists {
          group.addTask {
            let call = try await delete(list, at: server.prefix)
            #expect(call.report.summary.deleted == 400)
          }
        }
        try await group.waitForAll()
      }
      let account = server.account
      #expect(account.refusedShare <= 0.08, "\(account.refused.count) of \(account.accepted.count)")
      let mine = (0..<4).map { account.acceptedIn["/store/unmerged/share\($0)", default: []].sorted() }
      // While all of them are there and have much left to do.
      let begin = 2 + (mine.compactMap(\.first).max() ?? 0)
      let end = mine.map { $0.count > 350 ? $0[350] : 0 }.min() ?? 0
      guard end > begin + 2 else { return }
      #expect(account.rate(from: begin, to: end) >= 30, "\(account.rate(from: begin, to: end))")
      let counts = mine.map { times in times.count { (begin..<end).contains($0) } }
      for count in counts { #expect(Double(count) >= 0.02 * Double(counts.reduce(0, +)), "\(counts)") }
    }

    @Test func `an endpoint without a limit has none`() async throws {
      let list = try Listed(500)
      let server = try LimitingServer(.none, files: list.lfns)
      let call = try await delete(list, at: server.prefix)
      #expect(call.report.summary.deleted == 500)
      let pace = try #require(call.report.storage.first?.pace)
      #expect(pace.kind == "none" && pace.refused == 0 && pace.requests >= 500)
      #expect(pace.ratePerSecond == nil && pace.inFlight == nil)
    }

    @Test func `an endpoint that refuses the credential is not asked three times in twenty seconds`()
      async throws
    {
      let list = try Listed(30)
      let server = try LimitingServer(.afterUnauthorized(seconds: 10), files: list.lfns, token: "another")
      let call = try await delete(list, at: server.prefix)
      let account = server.account
      #expect(call.result.code == 77, "\(call.result.messages)")
      #expect(call.report.summary.deleted == 0 && account.accepted.isEmpty)
      #expect(call.report.files.allSatisfy { $0.error?.class == "auth" })
      for moment in account.unauthorized {
        #expect(account.unauthorized.count { (moment - 20..<moment).contains($0) } < 2)
      }
      #expect(account.refused.isEmpty)
    }

    static let directives = [
      ("limit_req_zone $binary_remote_addr zone=z:1m rate=50r/s;", "limit_req zone=z burst=10 nodelay;"),
      ("limit_req_zone $binary_remote_addr zone=z:1m rate=50r/s;", "limit_req zone=z burst=10;"),
      ("limit_conn_zone $binary_remote_addr zone=z:1m;", "limit_conn z 3;"),
    ]

    @Test(arguments: directives.indices) func `a real nginx`(_ index: Int) async throws {
      let list = try Listed(500)
      let behind = try LimitingServer(.none, files: list.lfns, latency: .milliseconds(20))
      let log = list.directory.path + "/status"
      let (zone, rule) = Self.directives[index]
      let nginx = try StorageServer.limitingNginx(zone, rule, before: behind.port, log: log)
      let call = try await delete(list, at: nginx.prefix("http"))
      #expect(call.report.summary.deleted == 500 && behind.files.isEmpty)
      let statuses = Disk.read(log).split(separator: "\n")
      let refused = statuses.count { $0 == "429" }
      #expect(statuses.count > 500 && Double(refused) <= 0.06 * Double(statuses.count), "\(rule) \(refused)")
      if index < 2 {
        let account = behind.account
        let end = account.accepted.sorted()[450]
        #expect(account.rate(from: 3, to: end) >= 0.35 * 50, "\(rule) \(account.rate(from: 3, to: end))")
      }
    }

    /// The bucket of a server that answers `kXR_wait`.
    private final class Bucket: Sendable {
      private let state = Mutex((tokens: 50.0, last: ContinuousClock.now, allowed: [Double](), waits: 0))
      private let start = ContinuousClock.now
      private let rate = 50.0

      func take() -> Bool {
        state.withLock { state in
          let now = ContinuousClock.now
          state.tokens = min(50, state.tokens + (now - state.last) / .seconds(1) * rate)
          state.last = now
          guard state.tokens >= 1 else {
            state.waits += 1
            return false
          }
          state.tokens -= 1
          state.allowed.append((now - start) / .seconds(1))
          return true
        }
      }

      var allowed: [Double] { state.withLock { $0.allowed } }
      var waits: Int { state.withLock { $0.waits } }
    }

    @Test func `kXR_wait`() async throws {
      let list = try Listed(600)
      let bucket = Bucket()
      let server = try ScriptedXRootD { request, _ in
        if let setup = ScriptedXRootD.setup(request) { return setup }
        switch request.code {
        case 3022: return [.reply(0, request.text.split(separator: "\n").map { _ in 0 })]
        case 3017: return [.reply(0, XRootDFrames.file)]
        case 3014: return [bucket.take() ? .reply(0, []) : .reply(4005, XRootDFrames.number(1))]
        default: return [.reply(0, [])]
        }
      }
      let call = try await delete(list, at: server.prefix)
      #expect(call.report.summary.deleted == 600, "\(call.result.messages)")
      let allowed = bucket.allowed
      #expect(Double(bucket.waits) <= 0.06 * Double(allowed.count + bucket.waits), "\(bucket.waits)")
      let end = allowed.sorted()[550]
      let rate = Double(allowed.count { $0 >= 3 && $0 < end }) / max(0.1, end - 3)
      #expect(rate >= 0.35 * 50, "\(rate)")
      #expect(call.report.storage.first?.pace?.kind == "rate")
      server.stop()
    }
  }
}
