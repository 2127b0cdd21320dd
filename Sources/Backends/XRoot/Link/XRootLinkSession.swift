import Deletion

/// What the thread of an ``XRootLink`` does: connect, log in, work. For one thread.
final class XRootLinkSession {
  private let settings: XRootLink.Settings
  private let wakeup: Wakeup
  private let isCancelled: () -> Bool
  private var stream: LinkStream?
  private var usesStatx = true
  private var isLoggedIn = false

  init(_ settings: XRootLink.Settings, wakeup: Wakeup, isCancelled: @escaping () -> Bool) {
    self.settings = settings
    self.wakeup = wakeup
    self.isCancelled = isCancelled
  }

  /// Whether there is a connection under TLS.
  var isSecure: Bool { stream?.isSecure ?? false }

  private var time: any TimeSource { settings.time }

  /// Waits while there is no job, at most so long.
  /// - Returns: whether the connection is still good.
  func rest(for duration: Duration) -> Bool {
    guard let stream else { return false }
    do throws(LinkTrouble) {
      _ = try stream.turn(milliseconds: PollTime.milliseconds(duration))
      // Nothing is due; only news for people may come.
      while let reply = try stream.nextReply() {
        if reply.status != .attention { return false }
      }
      return true
    } catch {
      return false
    }
  }

  /// Does a job, connecting first where that has not been done.
  func perform(_ job: XRootLink.Job) -> XRootLink.Result {
    let wasLoggedIn = isLoggedIn
    if !isLoggedIn {
      let limit = job.deadline.within(settings.limits.setup, of: time)
      do throws(XRootSetupFailure) {
        try connect(job.addresses, until: limit)
        try logIn(until: limit)
      } catch {
        return XRootLink.Result(failure: error)
      }
      isLoggedIn = true
    }
    return work(job, mayStartOver: wasLoggedIn)
  }

  // MARK: Setting up

  private func connect(_ addresses: [SocketAddress], until deadline: Deadline) throws(XRootSetupFailure) {
    if isCancelled() { throw .error(.notTried) }
    let left = deadline.remaining(on: time) ?? settings.limits.setup
    let result = ConnectRace.connect(
      to: addresses, pause: settings.limits.addressPause, deadline: .now + left, wakeup: wakeup.descriptor)
    switch result {
    case .success(let socket): stream = LinkStream(socket, wakeup: wakeup)
    case .failure(.verdict(let verdict)): throw .error(.xrootUnreachable(verdict.text, verdict.state))
    case .failure(.woken):
      // A job that is already known wakes too.
      wakeup.clear()
      if isCancelled() { throw .error(.notTried) }
      try connect(addresses, until: deadline)
    }
  }

  private func logIn(until deadline: Deadline) throws(XRootSetupFailure) {
    guard let stream else { throw .error(.notTried) }
    let failure: XRootSetupFailure?
    do throws(LinkTrouble) {
      failure = try converse(stream, until: deadline)
    } catch {
      throw .error(.xrootBroken(error, doing: "before the login was over"))
    }
    if let failure { throw failure }
  }

  /// - Returns: why we were not let in; nil where we were.
  private func converse(
    _ stream: LinkStream, until deadline: Deadline
  ) throws(LinkTrouble) -> XRootSetupFailure? {
    var setup = XRootSetup(settings.setup)
    var actions = setup.start()
    var resendAt: Moment?
    while true {
      while !actions.isEmpty {
        switch actions.removeFirst() {
        case .send(let bytes): try stream.send(bytes)
        case .beginTLS:
          guard let tls = settings.tls else {
            throw .tls(TLSTrouble(text: "the certification authorities cannot be used"))
          }
          try stream.beginTLS(tls, host: settings.server.address.host)
        case .replaceToken(let token):
          actions += setup.retry(
            with: settings.credentials.replacement(for: .token(token), at: settings.endpoint))
        case .wait(let duration): resendAt = time.now() + duration
        case .ready:
          usesStatx = setup.traits?.isManager != true
          return nil
        case .fail(let failure): return failure
        }
      }
      let now = time.now()
      if let due = resendAt, now >= due {
        resendAt = nil
        actions += setup.resend()
        continue
      }
      let ends = [deadline.moment, resendAt].compactMap { $0 }.min()
      if let moment = deadline.moment, now >= moment { throw .timedOut }
      let turn = try stream.turn(milliseconds: ends.map { PollTime.milliseconds($0 - now) } ?? -1)
      if turn.isWoken, isCancelled() { throw .cancelled }
      if turn.isSecured { actions += setup.secured() }
      while let reply = try stream.nextReply() {
        do throws(XRootFlaw) { actions += try setup.receive(reply) } catch { throw .flaw(error) }
        // What follows the last word before TLS must not be read in the open.
        if actions.contains(.beginTLS) { break }
      }
    }
  }

  // MARK: Working

  private func work(_ job: XRootLink.Job, mayStartOver: Bool) -> XRootLink.Result {
    guard let stream else { return XRootLink.Result(isUntouched: true) }
    var showsToken = false
    if case .token = settings.setup.credential { showsToken = true }
    var work = XRootWork(
      job.items, job.subject, usesStatx: usesStatx, showsToken: showsToken, watch: job.watch)
    var counted = 0
    var hasHeard = false
    let note = { [settings] (answer: Answer) in settings.pacer.note(answer, at: settings.endpoint) }
    defer { settings.traffic.change(by: -counted) }
    do throws(LinkTrouble) {
      try run(&work, on: stream, job.deadline, &counted, &hasHeard, note)
    } catch {
      if case .timedOut = error {
        // With nothing under way the connection is as good as before.
        let isQuiet = work.underWay == 0
        work.breakOff(.deadline, note: note)
        return XRootLink.Result(outcomes: work.results(), isReusable: isQuiet)
      }
      if error != .cancelled, mayStartOver, !hasHeard, !work.hasRemoved {
        return XRootLink.Result(isUntouched: true)
      }
      work.breakOff(.init(error), note: note)
      return XRootLink.Result(outcomes: work.results())
    }
    usesStatx = usesStatx && !work.foundStatxUnknown
    return XRootLink.Result(outcomes: work.results(), isReusable: true)
  }

  private func run(
    _ work: inout XRootWork, on stream: LinkStream, _ deadline: Deadline, _ counted: inout Int,
    _ hasHeard: inout Bool, _ note: (Answer) -> Void
  ) throws(LinkTrouble) {
    var output: [UInt8] = []
    var now = time.now()
    var heard = now
    while !work.isDone {
      if isCancelled() { throw .cancelled }
      if let moment = deadline.moment, now >= moment { throw .timedOut }
      let wasIdle = work.underWay == 0
      output.removeAll(keepingCapacity: true)
      let askAgain = work.fill(now: now, into: &output) { [settings, counted] wanted, underWay in
        settings.pacer.admit(
          wanted, underWay: underWay + settings.traffic.others(than: counted), at: settings.endpoint)
      }
      if wasIdle { heard = now }
      settings.traffic.change(by: work.underWay - counted)
      counted = work.underWay
      try stream.send(output)
      // Answers of this connection make room; where none is due only time or another connection can.
      var ends = [askAgain.map { now + $0 }, deadline.moment, work.nextDue].compactMap { $0 }
      if work.underWay > 0 {
        ends.append(endOfPatience(heard: heard, quietUntil: work.quietUntil))
      } else if work.nextDue == nil, askAgain == nil {
        ends.append(now + .milliseconds(20))
      }
      let end = ends.min()
      let turn = try stream.turn(milliseconds: end.map { PollTime.milliseconds($0 - now) } ?? -1)
      now = time.now()
      if turn.hasBytes {
        heard = now
        while let reply = try stream.nextReply() {
          hasHeard = true
          do throws(XRootFlaw) {
            try work.take(reply, now: now, note: note)
          } catch {
            throw .flaw(error)
          }
        }
      } else if work.underWay > 0, now >= endOfPatience(heard: heard, quietUntil: work.quietUntil) {
        throw .silent
      }
    }
  }

  /// When a server that owes answers has been silent for too long, unless it announced to be.
  private func endOfPatience(heard: Moment, quietUntil: Moment?) -> Moment {
    let end = heard + settings.limits.silence
    return max(end, quietUntil ?? end)
  }
}
