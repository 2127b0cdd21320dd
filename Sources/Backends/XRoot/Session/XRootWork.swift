import Deletion

/// The files of one call on one connection that is logged in: look at each, remove what is no directory. Pure:
/// answers in, requests out.
///
/// XRootD removes an *empty directory* when `kXR_rm` names one (seen with 5.5.3), so nothing is removed before it was looked at:
/// many paths in one `kXR_statx`, or, where that is unknown or one of them is missing, each with `kXR_stat`.
/// Looks run ahead of the removals by a bounded number of files. What stays is a race: a file that another client
/// replaces by an empty directory between the two requests, some milliseconds. The protocol has no request that
/// removes files only.
///
/// A token with `storage.modify` alone does not let us look: XRootD 5.5.3 takes `kXR_stat` and `kXR_dirlist` for
/// reading. Nothing else tells a file from a directory without touching it (`kXR_open` for writing can bring a
/// file back from tape), so such files fail, and the message names the scope.
struct XRootWork {
  /// What is removed. What turns out to be something else stays.
  enum Subject: Sendable, Equatable {
    case files
    /// By `kXR_rmdir`, which fails where anything is in the directory. XRootD 5.5.3 calls it a success where nothing is
    /// there; that too is known by the look.
    case emptyDirectories
  }

  /// What is to be done with a path.
  enum Stage: Sendable, Equatable {
    /// Look, then remove.
    case whole
    /// Look only.
    case look
    /// Remove what was looked at before.
    case remove
  }

  /// One file.
  struct Item: Sendable, Equatable {
    /// With parameters, where there are some.
    let path: [UInt8]
    let stage: Stage
  }

  /// What became of one file.
  enum Outcome: Sendable, Equatable {
    case answered(Answer)
    /// For ``Stage/look``: it is there and what is to be removed.
    case isThere
    /// Another server has to be asked, for the request of this stage: `look` or `remove`.
    case redirected(XRootRedirect, at: Stage)
  }

  /// Why a connection ended with files left.
  struct Break: Equatable {
    var errorClass = ErrorClass.transient
    var code: String
    var message: String
    var isUnavailable = false
  }

  /// Follows the items; see ``CallWatch``.
  struct Watch: Sendable {
    /// Whether a removal may be sent.
    var begin: @Sendable (Int) -> Bool
    /// Hears of an answer.
    var answered: @Sendable (Int, Answer) -> Void
  }

  private enum Request {
    case look(Int)
    /// Places in ``lookOrder``.
    case lookBlock(Range<Int>)
    case remove(Int)
  }

  private struct Sent {
    var request: Request
    var at: Moment
  }

  /// A `kXR_statx` asks for so many paths at most. A server answers nothing else on the connection meanwhile.
  static let blockLimit = 64
  /// Requests under way on one connection, whatever the pacer allows.
  static let windowLimit = 1024

  private let items: [Item]
  private let subject: Subject
  private let watch: Watch?
  private let showsToken: Bool
  private var outcomes: [Outcome?]
  private var left: Int
  private let lookOrder: [Int]
  private var nextLook = 0
  private var lookAlone: [Int] = []
  private var nextAlone = 0
  private var removals: [Int] = []
  private var nextRemoval = 0
  private var delayed: [(until: Moment, request: Request)] = []
  private var sent: [Sent?] = []
  private var freeStreams: [UInt16] = []
  private var removalsUnderWay = 0
  private var filesInLook = 0
  private var blockSize: Int
  private var foundAlone = 0
  /// How many were under way when the pacer was last asked, and when to ask it again in any case.
  private var peak = 0
  private var askAgainAt: Moment?
  private var knowsStatx: Bool

  /// Requests that are sent and not answered.
  private(set) var underWay = 0
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
    outcomes = Array(repeating: nil, count: items.count)
    left = items.count
    lookOrder = items.indices.filter { items[$0].stage != .remove }
    removals = items.indices.filter { items[$0].stage == .remove }
    knowsStatx = usesStatx
    blockSize = usesStatx ? Self.blockLimit : 1
  }

  /// Whether every file has its outcome.
  var isDone: Bool { left == 0 }
  /// Whether the server turned out not to know `kXR_statx`.
  var foundStatxUnknown: Bool { !knowsStatx }
  /// When a request is due that had to wait.
  var nextDue: Moment? { delayed.map(\.until).min() }

  /// The outcomes, aligned with the items; every one once the work is done or broken off.
  func results() -> [Outcome] {
    outcomes.map { $0 ?? .answered(Answer(.failed(.notTried))) }
  }

  // MARK: Sending

  /// Appends the requests that may be sent now.
  /// - Returns: when to ask the pacer again although no answer came.
  mutating func fill(
    now: Moment, into output: inout [UInt8], admit: (_ wanted: Int, _ underWay: Int) -> PaceAdmission
  ) -> Duration? {
    releaseDelayed(now: now)
    // Half a window at a time: a request for every answer would cost client and server a system call each.
    if underWay > max(4, peak / 2), askAgainAt.map({ now < $0 }) ?? true {
      return askAgainAt.map { $0 - now }
    }
    askAgainAt = nil
    let ready = (removals.count - nextRemoval) + (lookAlone.count - nextAlone) + blocksReady
    let wanted = min(ready, Self.windowLimit - underWay)
    guard wanted > 0 else { return nil }
    let admission = admit(wanted, underWay)
    if admission.isOver {
      dropUnsent()
      return nil
    }
    var room = min(admission.count, wanted)
    while room > 0, let request = next() {
      if case .remove(let index) = request, let watch, !watch.begin(index) {
        settle(index, .answered(Answer(.failed(.notTried))))
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
    var inFlight: Set<Int> = []
    for case .some(let entry) in sent { inFlight.formUnion(indices(of: entry.request)) }
    for index in items.indices where outcomes[index] == nil && !inFlight.contains(index) {
      settle(index, .answered(Answer(.failed(.notTried))))
    }
    (nextLook, nextAlone, nextRemoval) = (lookOrder.count, lookAlone.count, removals.count)
    delayed = []
  }

  private var blocksReady: Int {
    let files = lookOrder.count - nextLook
    return (files + blockSize - 1) / blockSize
  }

  /// A look is worth more than a removal while few files are known: the server must never wait for us.
  private mutating func next() -> Request? {
    let ahead = (removals.count - nextRemoval) + (lookAlone.count - nextAlone) + filesInLook
    if nextLook < lookOrder.count, ahead < removalsUnderWay + Self.blockLimit {
      if blockSize == 1 {
        nextLook += 1
        return .look(lookOrder[nextLook - 1])
      }
      let end = min(nextLook + blockSize, lookOrder.count)
      defer { nextLook = end }
      return .lookBlock(nextLook..<end)
    }
    if nextAlone < lookAlone.count {
      nextAlone += 1
      return .look(lookAlone[nextAlone - 1])
    }
    if nextRemoval < removals.count {
      nextRemoval += 1
      return .remove(removals[nextRemoval - 1])
    }
    return nil
  }

  private mutating func send(_ request: Request, now: Moment, into output: inout [UInt8]) {
    let stream: UInt16
    if let free = freeStreams.popLast() {
      stream = free
    } else {
      sent.append(nil)
      // Below the window's limit; 0 is for the setup.
      stream = UInt16(truncatingIfNeeded: sent.count)
    }
    sent[Int(stream) - 1] = Sent(request: request, at: now)
    underWay += 1
    switch request {
    case .look(let index):
      filesInLook += 1
      XRootRequest.appendPath(.stat, stream: stream, path: items[index].path, to: &output)
    case .lookBlock(let range):
      filesInLook += range.count
      XRootRequest.appendStatx(
        stream: stream, paths: lookOrder[range].map { items[$0].path }, to: &output)
    case .remove(let index):
      removalsUnderWay += 1
      hasRemoved = true
      XRootRequest.appendPath(
        subject == .files ? .rm : .rmdir, stream: stream, path: items[index].path, to: &output)
    }
  }

  private mutating func releaseDelayed(now: Moment) {
    guard !delayed.isEmpty else { return }
    let due = delayed.filter { $0.until <= now }
    delayed.removeAll { $0.until <= now }
    for entry in due {
      switch entry.request {
      case .look(let index): lookAlone.append(index)
      case .lookBlock(let range): lookAlone += lookOrder[range]
      case .remove(let index): removals.append(index)
      }
    }
  }

  // MARK: Answers

  /// Takes an answer. `note` hears of every file that is settled by it.
  mutating func take(_ reply: XRootReply, now: Moment, note: (Answer) -> Void) throws(XRootFlaw) {
    if reply.status == .attention {
      if let inner = try XRootAttention.reply(reply.body) { try take(inner, now: now, note: note) }
      return
    }
    let place = Int(reply.stream) - 1
    guard sent.indices.contains(place), let entry = sent[place] else {
      throw XRootFlaw(text: "an answer to a request that was not made")
    }
    if reply.status == .waitForReply {
      let until = now + (try XRootWait.seconds(reply.body))
      quietUntil = max(quietUntil ?? until, until)
      return
    }
    var reply = reply
    var error: XRootServerError?
    if reply.status == .error { error = try XRootServerError(reply.body) }
    settleSent(place, entry.request)
    switch reply.status {
    case .ok, .error: break
    case .wait:
      // The request has not been carried out and is sent again.
      delayed.append((now + max(.seconds(1), try XRootWait.seconds(reply.body)), entry.request))
      return
    case .redirect:
      try redirect(entry.request, to: XRootRedirect(reply.body))
      return
    case .partial, .attention, .authMore, .waitForReply, .status:
      lost(entry.request)
      throw XRootFlaw(text: "an answer with the status \(reply.status.rawValue) that fits no request of ours")
    }
    let seconds = (now - entry.at).inSeconds
    switch entry.request {
    case .remove(let index):
      let kind: Answer.Kind
      if let error {
        let failure = error.error(isRemoval: true)
        kind = failure.errorClass == .absent ? .absent : .failed(failure)
      } else {
        kind = .deleted
      }
      settle(index, Answer(kind, seconds: seconds), note)
    case .look(let index):
      if let error {
        let failure = lookFailure(error)
        let kind: Answer.Kind = failure.errorClass == .absent ? .absent : .failed(failure)
        settle(index, Answer(kind, seconds: seconds), note)
        foundAlone = 0
        return
      }
      found(index, try kind(stat: &reply, index), seconds: seconds, note)
      foundAlone += 1
      // Hardly anything is missing any more: ask for more at a time again.
      if knowsStatx, foundAlone >= Self.blockLimit {
        (blockSize, foundAlone) = (min(blockSize * 2, Self.blockLimit), 0)
      }
    case .lookBlock(let range):
      if let error {
        if error.code == XRootErrorCode.invalidRequest || error.code == XRootErrorCode.unsupported {
          knowsStatx = false
          blockSize = 1
        } else {
          blockSize = max(1, blockSize / 2)
        }
        lookAlone += lookOrder[range]
        return
      }
      guard reply.body.count == range.count else {
        lookAlone += lookOrder[range]
        throw XRootFlaw(text: "a kXR_statx answer for \(reply.body.count) of \(range.count) paths")
      }
      blockSize = min(blockSize * 2, Self.blockLimit)
      for (index, flags) in zip(lookOrder[range], reply.body) {
        let kind = XRootPathKind(statx: flags)
        if kind == .unclear { lookAlone.append(index) } else { found(index, kind, seconds: seconds, note) }
      }
    }
  }

  private func lookFailure(_ error: XRootServerError) -> DeletionError {
    let failure = error.error(isRemoval: false)
    guard showsToken, failure.errorClass == .auth else { return failure }
    return DeletionError(
      .auth, code: failure.code,
      message:
        "the file could not be looked at before its removal; the token may lack the scope storage.read: "
        + failure.message)
  }

  private mutating func kind(stat reply: inout XRootReply, _ index: Int) throws(XRootFlaw) -> XRootPathKind {
    do throws(XRootFlaw) {
      return try XRootPathKind(stat: reply.body)
    } catch {
      lookAlone.append(index)
      throw error
    }
  }

  private mutating func settleSent(_ place: Int, _ request: Request) {
    sent[place] = nil
    freeStreams.append(UInt16(truncatingIfNeeded: place + 1))
    underWay -= 1
    switch request {
    case .look: filesInLook -= 1
    case .lookBlock(let range): filesInLook -= range.count
    case .remove: removalsUnderWay -= 1
    }
  }

  private mutating func found(
    _ index: Int, _ kind: XRootPathKind, seconds: Double, _ note: (Answer) -> Void
  ) {
    if (kind == .directory) != (subject == .emptyDirectories) {
      let isDirectory = DeletionError(
        .permanent, code: "\(XRootErrorCode.isDirectory)",
        message: "it is a directory; only files are deleted")
      let error = subject == .files ? isDirectory : .isNoDirectory
      settle(index, Answer(.failed(error), seconds: seconds), note)
    } else if items[index].stage == .look {
      settle(index, .isThere)
    } else {
      removals.append(index)
    }
  }

  private mutating func redirect(_ request: Request, to redirect: XRootRedirect) {
    switch request {
    case .look(let index): settle(index, .redirected(redirect, at: .look))
    case .remove(let index): settle(index, .redirected(redirect, at: .remove))
    case .lookBlock(let range):
      // It speaks for one path only.
      knowsStatx = false
      blockSize = 1
      lookAlone += lookOrder[range]
    }
  }

  private mutating func settle(_ index: Int, _ answer: Answer, _ note: (Answer) -> Void) {
    note(answer)
    if outcomes[index] == nil { watch?.answered(index, answer) }
    settle(index, .answered(answer))
  }

  private mutating func settle(_ index: Int, _ outcome: Outcome) {
    guard outcomes[index] == nil else { return }
    outcomes[index] = outcome
    left -= 1
  }

  // MARK: The end before the end

  /// An answer that can't be read to a removal: it may have been done.
  private mutating func lost(_ request: Request) {
    if case .remove(let index) = request { unanswered.append(index) }
  }
  private var unanswered: [Int] = []

  /// The connection is no more, or no time is left. What was sent to be removed and not answered is ambiguous;
  /// for everything else nothing was done.
  mutating func breakOff(_ reason: Break, note: (Answer) -> Void) {
    func error(isAmbiguous: Bool) -> DeletionError {
      DeletionError(
        reason.errorClass, code: reason.code,
        message: isAmbiguous ? reason.message : reason.message + "; the file was not tried",
        isAmbiguous: isAmbiguous, isUnavailable: reason.isUnavailable)
    }
    for entry in sent {
      if case .remove(let index)? = entry?.request { unanswered.append(index) }
    }
    for index in unanswered { settle(index, Answer(.failed(error(isAmbiguous: true))), note) }
    for entry in delayed {
      // The server asked for patience; that is what the caller has to know.
      var busy = DeletionError.xrootBusy
      if reason.code != Break.deadlineCode { busy = error(isAmbiguous: false) }
      for index in indices(of: entry.request) { settle(index, Answer(.failed(busy)), note) }
    }
    for index in items.indices where outcomes[index] == nil {
      settle(index, Answer(.failed(error(isAmbiguous: false))), note)
    }
    sent = []
    delayed = []
    underWay = 0
  }

  private func indices(of request: Request) -> [Int] {
    switch request {
    case .look(let index), .remove(let index): [index]
    case .lookBlock(let range): Array(lookOrder[range])
    }
  }
}

extension XRootWork.Break {
  static let deadlineCode = "timeout"

  static let deadline = XRootWork.Break(
    code: deadlineCode, message: "no answer from the server in time", isUnavailable: true)
  static let cancelled = XRootWork.Break(code: "cancelled", message: "stopped before the server answered")
}
