import CLibCurl
import Deletion

/// One endpoint: the thread that sends what is planned and hears the answers. Everything that it holds belongs to that
/// one thread, which runs ``run()``.
final class WebDAVDoor {
  private let settings: WebDAVDoorSettings
  private let mailbox: WebDAVMailbox
  /// The endpoint's own URL, with a slash at its end.
  private let root: String
  private let batches: WebDAVBatches
  private let transfers: WebDAVTransfers
  private var plan: WebDAVPlan
  private let credentials: WebDAVCredentials
  private var lastAnswer = ContinuousClock.now
  private var askAgain: ContinuousClock.Instant?

  init?(_ settings: WebDAVDoorSettings, mailbox: WebDAVMailbox) {
    guard let transfers = WebDAVTransfers(settings.transfer) else { return nil }
    self.settings = settings
    self.mailbox = mailbox
    self.transfers = transfers
    root = WebDAVName.wire(endpoint: settings.endpoint) + "/"
    batches = WebDAVBatches(settings.endpoint, settings.pacer)
    plan = WebDAVPlan(batches, lookLifetime: settings.lookLifetime)
    credentials = WebDAVCredentials(settings.credentials, endpoint: settings.endpoint, root: root)
  }

  /// Works until the mailbox is closed and everything has its answer.
  func run() {
    while true {
      if let mail = mailbox.take() {
        for order in mail.orders { accept(order) }
        for id in mail.cancelled { if let job = batches[id] { end(job, .stopped) } }
        if mail.isClosed {
          for job in batches.all { end(job, .stopped) }
          return
        }
      }
      for job in batches.late(at: .now) { end(job, .noAnswerInTime) }
      repeat {
        while let (transfer, result) = transfers.nextEnded() { finish(transfer, result) }
        send()
      } while transfers.performDue()
      transfers.wait(milliseconds: patience, for: mailbox.descriptor)
    }
  }

  /// How long nothing of ours is due, in milliseconds.
  private var patience: Int32 {
    var end = batches.firstDeadline
    if !plan.isEmpty {
      // A pacer that allows nothing and gives no time is asked again all the same.
      let moment = askAgain ?? .now + (transfers.underWay == 0 ? .milliseconds(100) : .seconds(1))
      end = min(end ?? moment, moment)
    }
    guard let end else { return 60_000 }
    let seconds = (end - ContinuousClock.now).inSeconds
    return Int32(max(0, min(60_000, (seconds * 1000).rounded(.up))))
  }

  // MARK: Batches

  private func accept(_ order: WebDAVMailbox.Order) {
    let job = WebDAVJob(order)
    credentials.use(order.credential)
    if job.isOver {
      job.sendReply()
      return
    }
    batches.add(job)
    plan.plan(
      job,
      order.names.enumerated().compactMap { index, name in
        name.map { WebDAVErrand(job: job, index: index, name: $0) }
      })
  }

  /// Ends a batch now. What was sent is ambiguous.
  private func end(_ job: WebDAVJob, _ error: DeletionError) {
    for transfer in transfers.of(job) {
      guard let work = transfer.work, let errand = work.errand else { continue }
      let seconds = (ContinuousClock.now - transfer.started).inSeconds
      let wasSent = transfer.wasSent && work.isDeletion
      transfers.release(transfer)
      batches.settle(errand, .failed(wasSent ? error : error.unsent), seconds: seconds)
    }
    batches.end(job)
  }

  // MARK: Sending

  private func send() {
    guard !plan.isEmpty else { return }
    let admission = settings.pacer.admit(plan.count, underWay: transfers.underWay, at: settings.endpoint)
    if admission.isOver { return plan.giveUp(.notTried) }
    askAgain = admission.askAgainAfter.map { .now + $0 }
    var left = admission.count
    while left > 0, let work = plan.next() {
      start(work)
      left -= 1
    }
  }

  private func start(_ work: WebDAVWork) {
    let errand = work.errand
    if work.isDeletion, let errand, !errand.job.mayDelete(errand.index) {
      batches.settle(errand, .failed(.notTried), seconds: 0, isNoted: false)
      return
    }
    guard let transfer = transfers.take() else { return plan.fail(work, .outOfHandles) }
    let request = WebDAVRequest(work, root: root)
    let shown = credentials.shown(at: errand?.place)
    transfer.prepare(
      request, headers: credentials.headers(for: request, token: shown.token), identity: shown.identity)
    transfer.credential = credentials.current
    guard transfers.start(transfer, work) else { return plan.fail(work, .outOfHandles) }
    if let errand { errand.job.begin(errand.index) }
  }

  // MARK: Answers

  private func finish(_ transfer: CurlTransfer, _ result: CURLcode) {
    guard let work = transfer.work else { return }
    let now = ContinuousClock.now
    let reply = WebDAVReply(transfer, result, wallClock: settings.wallClock)
    let used = transfer.credential
    transfers.release(transfer)
    let seconds = (now - transfer.started).inSeconds
    let errand = work.errand
    if let errand { errand.job.rest(errand.index) }
    if reply.trouble == nil { lastAnswer = now }
    if reply.isUnauthorized, let again = credentials.renewed(work, after: used) {
      plan.putFirst(again)
      return
    }
    let isHome = errand?.place == nil
    switch work {
    case .askServer: plan.learnServer(reply)
    case .list(let folder, _): plan.learn(folder, reply)
    case .look(let errand): take(.afterLook(reply, at: errand), for: errand, seconds)
    case .delete(let errand): take(.afterDeletion(reply, of: errand), for: errand, seconds)
    }
    if isHome,
      let error = HopelessServer.error(
        reply, hasAnsweredSince: lastAnswer >= transfer.started,
        isCurrentCredential: used == credentials.current)
    {
      plan.giveUp(error)
    }
  }

  private func take(_ step: WebDAVStep, for errand: WebDAVErrand, _ seconds: Double) {
    switch step {
    case .settle(let kind): batches.settle(errand, kind, seconds: seconds)
    case .ask(let work): plan.putFirst(work)
    }
  }
}
