import DeletionModel
import Networking
import XRootDProtocol
import Credentials

/// The targets of one batch on one connection that is logged in: ask what each is, remove what is to be removed. Pure:
/// answers in, requests out.
///
/// XRootD removes an *empty directory* when `kXR_rm` names one (seen with 5.5.3), so nothing is removed before the same
/// server has said what it is: many paths in one `kXR_statx`, or, where that is unknown or one of them is missing, each
/// with `kXR_stat`. What stays is a race: a file that another client replaces by an empty directory between the two
/// requests. They are some milliseconds apart, or as long as the pacer holds the removal back and the server has it wait,
/// but never longer than ``evidenceLifetime``. The protocol has no request that removes files only.
///
/// A directory is removed by `kXR_rmdir`, which fails where anything is in it, right after a `kXR_dirlist` of the same
/// server that had no entry; never by a proxy (`XRootServerTraits.isProxy`).
///
/// A token with `storage.modify` alone does not let us ask servers before 5.6.9 (XRootD commit 81ba2dfd5) what a path
/// is. These are asked for `kXR_mkdir` of `PATH/swab-asks/what-this-is` without `kXR_mkpath`: for a file the answer is
/// 3005 "not a directory", for anything else 3011, and nothing is made (seen with 5.5.3).
struct XRootWork {
  /// Requests in flight on one connection, whatever the pacer allows.
  static let windowLimit = 1024
  /// How often a manager may put a file off before that is an answer, and for how long.
  static let waitLimit = 5
  static let longestWait = Duration.seconds(30)
  /// How long it is believed what a path is; a removal that is due later waits for another stat.
  static let evidenceLifetime = Duration.seconds(60)

  /// What does not change while a batch is worked on.
  struct Settings {
    var kind = Batch.Kind.files
    /// What was written later stays; with it files are asked for one by one.
    var ageLimit: AgeLimit?
    /// Whether the server can be asked for many paths at once.
    var usesStatx = true
    /// At a manager, how it is asked; it is never asked for many paths at once, as it answers for the first one only.
    var lookup: XRootLookup?
    /// Whether the server hands requests on to another storage.
    var isProxy = false
    /// Whether a token says what we may do.
    var showsToken = false
    /// Whether the server is known to refuse `kXR_stat`, so that a probe takes its place.
    var probes = false
    /// Signs the requests; nil where none is signed.
    var signer: XRootSigner?
    /// Whether a removal may be sent for a target.
    var mayBegin: @Sendable (_ target: Int) -> Bool = { _ in true }

    /// Whether many paths are asked for at once: `kXR_statx` tells no times.
    var asksForMany: Bool { usesStatx && lookup == nil && (ageLimit == nil || kind != .files) }
  }

  let settings: Settings
  var items: [Item] = []
  var waits: [Int: Int] = [:]
  var outcomes = XRootOutcomes()
  var queue: XRootRequestQueue
  private var sent = XRootSentRequests()
  /// Removals with an answer that cannot be read: they may have been done.
  var unclear: [Int] = []
  /// Listings that have an entry, whose last answer is still to come.
  var listed: Set<UInt16> = []
  /// Files that may not be asked for, until the version of the server is known.
  var refused: [(index: Int, kind: Answer.Kind)] = []
  var version = Version.unknown
  /// Answers since the pacer was last asked, how many requests were in flight then, and when to ask it again.
  private var answersSinceFill = 0
  private var peak = 0
  private var askAgainAt: Moment?

  enum Version { case unknown, asked, probes, other }

  /// Whether any removal was ever sent.
  private(set) var hasRemoved = false
  /// Until when the server has announced to be silent.
  private(set) var quietUntil: Moment?
  /// How many servers a manager says it has.
  private var counted: Int?
  /// What waits for the servers of the manager.
  var unlocated: [Int] = []
  var isAskingForServers: Bool
  /// Whether a file was called missing because none of the servers that are there has it. After a removal that is what
  /// was wanted.
  var missedServers = false

  init(_ settings: Settings) {
    self.settings = settings
    queue = XRootRequestQueue(
      usesStatx: settings.asksForMany, lookup: settings.lookup)
    queue.lookup?.beginBatch()
    isAskingForServers = settings.lookup != nil
    if settings.lookup != nil { queue.put(.countServers) }
    if settings.probes { version = .probes }
  }

  /// Takes further items.
  mutating func add(_ more: [Item], now: Moment) {
    outcomes.add(more.count)
    for item in more {
      let index = items.count
      items.append(item)
      if item.stage == .everywhere, isAskingForServers {
        unlocated.append(index)
      } else if item.delay > .zero {
        queue.delay(item.stage == .remove ? .remove(index) : .stat(index), until: now + item.delay)
      } else {
        queue.add(index, item.stage)
      }
    }
  }

  /// Whether every item has its outcome.
  var isDone: Bool { outcomes.left == 0 }
  /// Requests that are sent and not answered.
  var inFlight: Int { sent.count }
  /// Whether the server turned out not to know `kXR_statx`.
  var foundStatxUnknown: Bool { settings.asksForMany && !queue.blocks.knowsStatx }
  /// How a manager is to be asked next time.
  var lookup: XRootLookup? { queue.lookup }
  /// Whether probes take the place of `kXR_stat`.
  var probes: Bool { version == .probes }
  /// How many servers a manager has: more than one where it has not said so; nil for any other server.
  var serverCount: Int? { settings.lookup == nil ? nil : counted ?? 2 }
  /// When a request is due that had to wait.
  var nextDue: Moment? { queue.nextDue }

  /// What was settled since the last call.
  mutating func takeCompleted() -> [Completed] {
    outcomes.take().map { Completed(item: items[$0.index], outcome: $0.outcome) }
  }

  // MARK: Sending

  /// Appends the requests that may be sent now.
  /// - Returns: when to ask the pacer again although no answer came.
  mutating func fill(
    now: Moment, into output: inout [UInt8], admit: (_ wanted: Int) -> PaceAdmission,
    note: (PaceOutcome, PaceTicket) -> Void
  ) -> Duration? {
    queue.releaseDelayed(now: now)
    // Half a window at a time: a request for every answer would cost client and server a system call each.
    if inFlight > 4, answersSinceFill * 2 < peak, let askAgainAt, now < askAgainAt {
      return queue.count == 0 ? nil : askAgainAt - now
    }
    let wanted = min(queue.count, Self.windowLimit - inFlight)
    guard wanted > 0 else { return nil }
    let admission = admit(wanted)
    if admission.isOver {
      dropUnsent()
      return nil
    }
    var used = 0
    defer { for index in used..<max(used, admission.count) { note(.unsent, admission.ticket(index)) } }
    while used < min(admission.count, wanted), var request = queue.next(sent) {
      if case .remove(let index) = request, isOutdated(index, now: now) { request = .stat(index) }
      if case .remove(let index) = request, !settings.mayBegin(items[index].target) {
        outcomes.complete(index, .failed(.notTried))
        continue
      }
      send(request, admission.ticket(used), now: now, into: &output)
      used += 1
    }
    (peak, answersSinceFill) = (inFlight, 0)
    // Some answers may be held back for long; the others must not wait for them.
    let pause = admission.askAgainAfter ?? .milliseconds(10)
    askAgainAt = now + pause
    return queue.count == 0 || (inFlight > 0 && used < admission.count) ? nil : pause
  }

  private func isOutdated(_ index: Int, now: Moment) -> Bool {
    items[index].foundAt.map { now - $0 > Self.evidenceLifetime } ?? false
  }

  /// The run is ending: what has not been sent never will be.
  private mutating func dropUnsent() {
    let inFlight = Set(sent.requests.flatMap { queue.files(of: $0) })
    for index in outcomes.open where !inFlight.contains(index) {
      outcomes.complete(index, .failed(.notTried))
    }
    queue.removeAll()
  }

  private mutating func send(
    _ request: XRootRequestQueue.Request, _ ticket: PaceTicket, now: Moment, into output: inout [UInt8]
  ) {
    var request = request
    if case .stat(let index) = request, probes { request = .probe(index) }
    let stream = sent.add(request, at: now, ticket: ticket)
    let start = output.count
    defer { settings.signer?.sign(&output, from: start) }
    func append(_ code: XRootRequest.Code, _ path: [UInt8], to output: inout [UInt8]) {
      XRootRequest.appendPath(code, stream: stream, path: path, to: &output)
    }
    switch request {
    case .countServers: XRootRequest.appendLocateServers(stream: stream, to: &output)
    case .version: XRootRequest.appendQuery(stream: stream, of: "version", to: &output)
    case .locate(let index): append(.locate, items[index].path, to: &output)
    case .stat(let index): append(.stat, items[index].path, to: &output)
    case .statBlock(let range):
      XRootRequest.appendStatx(
        stream: stream, paths: queue.block(range).map { items[$0].path }, to: &output)
    case .probe(let index): append(.mkdir, Self.probePath(items[index].path), to: &output)
    case .list(let index): append(.dirlist, items[index].path, to: &output)
    case .remove(let index):
      hasRemoved = true
      append(settings.kind == .files ? .rm : .rmdir, items[index].path, to: &output)
    }
  }

  /// `PATH/swab-asks/what-this-is`, with the parameters of the path behind it. Two names, so that one is missing whatever the path is.
  private static func probePath(_ path: [UInt8]) -> [UInt8] {
    let end = path.firstIndex(of: UInt8(ascii: "?")) ?? path.endIndex
    return path[..<end] + Array("/swab-asks/what-this-is".utf8) + path[end...]
  }

  // MARK: Answers

  /// Takes an answer. `note` hears how the request ended that it belongs to.
  mutating func take(
    _ reply: XRootReply, now: Moment, note: (PaceOutcome, PaceTicket) -> Void
  ) throws(XRootProtocolError) {
    if reply.status == .attention {
      if let inner = try XRootAttention.reply(reply.body) { try take(inner, now: now, note: note) }
      return
    }
    guard let entry = sent[reply.stream] else {
      throw XRootProtocolError(text: "an answer to a request that was not made")
    }
    if reply.status == .waitForReply {
      let until = now + (try XRootWait.seconds(reply.body))
      quietUntil = max(quietUntil ?? until, until)
      return
    }
    if reply.status == .partial, case .list(let index) = entry.request {
      listed.insert(reply.stream)
      return outcomes.complete(index, .failed(.directoryIsFull), seconds: (now - entry.at).inSeconds)
    }
    var error: XRootServerError?
    if reply.status == .error { error = try XRootServerError(reply.body) }
    answersSinceFill += 1
    sent.remove(reply.stream)
    if reply.status == .wait {
      switch entry.request {
      case .stat, .locate: queue.lookup?.answered(sent: entry.at, now: now, isMissing: true)
      case .countServers: locate(at: nil)
      default: break
      }
      return note(try putOff(entry.request, for: XRootWait.seconds(reply.body), now: now), entry.ticket)
    }
    note(paceOutcome(of: entry.request, reply.status, error), entry.ticket)
    switch reply.status {
    case .ok, .error: break
    case .redirect: return redirect(entry.request, reply.body)
    case .partial, .attention, .authMore, .wait, .waitForReply, .status:
      if case .remove(let index) = entry.request { unclear.append(index) }
      throw XRootProtocolError(
        text: "an answer with the status \(reply.status.rawValue) that fits no request of ours")
    }
    let seconds = (now - entry.at).inSeconds
    switch entry.request {
    case .countServers:
      counted = error == nil ? XRootLocations.count(reply.body) : nil
      locate(at: error == nil ? XRootLocations.servers(reply.body) : nil)
    case .version: learned(version: error == nil ? reply.body : [])
    case .locate(let index): located(index, error, sent: entry.at, now: now)
    case .stat(let index):
      queue.lookup?.answered(sent: entry.at, now: now, isMissing: error?.code == XRootErrorCode.notFound)
      try told(index, reply.body, error, sent: entry.at, now: now)
    case .statBlock(let range): try told(range, reply.body, error, sent: entry.at, now: now)
    case .probe(let index): probed(index, error, sent: entry.at, now: now)
    case .list(let index):
      if listed.remove(reply.stream) == nil { list(index, reply.body, error, seconds: seconds) }
    case .remove(let index):
      outcomes.complete(
        index, .answered(Answer(XRootAnswers.removal(error), seconds: seconds, facts: items[index].facts)))
    }
  }

  /// What a reply says about the pace of the server.
  private func paceOutcome(
    of request: XRootRequestQueue.Request, _ status: XRootReply.Status, _ error: XRootServerError?
  ) -> PaceOutcome {
    switch status {
    case .redirect: return .served
    case .ok, .error: break
    case .partial, .attention, .authMore, .wait, .waitForReply, .status: return .failed
    }
    switch request {
    case .remove: return PaceOutcome(XRootAnswers.removal(error))
    case .countServers, .version, .probe: return .served
    case .locate, .stat, .statBlock, .list:
      return error.map { PaceOutcome(XRootAnswers.stat($0, showsToken: settings.showsToken)) } ?? .served
    }
  }

  // MARK: Early termination

  /// Gives the pacer its tickets back: all of the work begins again elsewhere.
  func abandonRequests(note: (PaceOutcome, PaceTicket) -> Void) {
    for ticket in sent.tickets { note(.abandoned, ticket) }
  }

  /// The connection is no more, or no time is left. What was sent to be removed and not answered is ambiguous, what was
  /// asked for failed; for everything else nothing was sent.
  mutating func breakOff(_ reason: Break, note: (PaceOutcome, PaceTicket) -> Void) {
    for ticket in sent.tickets { note(reason == .cancelled ? .abandoned : .failed, ticket) }
    let requests = sent.requests
    for case .remove(let index) in requests { unclear.append(index) }
    for index in unclear {
      outcomes.complete(index, .answered(Answer(.failed(reason.ambiguous), facts: items[index].facts)))
    }
    for request in requests {
      for index in queue.files(of: request) { outcomes.complete(index, .failed(reason.unanswered)) }
    }
    for index in queue.delayedFiles { outcomes.complete(index, .failed(reason.waiting)) }
    for (index, kind) in refused { outcomes.complete(index, kind) }
    for (number, index) in outcomes.open.enumerated() {
      // A connection that breaks before anything was sent has failed for somebody: else it would be made forever.
      let isFirst = number == 0 && requests.isEmpty && unclear.isEmpty && !reason.isOurs
      outcomes.complete(index, .failed(isFirst ? reason.unanswered : reason.untried))
    }
    sent = XRootSentRequests()
    queue.removeAll()
  }
}
