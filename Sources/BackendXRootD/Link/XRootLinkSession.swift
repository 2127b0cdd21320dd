import DeletionModel
import Credentials
import XRootDProtocol
import Networking
import Threads

/// What the thread of an ``XRootLink`` does: connect, log in, work. For one thread.
final class XRootLinkSession {
  private let settings: XRootLink.Settings
  private let wakeup: Wakeup
  private let isCancelled: () -> Bool
  private var stream: LinkStream?
  private var usesStatx = true
  private var lookup: XRootLookup?
  private var isProxy = false
  private var isLoggedIn = false
  private var signer: XRootSigner?

  init(_ settings: XRootLink.Settings, wakeup: Wakeup, isCancelled: @escaping () -> Bool) {
    self.settings = settings
    self.wakeup = wakeup
    self.isCancelled = isCancelled
  }

  private var time: any TimeSource { settings.time }

  /// Waits while there is no job, at most so long.
  /// - Returns: whether the connection is still good.
  func rest(for duration: Duration) -> Bool {
    guard let stream else { return false }
    do throws(LinkError) {
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
    case .failure(.finding(let finding)): throw .error(.xrootUnreachable(finding.text, finding.state))
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
    do throws(LinkError) {
      failure = try converse(stream, until: deadline)
    } catch {
      throw .error(.xrootBroken(error, doing: "before the login was over"))
    }
    if let failure { throw failure }
  }

  /// - Returns: why we were not let in; nil where we were.
  private func converse(
    _ stream: LinkStream, until deadline: Deadline
  ) throws(LinkError) -> XRootSetupFailure? {
    var setup = XRootSetup(settings.setup)
    var actions = setup.start()
    var resendAt: Moment?
    while true {
      while !actions.isEmpty {
        switch actions.removeFirst() {
        case .send(let bytes):
          if let kind = setup.takeShown() { noteShown(kind, isSecure: stream.isSecure) }
          try stream.send(bytes)
        case .beginTLS:
          guard let tls = settings.tls else {
            throw .tls(TLSError(text: "the certification authorities cannot be used"))
          }
          try stream.beginTLS(tls, host: settings.server.address.host)
        case .replaceToken(let token):
          actions += setup.retry(
            with: settings.credentials.replacement(for: .token(token), at: settings.endpoint))
        case .wait(let duration): resendAt = time.now() + duration
        case .ready:
          if setup.traits?.isManager == true { lookup = XRootLookup() }
          isProxy = setup.traits?.isProxy == true
          signer = setup.signer
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
        do throws(XRootProtocolError) { actions += try setup.receive(reply) } catch {
          throw .protocolError(error)
        }
        // What follows the last word before TLS must not be read in the open.
        if actions.contains(.beginTLS) { break }
      }
    }
  }

  private func noteShown(_ kind: CredentialUse.Kind, isSecure: Bool) {
    settings.onCredentialShown(
      CredentialUse(
        endpoint: settings.endpoint,
        server: (isSecure ? "roots://" : "root://") + settings.server.address.text, kind: kind))
  }

  // MARK: Working

  private func work(_ job: XRootLink.Job, mayStartOver: Bool) -> XRootLink.Result {
    guard let stream else { return XRootLink.Result(isUntouched: true) }
    var showsToken = false
    if case .token = settings.setup.credential { showsToken = true }
    var work = XRootWork(
      .init(
        kind: job.kind, ageLimit: settings.ageLimit, usesStatx: usesStatx, lookup: lookup, isProxy: isProxy,
        showsToken: showsToken,
        probes: settings.facts.probes.load(ordering: .relaxed), signer: signer, mayBegin: job.mayBegin))
    var taken: [XRootWork.Item] = []
    var hasHeard = false
    let note = { [settings] (end: PaceOutcome, ticket: PaceTicket) in
      settings.pacer.note(end, of: ticket, at: settings.endpoint)
    }
    do throws(LinkError) {
      try run(&work, job, &taken, on: stream, &hasHeard, note)
    } catch {
      if case .timedOut = error {
        // With nothing in flight the connection is as good as before.
        let isQuiet = work.inFlight == 0
        work.breakOff(.deadline, note: note)
        deliver(&work, job)
        return XRootLink.Result(isReusable: isQuiet)
      }
      if error != .cancelled, mayStartOver, !hasHeard, !work.hasRemoved {
        work.abandonRequests(note: note)
        job.feed.putBack(taken)
        return XRootLink.Result(isUntouched: true)
      }
      work.breakOff(.init(error), note: note)
      deliver(&work, job)
      return XRootLink.Result()
    }
    usesStatx = usesStatx && !work.foundStatxUnknown
    lookup = work.lookup
    return XRootLink.Result(isReusable: true)
  }

  /// Answers are passed on so many at a time, or after so long: each time another thread is woken. With each turn of the
  /// connection passed on at once, 50,000 files took 0.69 s of processor time, and 0.47 s where a batch was answered whole;
  /// half as many at a time take 15 % more of the user's time. A killed run asks again for what was not passed on.
  private static let answersTogether = 128
  private static let answerDelay = Duration.milliseconds(5)

  /// Passes on what has to be, and says when the rest is due.
  private func deliverDue(_ work: inout XRootWork, _ job: XRootLink.Job, _ since: inout Moment?, now: Moment)
  {
    guard work.outcomes.freshCount > 0 else { return }
    let began = since ?? now
    since = began
    if work.outcomes.freshCount >= Self.answersTogether || work.outcomes.hasFollowUp || work.isDone
      || now - began >= Self.answerDelay
    {
      since = nil
      deliver(&work, job)
    }
  }

  private func deliver(_ work: inout XRootWork, _ job: XRootLink.Job) {
    let completed = work.takeCompleted()
    guard !completed.isEmpty else { return }
    if work.probes { settings.facts.probes.store(true, ordering: .relaxed) }
    job.deliver(
      .init(completed: completed, serverCount: work.serverCount, missedServers: work.missedServers))
  }

  private func run(
    _ work: inout XRootWork, _ job: XRootLink.Job, _ taken: inout [XRootWork.Item], on stream: LinkStream,
    _ hasHeard: inout Bool, _ note: (PaceOutcome, PaceTicket) -> Void
  ) throws(LinkError) {
    var output: [UInt8] = []
    var now = time.now()
    var heard = now
    // Since when an answer waits to be passed on.
    var undelivered: Moment?
    while !(work.isDone && work.inFlight == 0 && job.feed.isOver) {
      if isCancelled() { throw .cancelled }
      if let moment = job.deadline.moment, now >= moment { throw .timedOut }
      let more = job.feed.take()
      if !more.isEmpty {
        if !hasHeard { taken += more }
        work.add(more, now: now)
      }
      let wasIdle = work.inFlight == 0
      output.removeAll(keepingCapacity: true)
      let askAgain = work.fill(now: now, into: &output) { [settings] wanted in
        settings.pacer.admit(wanted, at: settings.endpoint)
      } note: {
        note($0, $1)
      }
      if wasIdle { heard = now }
      deliverDue(&work, job, &undelivered, now: now)
      try stream.send(output)
      // Answers of this connection make room, and further files wake it; for the rest there is a time.
      var ends = [
        askAgain.map { now + $0 }, job.deadline.moment, work.nextDue,
        undelivered.map { $0 + Self.answerDelay },
      ].compactMap { $0 }
      if work.inFlight > 0 { ends.append(answerTimeout(heard: heard, quietUntil: work.quietUntil)) }
      let end = ends.min()
      let turn = try stream.turn(milliseconds: end.map { PollTime.milliseconds($0 - now) } ?? -1)
      now = time.now()
      if turn.hasBytes {
        heard = now
        while let reply = try stream.nextReply() {
          hasHeard = true
          do throws(XRootProtocolError) {
            try work.take(reply, now: now, note: note)
          } catch {
            throw .protocolError(error)
          }
        }
      } else if work.inFlight > 0, now >= answerTimeout(heard: heard, quietUntil: work.quietUntil) {
        throw .silent
      }
      deliverDue(&work, job, &undelivered, now: now)
    }
    deliver(&work, job)
  }

  /// When a server that owes answers has been silent for too long, unless it announced to be.
  private func answerTimeout(heard: Moment, quietUntil: Moment?) -> Moment {
    let end = heard + settings.limits.silence
    return max(end, quietUntil ?? end)
  }
}
