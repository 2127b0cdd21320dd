import DeletionModel
import Networking

/// An endpoint with several servers behind it, each of which is asked for a directory.
extension WebDAVPlanner {
  /// The endpoint has named a server for a directory, or says that none has it. Where all its servers are known, or can be,
  /// each of them is asked.
  mutating func waitsForServers(_ listing: WebDAVListing, now: ContinuousClock.Instant) -> Bool {
    switch cluster {
    case .known(let servers, let since) where now - since <= lifetime:
      return list(listing, at: servers, now: now)
    case .untold(let since) where now - since <= lifetime: return false
    case .asked(let survey):
      survey.waiting.append(listing)
      return true
    case .unknown, .known, .untold:
      guard listing.owner.name.opaque == nil, let root = listing.directory.root else { return false }
      let survey = ServerSurvey(owner: listing.owner, root: root, waiting: listing)
      cluster = .asked(survey)
      queue.prepend(.survey(survey))
      return true
    }
  }

  /// Whether a listing that was to be asked of the endpoint is one for its servers, as they are known or about to be.
  mutating func isForServers(_ listing: WebDAVListing, now: ContinuousClock.Instant) -> Bool {
    guard listing.location == nil, listing.whole == nil else { return false }
    switch cluster {
    case .known(let servers, let since) where now - since <= lifetime:
      return list(listing, at: servers, now: now)
    case .asked(let survey):
      survey.waiting.append(listing)
      return true
    case .unknown, .known, .untold: return false
    }
  }

  mutating func receive(
    _ response: WebDAVResponse, to survey: ServerSurvey, now: ContinuousClock.Instant
  ) {
    switch ClusterServers.step(response, to: survey, home: home) {
    case .ask: queue.prepend(.survey(survey))
    case .known: finish(survey, .known(survey.servers, since: now), now: now)
    case .untold: finish(survey, .untold(since: now), now: now)
    }
  }

  /// A survey has come to nothing, because its owner's time was over.
  mutating func end(_ survey: ServerSurvey, now: ContinuousClock.Instant) {
    finish(survey, .unknown, now: now)
  }

  private mutating func finish(
    _ survey: ServerSurvey, _ result: ClusterServers, now: ContinuousClock.Instant
  ) {
    guard case .asked(let current) = cluster, current === survey else { return }
    cluster = result
    for listing in survey.waiting {
      if case .known(let servers, _) = result, list(listing, at: servers, now: now) { continue }
      // The endpoint is asked again, and what it names is followed.
      queue.prepend(.list(listing))
    }
  }

  /// Asks each server for a directory.
  /// - Returns: whether it is asked, as that is less work than to ask for each file.
  private mutating func list(
    _ listing: WebDAVListing, at servers: [WebLocation], now: ContinuousClock.Instant
  ) -> Bool {
    guard case .pending(let files)? = cache.state(of: listing.key, now: now) else { return false }
    let owners = files.filter(\.isWaiting)
    // Each of the requests is that of another file.
    guard owners.count >= servers.count else { return false }
    let whole = ClusterDirectory(listing.directory, servers: servers.count)
    for (server, owner) in zip(servers, owners) {
      queue.prepend(
        .list(
          WebDAVListing(
            owner: owner, key: listing.key, wanted: listing.wanted, location: server, whole: whole)))
    }
    return true
  }

  mutating func receive(
    _ response: WebDAVResponse, to listing: WebDAVListing, of whole: ClusterDirectory,
    now: ContinuousClock.Instant
  ) {
    if response.transportError == nil, !response.isTooLong, response.status == 207,
      let members = response.members,
      let server = listing.location
    {
      whole.take(DirectoryListing(members, of: listing.directory.requested), of: server, now: now)
    } else if response.transportError == nil, [404, 410].contains(response.status) {
      whole.takeMissing(now: now)
    } else {
      whole.takeFailure()
    }
    finish(whole, now: now)
  }

  mutating func finish(_ whole: ClusterDirectory, now: ContinuousClock.Instant) {
    guard whole.left == 0 else { return }
    let key = ListingCache.Key(origin: home, path: whole.directory.path)
    if whole.isIncomplete {
      for file in cache.learn(.unlistable(since: now), of: key) where file.isWaiting { stat(file) }
    } else {
      let since = whole.since ?? now
      sort(cache.learn(.listedByAll(whole, since: since), of: key), by: whole, since: since)
    }
  }

  /// No server of the cluster lists a missing file, so nothing has to be asked for it.
  mutating func sort(
    _ files: [WebDAVFile], by whole: ClusterDirectory, since: ContinuousClock.Instant
  ) {
    for file in files where file.isWaiting {
      switch whole.finding(file.name.name) {
      case .replicas(let servers, let facts):
        guard let first = servers.first else {
          calledMissing = true
          noteMissing(isOfCluster: true)
          complete(file, .absent)
          continue
        }
        (file.location, file.otherReplicas) = (first, Array(servers.dropFirst()))
        file.evidence = .init(origin: first.origin, since: since, whole: whole)
        (file.isDelegated, file.isSentOn) = (false, false)
        file.refusal = nil
        file.facts = facts
        if let refusal = ageLimit?.refusal(facts) {
          complete(file, .failed(refusal))
          continue
        }
        queue.append(.delete(file))
      case .directory: complete(file, .failed(.isDirectory))
      case .unclear: stat(file)
      }
    }
  }

  /// Every replica goes before the file is called deleted.
  mutating func receive(
    _ response: WebDAVResponse, toDeletionOfOneReplicaOf file: WebDAVFile, now: ContinuousClock.Instant
  ) {
    guard let server = file.location, let evidence = file.evidence else { return }
    let kind = Answer.Kind(response, toDeletionOf: file.name.requested).asCompleted
    switch kind {
    case .deleted, .absent:
      evidence.forget(file.name.name)
      if kind == .deleted || file.mayBeGone {
        file.lastRemoval = server.origin
        file.batch.noteRemoval(file.index)
      }
    case .failed(let error) where response.isFromReadOnlyServer: file.refusal = error
    case .failed: return complete(file, kind)
    }
    guard let next = file.otherReplicas?.first else {
      if let refusal = file.refusal { return complete(file, .failed(refusal)) }
      return complete(file, file.lastRemoval == nil ? .absent : .deleted)
    }
    file.mayBeGone = false
    (file.location, file.otherReplicas) = (next, file.otherReplicas.map { Array($0.dropFirst()) })
    file.evidence = .init(origin: next.origin, since: evidence.since, whole: evidence.whole)
    queue.prepend(.delete(file))
  }
}
