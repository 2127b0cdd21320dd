import DeletionModel
import DequeModule
import HTTPTransport
import Networking

/// What is asked, in which order, before a file may be deleted. Pure: files, responses and the time in; requests and
/// answers out.
///
/// Nothing is sent to delete a name that the server in question has not called a file before (``FileEvidence``): the
/// directory of several files is listed once, a single file is asked for by itself, and so is a name that the listing
/// does not have. A redirected question is followed, and then the server that it leads to is the one that counts.
///
/// Behind a manager of a cluster a file can have several replicas, and one DELETE takes one. So where the endpoint has
/// sent us on to a server for the time being, it is asked for the file once more after each: it answers from memory that
/// no server has it, or names the next replica. That is one more PROPFIND for each file. Where the manager tells all its
/// servers (``ClusterServers``), each of them lists a directory instead: then it is known where a file has replicas, and
/// each is deleted there. What stays is a race: a replica that is made after the listing.
struct WebDAVPlanner {
  let home: WebOrigin
  /// Whether DELETE is sent without evidence, because the operator said so.
  let noLook: Bool
  /// What was written later stays.
  let ageLimit: AgeLimit?
  let lifetime: Duration
  var cache: ListingCache
  /// What waits to be sent: what others wait for first, the rest in the order in which it came.
  var queue = Deque<WebDAVWork>()
  /// Where a listing was refused, and none has been given before: each directory would cost a request for nothing.
  var unlistable: Set<WebOrigin> = []
  var listable: Set<WebOrigin> = []
  private var answers = Deque<(file: WebDAVFile, kind: Answer.Kind)>()
  var notices: Set<EndpointNotice> = []
  /// Whether the endpoint has sent us to other servers for the time being, and whether it has called a file missing.
  var sendsOn = false
  var cluster = ClusterServers.unknown
  var calledMissing = false
  var frontEnd = FrontEnd()

  /// - Parameters:
  ///   - home: the endpoint.
  ///   - lifetime: how long it is believed that a name is a file.
  init(home: WebOrigin, lifetime: Duration, noLook: Bool = false, ageLimit: AgeLimit? = nil) {
    self.ageLimit = ageLimit
    self.home = home
    self.lifetime = lifetime
    self.noLook = noLook
    cache = ListingCache(lifetime: lifetime)
  }

  // MARK: Work out

  var isEmpty: Bool { queue.isEmpty }

  /// What waits to be sent, also for files that have been settled since.
  var count: Int { queue.count }

  /// What others wait for.
  mutating func putFirst(_ work: WebDAVWork) { queue.prepend(work) }

  /// The first answer that nobody has taken.
  mutating func nextAnswer() -> (file: WebDAVFile, kind: Answer.Kind)? { answers.popFirst() }

  /// What the report has to say of the endpoint.
  mutating func takeNotices() -> Set<EndpointNotice> {
    defer { notices = [] }
    return notices
  }

  /// What is to be sent next.
  mutating func next(now: ContinuousClock.Instant) -> WebDAVWork? {
    while let work = queue.popFirst() {
      switch work {
      case .delete(let file):
        guard file.isWaiting else { continue }
        if maySend(work, now: now) { return work }
        statAgain(file, now: now)
      case .stat(let file): if file.isWaiting { return work }
      case .list(let listing):
        // Other files may wait for this listing: it is handed to one of them.
        guard listing.owner.isWaiting else {
          end(listing, now: now)
          continue
        }
        if !isForServers(listing, now: now) { return work }
      case .survey(let survey):
        if survey.owner.isWaiting { return work }
        end(survey, now: now)
      }
    }
    return nil
  }

  /// The one gate before every DELETE, also before one that is sent again on another connection. It is open where
  /// ``isProved(_:now:)`` holds, and where the operator has given `--no-look`.
  func maySend(_ work: WebDAVWork, now: ContinuousClock.Instant) -> Bool {
    guard case .delete(let file) = work else { return true }
    return noLook || isProved(file, now: now)
  }

  /// Whether the server that the DELETE goes to has called the name a file, not long ago. Where it goes to
  /// the endpoint, the server that the endpoint has sent the question on to may have said so instead.
  private func isProved(_ file: WebDAVFile, now: ContinuousClock.Instant) -> Bool {
    guard let evidence = file.evidence, now - evidence.since <= lifetime else { return false }
    return evidence.origin == file.location?.origin ?? home || file.location == nil && file.isDelegated
  }

  /// Where it is too long ago that a name was a file, as with a long queue at a slow server, it is asked for once more.
  mutating func statAgain(_ file: WebDAVFile, now: ContinuousClock.Instant) {
    goHome(file)
    file.isOverdue = true
    stat([file], wanted: queue.count + 1, now: now)
  }

  func goHome(_ file: WebDAVFile) {
    file.evidence = nil
    file.isDelegated = false
    file.location = nil
    file.otherReplicas = nil
  }

  // MARK: Files

  /// Takes the files of a batch.
  mutating func add(_ files: [WebDAVFile], now: ContinuousClock.Instant) {
    if noLook {
      for file in files { queue.append(.delete(file)) }
    } else {
      let groups = grouped(files)
      for group in groups { for file in group.files { file.siblings = group.files.count } }
      stat(groups, now: now)
    }
  }

  /// Finds out what names are at the servers that they are at.
  /// - Parameters:
  ///   - wanted: how many names of each directory may be asked for, where that is more.
  ///   - comesFirst: whether listings go before all that waits.
  mutating func stat(
    _ files: [WebDAVFile], wanted: Int = 0, now: ContinuousClock.Instant, comesFirst: Bool = true
  ) {
    stat(grouped(files), wanted: wanted, now: now, comesFirst: comesFirst)
  }

  /// Files by the server and the directory where they are asked for, in the order of the first of each. Those of a
  /// directory mostly follow each other: then no path is hashed.
  private func grouped(_ files: [WebDAVFile]) -> [(key: ListingCache.Key, files: [WebDAVFile])] {
    var groups: [(key: ListingCache.Key, files: [WebDAVFile])] = []
    var positions: [ListingCache.Key: Int] = [:]
    var last: (directory: WebDAVDirectory, position: Int)?
    for file in files {
      if file.location == nil, let last, last.directory === file.name.directory {
        groups[last.position].files.append(file)
        continue
      }
      let key = key(file)
      let position = positions[key] ?? groups.count
      if position == groups.count {
        groups.append((key, []))
        positions[key] = position
      }
      groups[position].files.append(file)
      last = file.location == nil ? (file.name.directory, position) : nil
    }
    return groups
  }

  private mutating func stat(
    _ groups: [(key: ListingCache.Key, files: [WebDAVFile])], wanted: Int = 0,
    now: ContinuousClock.Instant, comesFirst: Bool = true
  ) {
    var listings: [WebDAVListing] = []
    for (key, files) in groups {
      guard let first = files.first else { continue }
      switch cache.state(of: key, now: now) {
      case .pending: cache.wait(files, for: key)
      case .listed: sort(files, by: key, now: now)
      case .listedByAll(let whole, let since): sort(files, by: whole, since: since)
      case .unlistable: for file in files { stat(file) }
      case nil:
        let wanted = max(files.count, wanted, first.location == nil ? 0 : first.siblings)
        if wanted > 1, !unlistable.contains(key.origin), first.location?.isForOneRequest != true {
          cache.wait(files, for: key)
          listings.append(WebDAVListing(owner: first, key: key, wanted: wanted, location: first.location))
        } else {
          for file in files { stat(file) }
        }
      }
    }
    guard comesFirst else { return queue.append(contentsOf: listings.map(WebDAVWork.list)) }
    // Prepending reverses the order, so this goes backwards.
    for listing in listings.reversed() { queue.prepend(.list(listing)) }
  }

  func key(_ file: WebDAVFile) -> ListingCache.Key {
    ListingCache.Key(origin: file.location?.origin ?? home, path: file.name.directory.path)
  }

  mutating func stat(_ file: WebDAVFile) { put(.stat(file)) }

  /// What has been on its way for a while goes first.
  mutating func put(_ work: WebDAVWork) {
    if work.file.isOverdue || work.file.location != nil { queue.prepend(work) } else { queue.append(work) }
  }

  /// Files are deleted, directories refused, and what the listing does not say for certain is asked for by itself: a name
  /// that is missing there may be on another server behind the same endpoint.
  mutating func sort(_ files: [WebDAVFile], by key: ListingCache.Key, now: ContinuousClock.Instant) {
    guard case .listed(let listing, let since)? = cache.state(of: key, now: now) else {
      for file in files where file.isWaiting { stat(file) }
      return
    }
    for file in files where file.isWaiting {
      switch listing.finding(file.name.name) {
      case .file(let facts): take(evidenceFor: file, facts, since: since, listing: listing)
      case .directory: complete(file, .failed(.isDirectory))
      case .unclear: stat(file)
      }
    }
  }

  /// - Parameter listing: what has called it a file; nil where it was asked for by itself.
  mutating func take(
    evidenceFor file: WebDAVFile, _ facts: FileFacts, since: ContinuousClock.Instant,
    listing: DirectoryListing? = nil
  ) {
    file.facts = facts
    if let refusal = ageLimit?.refusal(facts) { return complete(file, .failed(refusal)) }
    file.evidence = .init(origin: file.location?.origin ?? home, since: since, listing: listing)
    file.isDelegated = file.location?.isForOneRequest == true
    if file.isDelegated {
      file.location = nil
      file.redirects = 0
    }
    put(.delete(file))
  }

  mutating func complete(_ file: WebDAVFile, _ kind: Answer.Kind) {
    answers.append((file, file.lastRemoval == nil ? kind : answer(kind, afterRemovalOf: file)))
  }

  // MARK: Responses

  /// Takes what a request brought.
  mutating func receive(_ response: WebDAVResponse, to work: WebDAVWork, now: ContinuousClock.Instant) {
    switch work {
    case .list(let listing):
      if let whole = listing.whole {
        receive(response, to: listing, of: whole, now: now)
      } else {
        receive(response, to: listing, now: now)
      }
    case .survey(let survey): receive(response, to: survey, now: now)
    case .stat(let file): receive(response, toStatOf: file, now: now)
    case .delete(let file): receive(response, toDeletionOf: file, now: now)
    }
  }

  // MARK: Early termination

  /// Forgets all that waits; the batches answer it.
  mutating func removeAll() {
    queue.removeAll()
    _ = cache.removePending()
    if case .asked = cluster { cluster = .unknown }
  }

  /// Takes back what could not even be begun.
  mutating func fail(_ work: WebDAVWork, _ error: DeletionError, now: ContinuousClock.Instant) {
    switch work {
    case .stat(let file), .delete(let file): complete(file, .failed(error))
    case .list(let listing) where listing.whole != nil: end(listing, now: now)
    case .list(let listing): fail(listing, error, now: now)
    case .survey(let survey): end(survey, now: now)
    }
  }
}
