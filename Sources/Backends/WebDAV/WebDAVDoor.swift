import CLibCurl
import Deletion
import OrderedCollections

/// One endpoint: its connections, what is known of it, and the batches that are under way. All of it belongs to one
/// thread, which runs ``run()``.
final class WebDAVDoor {
  private let settings: WebDAVDoorSettings
  private let multi: CurlMulti
  private let mailbox: WebDAVMailbox
  private let headers: WebDAVHeaders
  /// The endpoint's own URL, with a slash at its end.
  private let root: String
  private let home: WebLocation?
  private var credential: EndpointCredential = .none
  private var kind: ServerKind?
  private var isAsking = false
  private var lastAnswer = ContinuousClock.now

  private var jobs: [Int: WebDAVJob] = [:]
  /// No batch has to end before this.
  private var firstDeadline: ContinuousClock.Instant?
  /// Batches that came before it was known what the server is.
  private var undecided: [(WebDAVJob, [WebDAVErrand])] = []
  private var folders: WebDAVFolders
  private var queue = WebDAVQueue()
  private var transfers: [CurlTransfer] = []
  private var idle: [CurlTransfer] = []
  private var underWay = 0
  private var askAgain: ContinuousClock.Instant?

  init?(_ settings: WebDAVDoorSettings, mailbox: WebDAVMailbox) {
    guard let multi = CurlMulti() else { return nil }
    self.settings = settings
    self.multi = multi
    self.mailbox = mailbox
    headers = WebDAVHeaders()
    folders = WebDAVFolders(lifetime: settings.lookLifetime)
    root = WebDAVName.wire(endpoint: settings.endpoint) + "/"
    home = WebLocation(root)
  }

  /// Works until the mailbox is closed and everything has its answer.
  func run() {
    while true {
      if let mail = mailbox.take() {
        for order in mail.orders { accept(order) }
        for id in mail.cancelled { end(id, .stopped) }
        if mail.isClosed {
          for id in Array(jobs.keys) { end(id, .stopped) }
          break
        }
      }
      expire()
      repeat {
        while let (owner, result) = multi.next() {
          finish(Unmanaged<CurlTransfer>.fromOpaque(owner).takeUnretainedValue(), result)
        }
        send()
      } while multi.performDue()
      multi.wait(milliseconds: patience, for: mailbox.descriptor)
    }
    // The handles go before what they are attached to.
    for transfer in transfers where transfer.work != nil { multi.remove(transfer.handle) }
    transfers = []
    idle = []
  }

  /// How long nothing of ours is due, in milliseconds.
  private var patience: Int32 {
    var end = firstDeadline
    if !queue.isEmpty {
      // A pacer that allows nothing and gives no time is asked again all the same.
      let moment = askAgain ?? .now + (underWay == 0 ? .milliseconds(100) : .seconds(1))
      end = min(end ?? moment, moment)
    }
    guard let end else { return 60_000 }
    let seconds = (end - ContinuousClock.now).inSeconds
    return Int32(max(0, min(60_000, (seconds * 1000).rounded(.up))))
  }

  // MARK: Batches

  private func accept(_ order: WebDAVMailbox.Order) {
    let job = WebDAVJob(order)
    if order.credential != credential { use(order.credential) }
    if job.isOver {
      job.sendReply()
      return
    }
    jobs[job.id] = job
    if let deadline = job.deadline { firstDeadline = min(firstDeadline ?? deadline, deadline) }
    let errands = order.names.enumerated().compactMap { index, name in
      name.map { WebDAVErrand(job: job, index: index, name: $0) }
    }
    plan(job, errands)
  }

  private func plan(_ job: WebDAVJob, _ errands: [WebDAVErrand]) {
    if job.subject == .emptyDirectories, let kind, kind != .removesOnlyEmptyFolders {
      for errand in errands { settle(errand, .failed(.directoriesStayHere), seconds: 0, isNoted: false) }
      return
    }
    switch kind {
    case nil:
      undecided.append((job, errands))
      if !isAsking {
        isAsking = true
        queue.putFirst(.askServer)
      }
    case .refusesFolders:
      for errand in errands { queue.put(.delete(errand)) }
    case .removesOnlyEmptyFolders where job.subject == .emptyDirectories:
      for errand in errands { queue.put(.look(errand)) }
    case .mustLook, .removesOnlyEmptyFolders:
      planLooks(errands)
    }
  }

  /// Where a deletion may remove a directory, nothing is sent for a name that is not known to be a file.
  /// - Parameter wanted: how many names may be asked for, where that is more.
  private func planLooks(_ errands: [WebDAVErrand], wanted: Int = 0) {
    let now = ContinuousClock.now
    for (folder, errands) in OrderedDictionary(grouping: errands, by: \.name.folder) {
      if case .pending? = folders[folder] {
        folders.wait(errands, for: folder, wanted: errands.count)
      } else if !folders.isStale(folder, now: now) {
        sort(errands, by: folder)
      } else if max(errands.count, wanted) > 1 {
        folders.wait(errands, for: folder, wanted: max(errands.count, wanted))
        queue.putFirst(.list(folder: folder))
      } else {
        for errand in errands { queue.put(.look(errand)) }
      }
    }
  }

  /// Files are deleted, directories refused, and what the listing does not say for certain is looked at: a name that
  /// is missing there may be on another server behind the same door.
  private func sort(_ errands: [WebDAVErrand], by folder: String) {
    let waiting = errands.filter { $0.job.states[$0.index] == .waiting }
    let (known, since) = folders.take(waiting.map(\.name.name), in: folder)
    for (errand, knowledge) in zip(waiting, known) {
      switch knowledge {
      case .file:
        errand.knownSince = since
        if errand.isOverdue { queue.putFirst(.delete(errand)) } else { queue.put(.delete(errand)) }
      case .folder: settle(errand, .failed(.isDirectory), seconds: 0, isNoted: false)
      case .unclear: queue.put(.look(errand))
      }
    }
  }

  /// Why a batch ends before its files have answers.
  private enum EarlyEnd { case stopped, late }

  private func expire() {
    guard let first = firstDeadline else { return }
    let now = ContinuousClock.now
    guard first <= now else { return }
    for job in Array(jobs.values) {
      if let deadline = job.deadline, deadline <= now { end(job.id, .late) }
    }
    firstDeadline = jobs.values.compactMap(\.deadline).min()
  }

  /// Ends a batch now. What was sent is ambiguous.
  private func end(_ id: Int, _ why: EarlyEnd) {
    guard let job = jobs[id] else { return }
    for transfer in transfers {
      guard let errand = transfer.work?.errand, errand.job === job else { continue }
      let seconds = (ContinuousClock.now - transfer.started).inSeconds
      let wasSent = transfer.wasSent && transfer.work?.isDeletion == true
      release(transfer)
      let error = why == .stopped ? DeletionError.stopped : .noAnswerInTime
      settle(errand, .failed(wasSent ? error : error.unsent), seconds: seconds)
    }
    for index in job.states.indices where job.states[index] != .settled {
      job.settle(index, Answer(.failed(.notTried)))
    }
    close(job)
  }

  private func settle(_ errand: WebDAVErrand, _ kind: Answer.Kind, seconds: Double, isNoted: Bool = true) {
    let answer = Answer(kind.asSettled, seconds: seconds)
    errand.job.settle(errand.index, answer)
    if isNoted { settings.pacer.note(answer, at: settings.endpoint) }
    if errand.job.isOver { close(errand.job) }
  }

  private func close(_ job: WebDAVJob) {
    // A job that ended early still has errands in the queues: they find their files settled.
    if jobs.removeValue(forKey: job.id) != nil { job.sendReply() }
  }

  /// Gives everything that has not been sent the same answer: each would fail alike.
  private func giveUp(_ error: DeletionError) {
    queue.removeAll()
    undecided = []
    isAsking = false
    for job in Array(jobs.values) {
      for index in job.states.indices where job.states[index] == .waiting {
        job.settle(index, Answer(.failed(error.unsent)))
      }
      if job.isOver { close(job) }
    }
    folders.removePending()
  }

  // MARK: Sending

  private func send() {
    guard !queue.isEmpty else { return }
    let admission = settings.pacer.admit(queue.count, underWay: underWay, at: settings.endpoint)
    if admission.isOver { return giveUp(.notTried) }
    askAgain = admission.askAgainAfter.map { .now + $0 }
    var left = admission.count
    while left > 0, let work = queue.next() {
      if let errand = work.errand, errand.job.states[errand.index] != .waiting { continue }
      if case .delete(let errand) = work, lookAgain(errand) { continue }
      start(work)
      left -= 1
    }
  }

  /// Where it is too long ago that a name was a file, as with a long queue at a slow server, it is looked at once
  /// more.
  private func lookAgain(_ errand: WebDAVErrand) -> Bool {
    guard let since = errand.knownSince, .now - since > settings.lookLifetime else { return false }
    errand.knownSince = nil
    errand.isOverdue = true
    if errand.place == nil {
      planLooks([errand], wanted: queue.count + 1)
    } else {
      queue.putFirst(.look(errand))
    }
    return true
  }

  private func start(_ work: WebDAVWork) {
    if case .delete(let errand) = work, !errand.job.mayDelete(errand.index) {
      settle(errand, .failed(.notTried), seconds: 0, isNoted: false)
      return
    }
    guard let transfer = idle.popLast() ?? makeTransfer() else {
      fail(work, .outOfHandles, seconds: 0)
      return
    }
    let place = work.errand?.place
    // Another server is shown nothing of ours: what it may want is in the URL that it was named with.
    let isHome = place.map { place in home.map(place.isSameDoor(as:)) ?? false } ?? true
    let shown = isHome ? credential : .none
    var identity: (certificate: String, key: String)?
    var token: Secret?
    switch shown {
    case .x509(let certificate, let key): identity = (certificate, key)
    case .token(let secret): token = home?.scheme == "https" ? secret : nil
    case .none: break
    }
    switch work {
    case .delete(let errand):
      errand.job.begin(errand.index)
      transfer.prepare(
        .delete, url: place?.text ?? root, target: place == nil ? errand.targetOfDeletion : nil,
        headers: headers.list(depth: 0, token: token), identity: identity,
        limit: 64 << 10)
    case .look(let errand):
      errand.job.begin(errand.index)
      let reader = MultistatusReader()
      transfer.reader = reader
      transfer.prepare(
        .propfind, url: place?.text ?? root, target: place == nil ? errand.name.target : nil,
        headers: headers.list(depth: 0, hasBody: true, token: token),
        identity: identity, limit: 1 << 20, reader: reader)
    case .list(let folder):
      var wanted = 0
      if case .pending(_, let count)? = folders[folder] { wanted = count }
      let reader = MultistatusReader()
      transfer.reader = reader
      transfer.prepare(
        .propfind, url: folder, headers: headers.list(depth: 1, hasBody: true, token: token),
        identity: identity, limit: WebDAVFolders.limit(wanted: wanted), reader: reader)
    case .askServer:
      // The directory of the first file: a proxy may send other parts of the tree elsewhere.
      let folder = undecided.first?.1.first?.name.folder
      transfer.prepare(
        .options, url: folder ?? root, headers: headers.list(depth: 0, token: token), identity: identity,
        limit: BodyText.limit)
    }
    transfer.credential = credential
    transfer.work = work
    guard multi.add(transfer.handle) else {
      transfer.work = nil
      idle.append(transfer)
      fail(work, .outOfHandles, seconds: 0)
      return
    }
    underWay += 1
  }

  private func makeTransfer() -> CurlTransfer? {
    guard let transfer = CurlTransfer(settings.transfer, share: multi.share) else { return nil }
    transfers.append(transfer)
    return transfer
  }

  private func release(_ transfer: CurlTransfer) {
    multi.remove(transfer.handle)
    transfer.work = nil
    transfer.reader = nil
    idle.append(transfer)
    underWay -= 1
  }

  // MARK: Answers

  private func finish(_ transfer: CurlTransfer, _ result: CURLcode) {
    guard let work = transfer.work else { return }
    let now = ContinuousClock.now
    let reply = WebDAVReply(transfer, result, wallClock: settings.wallClock)
    let used = transfer.credential
    release(transfer)
    let seconds = (now - transfer.started).inSeconds
    work.errand.map { $0.job.rest($0.index) }
    if reply.trouble == nil { lastAnswer = now }
    if reply.status == 401, reply.trouble == nil, let again = renewed(work, after: used) {
      queue.putFirst(again)
      return
    }
    switch work {
    case .askServer: learnServer(reply)
    case .list(let folder): learn(folder, reply)
    case .look(let errand): learn(errand, reply, seconds: seconds)
    case .delete(let errand): finish(errand, reply, seconds: seconds)
    }
    giveUpIfHopeless(reply, used: used, isHome: work.errand?.place == nil, started: transfer.started)
  }

  private func finish(_ errand: WebDAVErrand, _ reply: WebDAVReply, seconds: Double) {
    if let trouble = reply.trouble {
      settle(errand, .failed(trouble), seconds: seconds)
    } else if Redirects.statuses.contains(reply.status) {
      // What stands behind a door is another server than the one that is known to refuse directories.
      follow(errand, reply, seconds: seconds) { $0.knownSince != nil ? .delete($0) : .look($0) }
    } else if reply.status == 207 {
      settle(errand, Multistatus.answer(reply.body), seconds: seconds)
    } else {
      settle(errand, HTTPAnswers.answer(reply.http), seconds: seconds)
    }
  }

  private func follow(
    _ errand: WebDAVErrand, _ reply: WebDAVReply, seconds: Double, _ next: (WebDAVErrand) -> WebDAVWork
  ) {
    if errand.job.subject == .emptyDirectories {
      // What stands behind a door is another server than the one that is known.
      settle(errand, .failed(.directoriesStayHere), seconds: seconds)
      return
    }
    do throws(DeletionError) {
      errand.place = try Redirects.next(
        reply.location, from: errand.url, status: reply.status, followed: errand.redirects)
      errand.redirects += 1
      queue.putFirst(next(errand))
    } catch {
      settle(errand, .failed(error), seconds: seconds)
    }
  }

  /// Nothing was deleted by a look, so nothing is ambiguous.
  private func learn(_ errand: WebDAVErrand, _ reply: WebDAVReply, seconds: Double) {
    if let trouble = reply.trouble {
      settle(errand, .failed(trouble.unsent), seconds: seconds)
      return
    }
    if Redirects.statuses.contains(reply.status) {
      follow(errand, reply, seconds: seconds) { .look($0) }
      return
    }
    let knowledge = Multistatus.knowledge(reply.http, members: reply.members)
    if errand.job.subject == .emptyDirectories {
      learnDirectory(errand, knowledge, from: reply.signs.server, seconds: seconds)
      return
    }
    switch knowledge {
    case .file:
      errand.knownSince = .now
      queue.putFirst(.delete(errand))
    case .answer(let kind): settle(errand, kind, seconds: seconds)
    }
  }

  private func learnDirectory(
    _ errand: WebDAVErrand, _ knowledge: Multistatus.Knowledge, from server: String, seconds: Double
  ) {
    switch knowledge {
    // Another part of the tree may be another server's.
    case .answer(.failed(.isDirectory)) where !ServerKind.isXRootD(server):
      settle(errand, .failed(.directoriesStayHere), seconds: seconds)
    case .answer(.failed(.isDirectory)): queue.putFirst(.delete(errand))
    case .answer(let kind): settle(errand, kind, seconds: seconds)
    case .file: settle(errand, .failed(.isNoDirectory), seconds: seconds)
    }
  }

  private func learn(_ folder: String, _ reply: WebDAVReply) {
    let now = ContinuousClock.now
    var error = reply.trouble
    if error == nil, HTTPAnswers.error(reply.http).errorClass == .overload {
      error = HTTPAnswers.error(reply.http)
    }
    if let error, !reply.isTooLong {
      let waiting = folders.learn(nil, of: folder)
      for (number, errand) in waiting.enumerated() {
        settle(errand, .failed(error.unsent), seconds: 0, isNoted: number == 0)
      }
      return
    }
    var state = WebDAVFolders.State.closed(since: now)
    if reply.status == 207, !reply.isTooLong, let members = reply.members {
      state = .listed(FolderListing(members), since: now)
    }
    sort(folders.learn(state, of: folder), by: folder)
  }

  private func learnServer(_ reply: WebDAVReply) {
    isAsking = false
    let waiting = undecided
    undecided = []
    let error = reply.trouble ?? HTTPAnswers.error(reply.http)
    if reply.trouble != nil || error.errorClass == .overload {
      settings.pacer.note(Answer(.failed(error.unsent)), at: settings.endpoint)
      for (_, errands) in waiting {
        for errand in errands { settle(errand, .failed(error.unsent), seconds: 0, isNoted: false) }
      }
      return
    }
    // Who does not let us in has not said what he is: asked again with the next batch.
    let found = ServerKind(reply.signs)
    if error.errorClass != .auth { kind = found }
    for (job, errands) in waiting {
      if kind != nil {
        plan(job, errands)
      } else if job.subject == .files {
        planLooks(errands)
      } else {
        for errand in errands { settle(errand, .failed(error.unsent), seconds: 0, isNoted: false) }
      }
    }
  }

  /// The same work with another credential, where there is one.
  private func renewed(_ work: WebDAVWork, after used: EndpointCredential) -> WebDAVWork? {
    if let errand = work.errand {
      guard errand.mayRenew, errand.place == nil else { return nil }
    } else if used != credential {
      return work
    }
    if used == credential {
      guard let fresh = settings.credentials.replacement(for: used, at: settings.endpoint), fresh != used
      else { return nil }
      use(fresh)
    }
    switch work {
    case .look(let errand):
      errand.mayRenew = false
      return .look(errand)
    case .delete(let errand):
      errand.mayRenew = false
      return .delete(errand)
    case .askServer, .list: return work
    }
  }

  private func use(_ credential: EndpointCredential) {
    self.credential = credential
    headers.removeAll()
  }

  /// Some failures are the same for every file: nobody listens, nobody answers, or nobody trusts the other. Then
  /// the rest is not sent, so that a dead or unwilling server is not asked a thousand times.
  private func giveUpIfHopeless(
    _ reply: WebDAVReply, used: EndpointCredential, isHome: Bool, started: ContinuousClock.Instant
  ) {
    guard isHome else { return }
    if let trouble = reply.trouble {
      let isMute = trouble.isUnavailable && (!trouble.isAmbiguous || lastAnswer < started)
      if isMute || trouble.errorClass == .auth || trouble.errorClass == .fatal { giveUp(trouble) }
    } else if reply.status == 401, used == credential {
      giveUp(HTTPAnswers.error(reply.http))
    }
  }

  /// Work that could not even be begun.
  private func fail(_ work: WebDAVWork, _ error: DeletionError, seconds: Double) {
    switch work {
    case .look(let errand), .delete(let errand):
      errand.job.rest(errand.index)
      settle(errand, .failed(error), seconds: seconds)
    case .list(let folder):
      for errand in folders.learn(nil, of: folder) { settle(errand, .failed(error), seconds: seconds) }
    case .askServer: giveUp(error)
    }
  }
}
