import Deletion
import OrderedCollections

/// What is asked, in which order, before a file may be deleted. Pure: batches and replies in, work out.
///
/// Where a deletion may remove a directory, nothing is sent for a name that is not known to be a file.
struct WebDAVPlan {
  private let batches: WebDAVBatches
  private let lookLifetime: Duration
  private var kind: ServerKind?
  private var isAsking = false
  /// Batches that came before it was known what the server is.
  private var undecided: [(WebDAVJob, [WebDAVErrand])] = []
  private var folders: WebDAVFolders
  private var queue = WebDAVQueue()

  /// - Parameter lookLifetime: how long it is believed that a name is a file.
  init(_ batches: WebDAVBatches, lookLifetime: Duration) {
    self.batches = batches
    self.lookLifetime = lookLifetime
    folders = WebDAVFolders(lifetime: lookLifetime)
  }

  // MARK: The queue

  var isEmpty: Bool { queue.isEmpty }

  /// What waits to be sent, also for files that have been settled since.
  var count: Int { queue.count }

  /// What others wait for.
  mutating func putFirst(_ work: WebDAVWork) { queue.putFirst(work) }

  /// What is to be sent next.
  mutating func next() -> WebDAVWork? {
    while let work = queue.next() {
      if let errand = work.errand, !errand.isWaiting { continue }
      if case .delete(let errand) = work, looksAgain(errand) { continue }
      return work
    }
    return nil
  }

  /// Where it is too long ago that a name was a file, as with a long queue at a slow server, it is looked at once
  /// more.
  private mutating func looksAgain(_ errand: WebDAVErrand) -> Bool {
    guard let since = errand.knownSince, .now - since > lookLifetime else { return false }
    errand.knownSince = nil
    errand.isOverdue = true
    if errand.place == nil {
      planLooks([errand], wanted: queue.count + 1)
    } else {
      queue.putFirst(.look(errand))
    }
    return true
  }

  // MARK: Files

  /// Takes a batch.
  mutating func plan(_ job: WebDAVJob, _ errands: [WebDAVErrand]) {
    if job.subject == .emptyDirectories, let kind, kind != .removesOnlyEmptyFolders {
      refuse(errands, .directoriesStayHere)
      return
    }
    switch kind {
    case nil:
      undecided.append((job, errands))
      if !isAsking {
        isAsking = true
        // The directory of the first file: a proxy may send other parts of the tree elsewhere.
        queue.putFirst(.askServer(folder: errands.first?.name.folder))
      }
    case .refusesFolders:
      for errand in errands { queue.put(.delete(errand)) }
    case .removesOnlyEmptyFolders where job.subject == .emptyDirectories:
      for errand in errands { queue.put(.look(errand)) }
    case .mustLook, .removesOnlyEmptyFolders:
      planLooks(errands)
    }
  }

  /// - Parameter wanted: how many names may be asked for, where that is more.
  private mutating func planLooks(_ errands: [WebDAVErrand], wanted: Int = 0) {
    let now = ContinuousClock.now
    for (folder, errands) in OrderedDictionary(grouping: errands, by: \.name.folder) {
      let wanted = max(errands.count, wanted)
      if case .pending? = folders[folder] {
        folders.wait(errands, for: folder)
      } else if !folders.isStale(folder, now: now) {
        sort(errands, by: folder)
      } else if wanted > 1 {
        folders.wait(errands, for: folder)
        queue.putFirst(.list(folder: folder, wanted: wanted))
      } else {
        for errand in errands { queue.put(.look(errand)) }
      }
    }
  }

  /// Files are deleted, directories refused, and what the listing does not say for certain is looked at: a name that
  /// is missing there may be on another server behind the same door.
  private mutating func sort(_ errands: [WebDAVErrand], by folder: String) {
    let waiting = errands.filter(\.isWaiting)
    let (known, since) = folders.take(waiting.map(\.name.name), in: folder)
    for (errand, knowledge) in zip(waiting, known) {
      switch knowledge {
      case .file:
        errand.knownSince = since
        if errand.isOverdue { queue.putFirst(.delete(errand)) } else { queue.put(.delete(errand)) }
      case .folder: refuse([errand], .isDirectory)
      case .unclear: queue.put(.look(errand))
      }
    }
  }

  private func refuse(_ errands: [WebDAVErrand], _ error: DeletionError) {
    for errand in errands { batches.settle(errand, .failed(error), seconds: 0, isNoted: false) }
  }

  // MARK: Replies

  /// Takes the reply to ``WebDAVWork/list(folder:wanted:)``.
  mutating func learn(_ folder: String, _ reply: WebDAVReply) {
    if !reply.isTooLong, let error = reply.troubleOrOverload {
      for (number, errand) in folders.learn(nil, of: folder).enumerated() {
        batches.settle(errand, .failed(error.unsent), seconds: 0, isNoted: number == 0)
      }
      return
    }
    let now = ContinuousClock.now
    var state = WebDAVFolders.State.closed(since: now)
    if reply.status == 207, !reply.isTooLong, let members = reply.members {
      state = .listed(FolderListing(members), since: now)
    }
    sort(folders.learn(state, of: folder), by: folder)
  }

  /// Takes the reply to ``WebDAVWork/askServer(folder:)``.
  mutating func learnServer(_ reply: WebDAVReply) {
    isAsking = false
    let waiting = undecided
    undecided = []
    if let error = reply.troubleOrOverload {
      batches.note(Answer(.failed(error.unsent)))
      for (_, errands) in waiting { refuse(errands, error.unsent) }
      return
    }
    // Who does not let us in has not said what he is: asked again with the next batch.
    let error = HTTPAnswers.error(reply.http)
    if error.errorClass != .auth { kind = ServerKind(reply.signs) }
    for (job, errands) in waiting {
      if kind != nil {
        plan(job, errands)
      } else if job.subject == .files {
        planLooks(errands)
      } else {
        refuse(errands, error.unsent)
      }
    }
  }

  // MARK: The end before the end

  /// Gives everything that has not been sent the same answer: each would fail alike.
  mutating func giveUp(_ error: DeletionError) {
    queue.removeAll()
    undecided = []
    isAsking = false
    batches.settleWaiting(error.unsent)
    folders.removePending()
  }

  /// Takes back what could not even be begun.
  mutating func fail(_ work: WebDAVWork, _ error: DeletionError) {
    switch work {
    case .look(let errand), .delete(let errand): batches.settle(errand, .failed(error), seconds: 0)
    case .list(let folder, _):
      for errand in folders.learn(nil, of: folder) { batches.settle(errand, .failed(error), seconds: 0) }
    case .askServer: giveUp(error)
    }
  }
}
