import ByteStreams
import CommandSupport
import Credentials
import DeletionModel
import Dispatch
import HTTPTransport
import JobReports
import Logging
import Synchronization
import SystemPackage
import Threads

/// Sends log lines to an HTTP collector, many at a time and gzipped, from a thread of its own.
///
/// Nothing waits for the collector but the end of the process, and that not for long. Lines that it does not take in time
/// are dropped, the oldest first, and counted.
final class LogShipper: LogSink {
  /// How much and how long. Seconds, bytes.
  struct Limits: Sendable {
    /// Between two shipments.
    var interval = 5.0
    /// The longest pause after failures; it doubles up to this.
    var longestPause = 300.0
    /// What is shipped at once, before it is packed.
    var batch = 256 << 10
    /// What is kept.
    var kept = 1 << 20
    /// How long one shipment may take.
    var answer = 10.0
    /// How long the end of the process may wait.
    var end = 5.0
  }

  private struct State {
    var text: [UInt8] = []
    /// Lines that will never be sent, and those that the collector has not been told of yet.
    var lost = 0
    var untold = 0
    var problem: String?
    /// When what is in flight is given up; nil before the end.
    var end: ContinuousClock.Instant?
    var isOver = false
  }

  private let url: HTTPURL
  private let tokenFile: FilePath?
  private let context: [(key: String, value: LogLine.Value)]
  private let caDirectory: String
  private let limits: Limits
  private let log: Logger
  private let state = Mutex(State())
  private let wakeup: Wakeup?
  private let isOver = DispatchSemaphore(value: 0)

  /// Begins.
  ///
  /// - Parameters:
  ///   - tokenFile: is read anew for each shipment.
  ///   - header: says whose lines these are.
  ///   - log: hears at the end what was lost.
  init(
    to url: HTTPURL, tokenFile: String?, _ header: ReportHeader, environment: [String: String], log: Logger,
    limits: Limits = Limits()
  ) {
    self.url = url
    self.tokenFile = tokenFile.map { Self.path($0, environment) }
    self.limits = limits
    self.log = log
    caDirectory = CADirectory.find(named: environment["X509_CERT_DIR"])
    let job = header.job
    let names = [
      ("host", job.host), ("campaign", job.campaign), ("jobId", job.jobId), ("rse", header.request.rse),
    ]
    context =
      names.compactMap { name, value in value.map { (name, .text($0)) } }
      + (job.pid.map { [("pid", .count($0))] } ?? [])
    wakeup = try? Wakeup()
    do throws(Errno) {
      guard wakeup != nil else { throw .tooManyOpenFiles }
      try DetachedThread.start { [weak self] in self?.work() }
    } catch {
      state.withLock { ($0.problem, $0.isOver) = ("\(error)", true) }
      isOver.signal()
    }
  }

  /// A relative path is that of a token which HTCondor has given the job, if it has one of that name.
  private static func path(_ text: String, _ environment: [String: String]) -> FilePath {
    let path = FilePath(text)
    guard !path.isAbsolute, let directory = environment["_CONDOR_CREDS"] else { return path }
    let given = FilePath(directory).pushing(path)
    return (try? Stat(given, followTargetSymlink: true)) == nil ? path : given
  }

  /// Why the last shipment failed; nil where it did not.
  var problem: String? { state.withLock { $0.problem } }

  func add(_ line: LogLine) {
    let bytes = line.json(context)
    let isMuch = state.withLock { state in
      guard !state.isOver else {
        state.lost += 1
        return false
      }
      state.text += bytes
      if state.text.count > limits.kept { Self.drop(to: limits.kept / 2, &state) }
      return state.text.count > limits.batch
    }
    if isMuch { wakeup?.wake() }
  }

  /// Drops the oldest lines until no more than so many bytes are left.
  private static func drop(to size: Int, _ state: inout State) {
    let start = max(0, state.text.count - size)
    let end = state.text[start...].firstIndex(of: newline).map { $0 + 1 } ?? state.text.count
    let count = state.text[..<end].count { $0 == newline }
    state.text.removeFirst(end)
    state.lost += count
    state.untold += count
  }

  private static let newline = UInt8(ascii: "\n")

  func finish() {
    state.withLock { $0.end = .now + .seconds(limits.end) }
    wakeup?.wake()
    // A little more than the transfer needs to see it.
    _ = isOver.wait(timeout: .now() + limits.end + 1.5)
    let (lost, problem) = state.withLock { state -> (Int, String?) in
      state.isOver = true
      return (state.lost + state.text.count { $0 == Self.newline }, state.problem)
    }
    guard lost > 0 else { return }
    log.warning("\(lost) log lines were not taken by \(url): \(problem ?? "no answer in time")")
  }

  // MARK: The thread

  private func work() {
    var failures = 0
    var next = ContinuousClock.now + .seconds(limits.interval)
    while true {
      let end = state.withLock { $0.end }
      if end == nil, ContinuousClock.now < next {
        let rest = (next - .now).inSeconds
        wakeup?.wait(milliseconds: Int32(max(1, min(rest, 60) * 1000)))
        // What woke it may be a full batch, which does not wait; after a failure it does.
        if failures > 0 || state.withLock({ $0.text.count <= limits.batch && $0.end == nil }) { continue }
      }
      let isSent = shipOne()
      failures = isSent ? 0 : failures + 1
      if end != nil, !isSent || state.withLock({ $0.text.isEmpty }) { break }
      let pause = min(limits.interval * Double(1 << min(failures, 10)), limits.longestPause)
      next = .now + .seconds(failures > 0 ? pause : limits.interval)
    }
    isOver.signal()
  }

  /// Ships what waits, or a part of it. False: it is to be tried again.
  private func shipOne() -> Bool {
    let (batch, untold) = state.withLock { state in
      let size = min(state.text.count, limits.batch)
      // Whole lines; one that is longer goes by itself.
      let end =
        state.text[..<size].lastIndex(of: Self.newline) ?? state.text.firstIndex(of: Self.newline) ?? size - 1
      let batch = Array(state.text[..<(end + 1)])
      state.text.removeFirst(batch.count)
      return (batch, state.untold)
    }
    guard !batch.isEmpty else { return true }
    let note = untold > 0 ? lossLine(untold) : []
    let outcome = send(note + batch)
    state.withLock { state in
      switch outcome {
      case .taken:
        state.untold -= untold
        state.problem = nil
      case .refused(let problem):
        let lines = batch.count { $0 == Self.newline }
        state.lost += lines
        state.untold += lines
        state.problem = problem
      case .failed(let problem):
        state.problem = problem
        state.text.insert(contentsOf: batch, at: 0)
        if state.text.count > limits.kept { Self.drop(to: limits.kept / 2, &state) }
      }
    }
    if case .failed = outcome { return false }
    return true
  }

  private func lossLine(_ count: Int) -> [UInt8] {
    LogLine(
      .warning, "\(count) log lines before this were lost",
      [("event", .text("lost")), ("lines", .count(count))]
    ).json(context)
  }

  private enum Shipment {
    /// The collector has the lines.
    case taken
    /// It will never take them.
    case refused(String)
    /// It may take them later.
    case failed(String)
  }

  private struct EndOfProcess: Error {}

  private func send(_ text: [UInt8]) -> Shipment {
    do {
      let message = HTTPMessage(
        method: "POST", headers: ["Content-Type: application/x-ndjson", "Content-Encoding: gzip"],
        body: try GzipSink.packed(text), followsRedirects: false)
      let download = HTTPDownload(
        caDirectory: caDirectory, credential: try credential(), userAgent: UserAgent.swab,
        limits: .init(connect: .seconds(limits.answer / 2), silence: .seconds(limits.answer)))
      let answer = try download.send(message, to: url, check: checkEnd, body: { _ in })
      switch answer.status {
      case 200..<300: return .taken
      case 401, 403, 407, 408, 429: return .failed(Self.problem(answer))
      case 400..<500: return .refused(Self.problem(answer))
      default: return .failed(Self.problem(answer))
      }
    } catch let failure as HTTPDownload.Failure {
      switch failure {
      case .transfer(let error): return .failed(error.message)
      case .badURL(let reason): return .failed(reason)
      case .noHandle: return .failed("libcurl can't be used")
      case .leavesHTTPS: return .failed("it redirects to an address without TLS")
      }
    } catch is EndOfProcess {
      return .failed("no answer in time")
    } catch let error as TokenProblem {
      return .failed(error.text)
    } catch {
      return .failed("\(error)")
    }
  }

  private func checkEnd() throws {
    if let end = state.withLock({ $0.end }), ContinuousClock.now >= end { throw EndOfProcess() }
  }

  private struct TokenProblem: Error { let text: String }

  private func credential() throws -> EndpointCredential {
    guard let tokenFile else { return .none }
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = BearerTokenSyntax.stripped(try CredentialFile.read(tokenFile).bytes)
    } catch {
      throw TokenProblem(text: "the token file \(tokenFile): \(error)")
    }
    guard BearerTokenSyntax.isBearerToken(bytes) else {
      throw TokenProblem(text: "the token file \(tokenFile) has no bearer token in it")
    }
    return .token(Secret(String(decoding: bytes, as: UTF8.self)))
  }

  private static func problem(_ answer: HTTPAnswer) -> String {
    MessageText.oneLine("HTTP \(answer.status) \(Redaction.clean(answer.text))", limit: 200)
  }
}
