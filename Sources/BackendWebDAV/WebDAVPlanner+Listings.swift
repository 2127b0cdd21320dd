import DeletionModel
import HTTPTransport
import Networking

/// What the listing of a directory tells.
extension WebDAVPlanner {
  mutating func receive(
    _ response: WebDAVResponse, to listing: WebDAVListing, now: ContinuousClock.Instant
  ) {
    let origin = listing.location?.origin ?? home
    if response.status == 207, !response.isTooLong, response.transportError == nil,
      let members = response.members
    {
      listable.insert(origin)
      let known = DirectoryListing(members, of: listing.directory.requested)
      let key = ListingCache.Key(origin: origin, path: listing.directory.path)
      let there = cache.learn(.listed(known, since: now), of: key)
      sort(there, by: key, now: now)
      // A server behind the endpoint has told what is there; where each file is, the endpoint says file by file.
      if key != listing.key { giveUp(listing, now: now) }
      return
    }
    if response.isRedirect, let next = try? follow(response, listing) {
      if [302, 307].contains(response.status), listing.location == nil, !next.isForOneRequest {
        sendsOn = true
        if waitsForServers(listing, now: now) { return }
      }
      listing.location = next
      listing.redirects += 1
      queue.prepend(.list(listing))
      return
    }
    // A manager says so of each file only after its lookup delay.
    if response.transportError == nil, [404, 410].contains(response.status), listing.location == nil,
      waitsForServers(listing, now: now)
    {
      return
    }
    let error = response.error
    switch error?.errorClass {
    // Of the moment or of the credential: the answer of the one file that it was sent for.
    case .transient?, .overload?, .fatal?, .unknown?:
      if !response.isTooLong { return fail(listing, error, now: now) }
    case .auth? where response.transportError != nil || response.status == 401:
      return fail(listing, error, now: now)
    case .auth?: if !listable.contains(origin) { unlistable.insert(origin) }
    case .endpoint? where response.transportError != nil: return fail(listing, error, now: now)
    default: break
    }
    giveUp(listing, now: now)
  }

  func follow(_ response: WebDAVResponse, _ listing: WebDAVListing) throws(DeletionError)
    -> WebLocation
  {
    try WebDAVRedirect.next(
      response.location, for: listing.directory.path, from: listing.location?.origin ?? home,
      isSecure: listing.location?.isSecure ?? home.isSecure, status: response.status,
      followed: listing.redirects)
  }

  /// The directory can't be listed: each name is asked for by itself.
  mutating func giveUp(_ listing: WebDAVListing, now: ContinuousClock.Instant) {
    for file in cache.learn(.unlistable(since: now), of: listing.key) where file.isWaiting { stat(file) }
  }

  /// Nothing was learnt. The error is its owner's; for the others the directory is asked for again, behind all that waits: another
  /// server may have the other directories.
  mutating func fail(_ listing: WebDAVListing, _ error: DeletionError?, now: ContinuousClock.Instant) {
    complete(listing.owner, .failed((error ?? .noAnswerInTime).unsent))
    let others = cache.learn(nil, of: listing.key).filter { $0.isWaiting && $0 !== listing.owner }
    stat(others, now: now, comesFirst: false)
  }

  /// A listing has come to nothing, because its owner's time was over.
  mutating func end(_ listing: WebDAVListing, now: ContinuousClock.Instant) {
    if let whole = listing.whole {
      whole.takeFailure()
      return finish(whole, now: now)
    }
    stat(cache.learn(nil, of: listing.key).filter(\.isWaiting), now: now)
  }
}
