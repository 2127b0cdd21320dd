import Deletion

/// The files of one call on one connection that is logged in: look at each, remove what is no directory. Pure:
/// answers in, requests out.
///
/// XRootD removes an *empty directory* when `kXR_rm` names one (seen with 5.5.3), so nothing is removed before it was looked at:
/// many paths in one `kXR_statx`, or, where that is unknown or one of them is missing, each with `kXR_stat`.
/// What stays is a race: a file that another client replaces by an empty directory between the two requests, some
/// milliseconds. The protocol has no request that removes files only.
///
/// A token with `storage.modify` alone does not let us look: XRootD 5.5.3 takes `kXR_stat` and `kXR_dirlist` for
/// reading. Nothing else tells a file from a directory without touching it (`kXR_open` for writing can bring a
/// file back from tape), so such files fail, and the message names the scope.
struct XRootWork {
  /// Requests under way on one connection, whatever the pacer allows.
  static let windowLimit = 1024

  private let items: [Item]
  private let subject: Subject
  private let watch: Watch?
  private let showsToken: Bool
  private var outcomes: XRootOutcomes
  private var queue: XRootRequestQueue
  private var sent = XRootSentRequests()
  /// Removals with an answer that cannot be read: they may have been done.
  private var unclear: [Int] = []
  /// How many were under way when the pacer was last asked, and when to ask it again in any case.
  private var peak = 0
  private var askAgainAt: Moment?

  /// Whether any removal was ever sent.
  private(set) var hasRemoved = false
  /// Until when the server has announced to be silent.
  private(set) var quietUntil: Moment?

  /// - Parameters:
  ///   - usesStatx: whether the server can be asked for many paths at once. One that only knows where files are
  ///     answers for the first path of a block.
  ///   - showsToken: whether a token says what we may do.
  init(
    _ items: [Item], _ subject: Subject = .files, usesStatx: Bool, showsToken: Bool = false,
    watch: Watch? = nil
  ) {
    self.items = items
    self.subject = subject
    self.showsToken = showsToken
    self.watch = watch
    outcomes = XRootOutcomes(count: items.count, watch: watch)
    queue = XRootRequestQueue(items, usesStatx: usesStatx)
  }

  /// Whether every file has its outcome.
  var isDone: Bool { outcomes.left == 0 }
  /// Requests that are sent and not answered.
  var underWay: Int { sent.count }
  /// Whether the server turned out not to know `kXR_statx`.
  var foundStatxUnknown: Bool { !queue.blocks.knowsStatx }
  /// When a request is due that had to wait.
  var nextDue: Moment? { queue.nextDue }

  /// The outcomes, aligned with the items; every one once the work is done or broken off.
  func results() -> [Outcome] { outcomes.all }

  // MARK: Sending

  /// Appends the requests that may be sent now.
  /// - Returns: when to ask the pacer again although no answer came.
  mutating func fill(
    now: Moment, into output: inout [UInt8], admit: (_ wanted: Int, _ underWay: Int) -> PaceAdmission
  ) -> Duration? {
    queue.releaseDelayed(now: now)
    // Half a window at a time: a request for every answer would cost client and server a system call each.
    if underWay > max(4, peak / 2), askAgainAt.map({ now < $0 }) ?? true {
      return askAgainAt.map { $0 - now }
    }
    askAgainAt = nil
    let wanted = min(queue.count, Self.windowLimit - underWay)
    guard wanted > 0 else { return nil }
    let admission = admit(wanted, underWay)
    if admission.isOver {
      dropUnsent()
      return nil
    }
    var room = min(admission.count, wanted)
    while room > 0, let request = queue.next(sent) {
      if case .remove(let index) = request, let watch, !watch.begin(index) {
        outcomes.settle(index, .answered(Answer(.failed(.notTried))))
        continue
      }
      send(request, now: now, into: &output)
      room -= 1
    }
    peak = underWay
    askAgainAt = admission.askAgainAfter.map { now + $0 }
    return admission.askAgainAfter
  }

  /// The run is ending: what has not been sent never will be.
  private mutating func dropUnsent() {
    let inFlight = Set(sent.requests.flatMap { queue.files(of: $0) })
    for index in outcomes.open where !inFlight.contains(index) {
      outcomes.settle(index, .answered(Answer(.failed(.notTried))))
    }
    queue.removeAll()
  }

  private mutating func send(
    _ request: XRootRequestQueue.Request, now: Moment, into output: inout [UInt8]
  ) {
    let stream = sent.add(request, at: now)
    switch request {
    case .look(let index):
      XRootRequest.appendPath(.stat, stream: stream, path: items[index].path, to: &output)
    case .lookBlock(let range):
      XRootRequest.appendStatx(
        stream: stream, paths: queue.block(range).map { items[$0].path }, to: &output)
    case .remove(let index):
      hasRemoved = true
      XRootRequest.appendPath(
        subject == .files ? .rm : .rmdir, stream: stream, path: items[index].path, to: &output)
    }
  }

  // MARK: Answers

  /// Takes an answer. `note` hears of every file that is settled by it.
  mutating func take(_ reply: XRootReply, now: Moment, note: (Answer) -> Void) throws(XRootFlaw) {
    if reply.status == .attention {
      if let inner = try XRootAttention.reply(reply.body) { try take(inner, now: now, note: note) }
      return
    }
    guard let entry = sent[reply.stream] else {
      throw XRootFlaw(text: "an answer to a request that was not made")
    }
    if reply.status == .waitForReply {
      let until = now + (try XRootWait.seconds(reply.body))
      quietUntil = max(quietUntil ?? until, until)
      return
    }
    var error: XRootServerError?
    if reply.status == .error { error = try XRootServerError(reply.body) }
    sent.remove(reply.stream)
    switch reply.status {
    case .ok, .error: break
    case .wait:
      let pause = max(.seconds(1), try XRootWait.seconds(reply.body))
      return queue.delay(entry.request, until: now + pause)
    case .redirect: return redirect(entry.request, to: try XRootRedirect(reply.body))
    case .partial, .attention, .authMore, .waitForReply, .status:
      if case .remove(let index) = entry.request { unclear.append(index) }
      throw XRootFlaw(text: "an answer with the status \(reply.status.rawValue) that fits no request of ours")
    }
    let seconds = (now - entry.at).inSeconds
    switch entry.request {
    case .remove(let index):
      outcomes.settle(index, Answer(XRootVerdicts.removal(error), seconds: seconds), note)
    case .look(let index): try looked(index, reply.body, error, seconds: seconds, note)
    case .lookBlock(let range): try looked(range, reply.body, error, seconds: seconds, note)
    }
  }

  private mutating func looked(
    _ index: Int, _ body: [UInt8], _ error: XRootServerError?, seconds: Double, _ note: (Answer) -> Void
  ) throws(XRootFlaw) {
    if let error {
      let kind = XRootVerdicts.look(error, showsToken: showsToken)
      outcomes.settle(index, Answer(kind, seconds: seconds), note)
      queue.blocks.pathFailed()
      return
    }
    found(index, try XRootPathKind(stat: body), seconds: seconds, note)
    queue.blocks.pathFound()
  }

  private mutating func looked(
    _ range: Range<Int>, _ body: [UInt8], _ error: XRootServerError?, seconds: Double,
    _ note: (Answer) -> Void
  ) throws(XRootFlaw) {
    if let error {
      queue.blocks.blockFailed(error.code)
      queue.split(range)
      return
    }
    guard body.count == range.count else {
      throw XRootFlaw(text: "a kXR_statx answer for \(body.count) of \(range.count) paths")
    }
    queue.blocks.blockSucceeded()
    for (index, flags) in zip(queue.block(range), body) {
      let kind = XRootPathKind(statx: flags)
      if kind == .unclear { queue.putLook(index) } else { found(index, kind, seconds: seconds, note) }
    }
  }

  private mutating func found(
    _ index: Int, _ kind: XRootPathKind, seconds: Double, _ note: (Answer) -> Void
  ) {
    if let error = XRootVerdicts.refusal(kind, subject) {
      outcomes.settle(index, Answer(.failed(error), seconds: seconds), note)
    } else if items[index].stage == .look {
      outcomes.settle(index, .isThere)
    } else {
      queue.putRemoval(index)
    }
  }

  private mutating func redirect(_ request: XRootRequestQueue.Request, to redirect: XRootRedirect) {
    switch request {
    case .look(let index): outcomes.settle(index, .redirected(redirect, at: .look))
    case .remove(let index): outcomes.settle(index, .redirected(redirect, at: .remove))
    case .lookBlock(let range):
      // It speaks for one path only.
      queue.blocks.giveUp()
      queue.split(range)
    }
  }

  // MARK: The end before the end

  /// The connection is no more, or no time is left. What was sent to be removed and not answered is ambiguous;
  /// for everything else nothing was done.
  mutating func breakOff(_ reason: Break, note: (Answer) -> Void) {
    for case .remove(let index) in sent.requests { unclear.append(index) }
    for index in unclear { outcomes.settle(index, Answer(.failed(reason.ambiguous)), note) }
    for index in queue.delayedFiles { outcomes.settle(index, Answer(.failed(reason.waiting)), note) }
    for index in outcomes.open { outcomes.settle(index, Answer(.failed(reason.untried)), note) }
    sent = XRootSentRequests()
    queue.removeAll()
  }
}
