import ByteStreams
import CommandSupport
import FoundationEssentials
import HTTPTransport
import JobReports
import Logging
import Synchronization
import TestServers
import TestSupport
import Testing

@testable import swab

/// The log on its way to an HTTP collector.
@Suite("Log shipping")
struct LogShippingTests {
  private struct Line: Decodable {
    let content: String
    let host: String?
    let jobId: String?
    let event: String?
    let exitCode: Int?
    let deleted: Int?
    let lines: Int?
  }

  /// What a collector has taken, and what it is to say.
  private final class Collector: Sendable {
    private let texts = Mutex<[[UInt8]]>([])
    let answers: Mutex<[ScriptedServer.Reply]>

    /// - Parameter answers: one after the other; the last one for ever.
    init(_ answers: [ScriptedServer.Reply]) { self.answers = Mutex(answers) }

    func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Reply {
      let reply = answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
      texts.withLock { $0.append(request.body) }
      return reply
    }

    /// How many shipments came, taken or not.
    var count: Int { texts.withLock { $0.count } }

    /// The lines of the shipments from one on.
    func lines(from first: Int = 0) throws -> [Line] {
      try texts.withLock { $0.dropFirst(first) }.flatMap { body in
        var source = try sniffed(MemorySource(body))
        return try ReferenceData.lines(source.collect(limit: 1 << 24) ?? [], as: Line.self)
      }
    }
  }

  private func start(_ answers: [ScriptedServer.Reply]) throws -> (Collector, ScriptedServer) {
    let collector = Collector(answers)
    return (collector, try ScriptedServer { collector.answer($0) })
  }

  /// What was said of lost lines.
  private final class Messages: LogHandler, Sendable {
    let texts = Mutex<[String]>([])
    var logLevel: Logger.Level {
      get { .warning }
      set {}
    }
    var metadata: Logger.Metadata {
      get { [:] }
      set {}
    }
    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
      get { nil }
      set {}
    }
    func log(event: LogEvent) { texts.withLock { $0.append("\(event.message)") } }
    var all: [String] { texts.withLock { $0 } }
  }

  private func shipper(
    to url: String, _ messages: Messages, tokenFile: String? = nil, environment: [String: String] = [:],
    _ change: (inout LogShipper.Limits) -> Void = { _ in }
  ) throws -> LogShipper {
    // The pauses of a real run would be those of the test.
    var limits = LogShipper.Limits(interval: 0.02, longestPause: 0.05, answer: 100, end: 100)
    change(&limits)
    let job = JobReport.Job(host: "node", user: "u", pid: 7, started: "")
    let header = ReportHeader(
      tool: .init(name: "swab", version: "0", commit: "0"), job: job,
      request: .init(
        sources: [], rse: nil, allow: [], protected: .init(files: [], entries: 0), dryRun: false, retries: 0,
        timeout: 1, deadline: nil, concurrency: nil), routes: [])
    return LogShipper(
      to: try HTTPURL(url), tokenFile: tokenFile, header, environment: environment,
      log: Logger(label: "test") { _ in messages }, limits: limits)
  }

  @Test func aWholeRun() async throws {
    let (collector, server) = try start([.init(204)])
    let site = try Site()
    let job = site.write(
      "job.json",
      #"{"schema":"swab.job/1","jobId":"0007","lists":["l"],"options":{"logUrl":"http://127.0.0.1:\#(server.port)/x"}}"#
    )
    site.write("l", ["a", "b"].map { site.put($0) + "\n" }.joined() + "/store/user/x\n")
    let result = try await site.swab(["delete", "--job", job, "-vv", "--progress", "on"])
    #expect(result.code == 1 && !result.errors.contains("not taken"), "\(result.errors)")
    let lines = try collector.lines()
    #expect(lines.allSatisfy { $0.jobId == "0007" && $0.host?.isEmpty == false })
    #expect(lines.first?.event == "begin" && lines.count(where: { $0.content == "deleted" }) == 2)
    #expect(lines.contains { $0.event == "progress" })
    let end = try #require(lines.last)
    #expect(end.event == "end" && end.exitCode == 1 && end.deleted == 2)
    let request = try #require(server.received.first)
    #expect(request.method == "POST" && request.path == "/x")
    #expect(request.fields["content-encoding"] == "gzip" && request.fields["authorization"] == nil)
  }

  /// Why a run ends without having begun its work is shipped, too; a collector that can't be reached changes nothing.
  @Test func anErrorAndADeadCollector() async throws {
    let (collector, server) = try start([.init(200)])
    let site = try Site()
    let url = "http://127.0.0.1:\(server.port)/"
    let failed = try await site.swab(["delete", "--from", site.write("empty", ""), "--log-url", url])
    #expect(failed.code == 65)
    #expect(try collector.lines().last?.exitCode == 65)

    let report = site.path("r.json")
    let deaf = try await site.swab([
      "delete", site.put("a"), "--report", report, "--log-url", "http://127.0.0.1:1/",
    ])
    #expect(deaf.code == 0 && !site.has("/store/unmerged/a"))
    #expect(
      deaf.errors.contains(/2 log lines were not taken by http:\/\/127.0.0.1:1: .+/), "\(deaf.errors)")
    #expect(try Report(report).status == "complete")
    let other = try ScriptedServer { _ in .init(raw: "SSH-2.0-OpenSSH_9.2\r\n\r\n") }
    let foreign = try await site.swab([
      "delete", site.put("a"), "--log-url", "http://127.0.0.1:\(other.port)/",
    ])
    #expect(foreign.code == 0 && foreign.errors.contains("the answer is no HTTP"), "\(foreign.errors)")
  }

  /// A collector that hangs, that does not know us, that dies between two shipments, that takes some: its answers, and
  /// which of the two lines it has in the end.
  private static let illnesses: [(answers: [ScriptedServer.Reply], taken: [String], lost: Int)] = [
    ([.init(503), .init(503), .init(200)], ["one", "two"], 0),
    ([.swallowed, .swallowed, .init(200)], ["one", "two"], 0),
    ([.init(401, body: "who are you"), .init(204)], ["one", "two"], 0),
    ([.init(413), .init(200)], ["1 log lines before this were lost", "two"], 1),
  ]

  @Test(arguments: illnesses)
  private func illness(answers: [ScriptedServer.Reply], taken: [String], lost: Int) async throws {
    let (collector, server) = try start(answers)
    let messages = Messages()
    let shipper = try shipper(to: "http://127.0.0.1:\(server.port)/l", messages)
    shipper.add(LogLine(.info, "one"))
    try await Waiting.wait(until: "the collector was asked as often as it fails") {
      collector.count >= answers.count - 1
    }
    shipper.add(LogLine(.info, "two"))
    shipper.finish()
    #expect(try collector.lines(from: answers.count - 1).map(\.content) == taken)
    #expect(
      messages.all.count == (lost > 0 ? 1 : 0)
        && messages.all.allSatisfy { $0.hasPrefix("\(lost) log lines") })
  }

  /// Only the end waits for it, and not for ever.
  @Test func aCollectorThatHangs() async throws {
    let hole = try BlackHole()
    let messages = Messages()
    let shipper = try shipper(to: "http://127.0.0.1:\(hole.port)/", messages) { $0.end = 0.1 }
    shipper.add(LogLine(.info, "one"))
    try await hole.waitForConnection()
    for _ in 0..<1000 { shipper.add(LogLine(.info, "more")) }
    shipper.finish()
    #expect(messages.all.count == 1)
    #expect(
      messages.all.allSatisfy { $0.contains("were not taken by http://127.0.0.1:") && $0.contains("in time") }
    )
  }

  /// What a collector does not take is kept as far as there is room; of the rest it is told how much it was.
  @Test func boundedMemory() async throws {
    let (collector, server) = try start([.init(503)])
    let messages = Messages()
    let shipper = try shipper(to: "http://127.0.0.1:\(server.port)/", messages) {
      ($0.kept, $0.batch) = (100_000, 20_000)
    }
    let total = 10_000
    for number in 0..<total { shipper.add(LogLine(.info, "line \(number)")) }
    try await Waiting.wait(until: "it was refused") { collector.count > 0 && shipper.problem != nil }
    let refused = collector.count
    collector.answers.withLock { $0 = [.init(200)] }
    shipper.finish()
    // A shipment may have been refused after the count was taken; its lines came again.
    var kept: [String] = []
    var lost = 0
    for line in try collector.lines(from: refused) {
      if line.event == "lost" { lost = max(lost, line.lines ?? 0) } else { kept.append(line.content) }
    }
    let names = Set(kept)
    #expect(names.contains("line \(total - 1)") && !names.contains("line 0"))
    #expect(names.count + lost == total && names.count * 100 < 100_000)
    #expect(messages.all.first?.hasPrefix("\(lost) log lines were not taken") == true, "\(messages.all)")
  }

  /// A token is read anew for each shipment, and shown over https only.
  @Test func aToken() async throws {
    let pki = try ServerPKI()
    let server = try StorageServer.lists(
      pki,
      locations:
        #"location /log { if ($http_authorization != "Bearer abc.def") { return 401; } return 204; }"#)
    let site = try Site()
    Disk.makeDirectory(site.path("creds"))
    site.write("creds/log.use", "wrong\n")
    let messages = Messages()
    let shipper = try shipper(
      to: server.prefix("https", endpoint: "https") + "/log", messages, tokenFile: "log.use",
      environment: ["X509_CERT_DIR": pki.authorities, "_CONDOR_CREDS": site.path("creds")])
    shipper.add(LogLine(.info, "one"))
    try await Waiting.wait(until: "it was refused") { shipper.problem?.hasPrefix("HTTP 401") == true }
    site.write("creds/log.use", " abc.def\n")
    shipper.finish()
    #expect(messages.all.isEmpty, "\(messages.all)")
  }

  private static let wrong = [
    ["--log-url", "ftp://h/"], ["--log-url", "https://u:p@h/"], ["--log-url", "https://h/?token=x"],
    ["--log-token-file", "t"], ["--log-url", "http://h/", "--log-token-file", "t"],
  ]

  @Test(arguments: wrong) func wrongOptions(options: [String]) async throws {
    let site = try Site()
    let result = try await site.swab(["delete", site.put("a")] + options)
    #expect(result.code == 64 && result.errors.contains("--log-url"), "\(result.errors)")
    #expect(site.has("/store/unmerged/a") && !result.errors.contains("token=x"))
  }
}
