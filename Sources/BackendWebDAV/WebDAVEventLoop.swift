import CLibCurl
import DeletionModel
import HTTPTransport
import Credentials
import Networking

/// One endpoint: the thread that sends what is planned and hears the answers. Everything that it holds belongs to that
/// one thread, which runs ``run()``.
final class WebDAVEventLoop {
  /// What it works with.
  struct Settings: Sendable {
    /// As the report and the pacer call it.
    let endpoint: String
    let home: WebOrigin
    let transfer: CurlTransfer.Settings
    /// How long it is believed that a name is a file.
    let evidenceLifetime: Duration
    let noLook: Bool
    /// What was written later stays.
    let ageLimit: AgeLimit?
    /// The hosts that the site's configuration names.
    let storageHosts: StorageHosts
    let pacer: any RequestPacer
    let credentials: any CredentialProvider
    let onCredentialShown: @Sendable (CredentialUse) -> Void
    let onNotice: @Sendable (String) -> Void
    let resolve: NameResolution.Resolver
    /// Seconds since 1970, for a date in `Retry-After`.
    let wallClock: @Sendable () -> Int64
  }

  private let settings: Settings
  private let inbox: WebDAVInbox
  private let transfers: WebDAVTransfers
  private let credentials: WebDAVCredentials
  private let addresses: ServerAddresses
  private var planner: WebDAVPlanner
  private var batches: [Int: WebDAVBatch] = [:]
  /// No batch has to end before this.
  private var firstDeadline: ContinuousClock.Instant?
  private var servers = KnownServers()
  /// What waits for the addresses of its server.
  private var parked: [WebOrigin: [WebDAVWork]] = [:]
  private var probes = CertificateProbes()
  private var lastAnswer = ContinuousClock.now
  /// Whether the endpoint itself has answered anything that means that it lets us in.
  private var hasLetUsIn = false
  private var askAgain: ContinuousClock.Instant?
  private var notices: Set<EndpointNotice> = []

  init?(_ settings: Settings, inbox: WebDAVInbox) {
    guard let transfers = WebDAVTransfers(settings.transfer) else { return nil }
    self.settings = settings
    self.inbox = inbox
    self.transfers = transfers
    planner = WebDAVPlanner(
      home: settings.home, lifetime: settings.evidenceLifetime, noLook: settings.noLook,
      ageLimit: settings.ageLimit)
    addresses = ServerAddresses(inbox, limit: settings.transfer.connectLimit, resolve: settings.resolve)
    credentials = WebDAVCredentials(
      settings.credentials, endpoint: settings.endpoint, home: settings.home,
      storageHosts: settings.storageHosts,
      onShown: settings.onCredentialShown)
  }

  /// Works until the inbox is closed and everything has its answer.
  func run() {
    while true {
      if let contents = inbox.take() {
        take(contents)
        if contents.isClosed {
          for batch in batches.values { end(batch, .stopped) }
          return
        }
      }
      endLateBatches()
      repeat {
        while let (transfer, result) = transfers.nextEnded() { finish(transfer, result) }
        send()
      } while transfers.performDue()
      transfers.wait(milliseconds: timeout, for: inbox.descriptor)
    }
  }

  /// How long nothing of ours is due, in milliseconds.
  private var timeout: Int32 {
    var end = firstDeadline
    if !planner.isEmpty {
      // A pacer that allows nothing and gives no time is asked again all the same.
      let moment = askAgain ?? .now + (transfers.inFlight == 0 ? .milliseconds(100) : .seconds(1))
      end = min(end ?? moment, moment)
    }
    guard let end else { return 60_000 }
    let seconds = (end - ContinuousClock.now).inSeconds
    return Int32(max(0, min(60_000, (seconds * 1000).rounded(.up))))
  }

  // MARK: What comes in

  private func take(_ contents: WebDAVInbox.Contents) {
    for order in contents.orders { accept(order) }
    for id in contents.cancelled { if let batch = batches[id] { end(batch, .stopped) } }
    for (origin, connectTo) in contents.addresses {
      addresses.learn(origin, connectTo)
      for work in (parked.removeValue(forKey: origin) ?? []).reversed() { planner.putFirst(work) }
    }
    for (id, error) in contents.findings {
      guard let probe = probes.end(id, with: error) else { continue }
      probe.work.file.batch.rest(probe.work.file.index)
      if error == nil { servers.noteCertificateTaken(at: probe.origin) }
      receive(probe.response, to: probe.work, seconds: probe.seconds, hasAnsweredSince: false)
    }
  }

  private func accept(_ order: WebDAVBatch.Order) {
    let batch = WebDAVBatch(order)
    credentials.use(order.credential)
    if batch.isOver {
      batch.finish()
      return
    }
    batches[batch.id] = batch
    if let deadline = batch.deadline { firstDeadline = min(firstDeadline ?? deadline, deadline) }
    planner.add(batch.files(), now: .now)
  }

  private func endLateBatches() {
    guard let first = firstDeadline, first <= .now else { return }
    firstDeadline = nil
    for batch in batches.values {
      guard let deadline = batch.deadline else { continue }
      if deadline <= .now {
        end(batch, .noAnswerInTime)
      } else {
        firstDeadline = min(firstDeadline ?? deadline, deadline)
      }
    }
  }

  /// Ends a batch now. What was sent is ambiguous, what was not sent was not tried.
  private func end(_ batch: WebDAVBatch, _ error: DeletionError) {
    var listings: [WebDAVListing] = []
    var surveys: [ServerSurvey] = []
    for transfer in transfers.all {
      guard let work = transfer.work, work.file.batch === batch else { continue }
      let seconds = (ContinuousClock.now - transfer.curl.started).inSeconds
      let wasSent = transfer.curl.wasSent && work.isDeletion || work.file.mayBeGone
      note(transfer.curl.wasSent ? .abandoned : .unsent, transfer.ticket)
      transfers.release(transfer)
      batch.complete(work.file.index, Answer(.failed(wasSent ? error : error.unsent), seconds: seconds))
      switch work {
      case .list(let listing): listings.append(listing)
      case .survey(let survey): surveys.append(survey)
      case .stat, .delete: break
      }
    }
    batch.completeRest(.notTried)
    close(batch)
    for listing in listings { planner.end(listing, now: .now) }
    for survey in surveys { planner.end(survey, now: .now) }
    answer(seconds: 0, of: nil)
  }

  private func close(_ batch: WebDAVBatch) {
    // A batch that ended early still has files in the queues: they are passed over there.
    if batches.removeValue(forKey: batch.id) != nil { batch.finish() }
  }

  // MARK: Sending

  private func send() {
    guard !planner.isEmpty else { return }
    let admission = settings.pacer.admit(planner.count, at: settings.endpoint)
    if admission.isOver { return handBack(.notTried) }
    askAgain = admission.askAgainAfter.map { .now + $0 }
    for index in 0..<admission.count {
      let ticket = admission.ticket(index)
      if let work = nextReady(), start(work, ticket) { continue }
      note(.unsent, ticket)
    }
    answer(seconds: 0, of: nil)
  }

  /// What is to be sent next to a server whose addresses are known.
  private func nextReady() -> WebDAVWork? {
    while let work = planner.next(now: .now) {
      let origin = work.location?.origin ?? settings.home
      if addresses.isReady(origin) { return work }
      parked[origin, default: []].append(work)
    }
    return nil
  }

  private func note(_ end: PaceOutcome, _ ticket: PaceTicket) {
    settings.pacer.note(end, of: ticket, at: settings.endpoint)
  }

  /// - Parameter isFresh: whether it goes out once more, on a connection of its own.
  /// - Returns: whether it is in flight.
  private func start(_ work: WebDAVWork, _ ticket: PaceTicket, isFresh: Bool = false) -> Bool {
    let file = work.file
    if work.isDeletion, !isFresh, !file.batch.mayBegin(file.index) {
      complete(file, Answer(.failed(.notTried)))
      return false
    }
    guard let transfer = transfers.take() else {
      fail(work, .outOfHandles)
      return false
    }
    let request = WebDAVRequest(work, home: settings.home, asksForTime: settings.ageLimit != nil)
    let reader = request.hasBody ? MultistatusReader() : nil
    let shown = credentials.shown(at: work.location)
    transfer.curl.prepare(
      request.http, reader: reader, headers: credentials.headers(for: request, token: shown.token),
      identity: shown.identity,
      connectTo: addresses.connectTo(request.origin), isFresh: isFresh,
      leaves: servers.habits(of: request.origin))
    transfer.shown = shown
    transfer.ticket = ticket
    credentials.note(shown, at: work.location)
    guard transfers.start(transfer, work) else {
      fail(work, .outOfHandles)
      return false
    }
    file.batch.begin(file.index)
    return true
  }

  private func fail(_ work: WebDAVWork, _ error: DeletionError) {
    planner.fail(work, error, now: .now)
    answer(seconds: 0, of: nil)
  }

  // MARK: Answers

  private func finish(_ transfer: WebDAVTransfer, _ result: CURLcode) {
    guard let work = transfer.work, let origin = transfer.curl.origin else { return }
    let response = WebDAVResponse(transfer.curl, result, wallClock: settings.wallClock)
    let (shown, started, wasSent, isFresh, ticket) = (
      transfer.shown, transfer.curl.started, transfer.curl.wasSent, transfer.curl.isFresh, transfer.ticket
    )
    transfers.release(transfer)
    let now = ContinuousClock.now
    let seconds = (now - started).inSeconds
    let file = work.file
    file.batch.rest(file.index)
    servers.learn(response, from: origin, isFresh: isFresh)
    if response.transportError?.isUnavailable == true { addresses.forget(origin) }
    if response.isLost, !isFresh {
      // No attempt: DELETE and PROPFIND may be sent again at once (RFC 9110 section 9.2.2).
      if work.isDeletion, wasSent { file.mayBeGone = true }
      guard planner.maySend(work, now: now) else {
        note(.unsent, ticket)
        return planner.putFirst(work)
      }
      if !start(work, ticket, isFresh: true) { note(.unsent, ticket) }
      return
    }
    note(response.paceOutcome(isDeletion: work.isDeletion), ticket)
    if response.transportError == nil, work.location == nil { lastAnswer = now }
    if response.isUnauthorized, credentials.renew(file, after: shown) {
      planner.putFirst(work)
      return
    }
    if origin.isSecure, !servers.takesCertificate(origin), CurlErrors.mayHideAlert(result),
      response.transportError?.errorClass != .auth,
      probes.begin(
        .init(origin: origin, work: work, response: response, seconds: seconds), shown.identity,
        settings.transfer, inbox)
    {
      return file.batch.begin(file.index)
    }
    receive(response, to: work, seconds: seconds, hasAnsweredSince: lastAnswer >= started)
  }

  private func receive(
    _ response: WebDAVResponse, to work: WebDAVWork, seconds: Double, hasAnsweredSince: Bool
  ) {
    let isHome = work.location == nil
    if isHome, response.isGood || response.isRedirect { hasLetUsIn = true }
    planner.receive(response, to: work, now: .now)
    answer(seconds: seconds, of: work.file)
    if isHome, isHopeless(response, hasAnsweredSince: hasAnsweredSince) { handBack(.heldBackByEndpoint) }
  }

  /// Whether the rest is not sent before somebody has judged the endpoint: nobody answers there, or it does not let us in.
  private func isHopeless(_ response: WebDAVResponse, hasAnsweredSince: Bool) -> Bool {
    if response.isUnauthorized { return !hasLetUsIn }
    guard let transportError = response.transportError else { return false }
    switch transportError.errorClass {
    case .auth, .endpoint: return !hasLetUsIn
    case .fatal: return true
    default: return transportError.isUnavailable && (!transportError.isAmbiguous || !hasAnsweredSince)
    }
  }

  /// Hands back what has not been sent: the engine judges the endpoint by the answers that there are.
  private func handBack(_ error: DeletionError) {
    planner.removeAll()
    parked = [:]
    for batch in batches.values {
      batch.completeWaiting(error)
      if batch.isOver { close(batch) }
    }
  }

  /// Gives files the answers that the planner has for them.
  /// - Parameter seconds: how long the request of `file` took.
  private func answer(seconds: Double, of file: WebDAVFile?) {
    if !planner.notices.isEmpty {
      for notice in planner.takeNotices() where notices.insert(notice).inserted {
        settings.onNotice(notice.text(settings.endpoint))
      }
    }
    while let (completed, kind) = planner.nextAnswer() {
      complete(
        completed,
        Answer(kind.asCompleted, seconds: completed === file ? seconds : 0, facts: completed.facts))
    }
  }

  private func complete(_ file: WebDAVFile, _ answer: Answer) {
    file.batch.complete(file.index, answer)
    if file.batch.isOver { close(file.batch) }
  }
}
