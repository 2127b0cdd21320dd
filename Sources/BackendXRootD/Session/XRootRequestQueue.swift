import DeletionModel

/// What is to be asked next. Pure.
///
/// Stats run ahead of the removals by a bounded number of files, and what the server asked us to wait with comes back
/// when it is due.
struct XRootRequestQueue {
  /// A request. Files are positions in the list of items.
  enum Request: Equatable {
    /// How many servers a manager has: `kXR_locate` of `*`.
    case countServers
    /// The version of the server: `kXR_query`.
    case version
    case locate(Int)
    case stat(Int)
    /// Many files; ``XRootRequestQueue/block(_:)`` says which.
    case statBlock(Range<Int>)
    /// What a path is, asked by a `kXR_mkdir` that can't succeed; see ``XRootWork``.
    case probe(Int)
    /// Whether a directory is empty.
    case list(Int)
    case remove(Int)
  }

  /// How large blocks of stats are.
  var blocks: XRootBlockSize
  /// At a manager, how it is asked; nil at any other server.
  var lookup: XRootLookup?

  private var order: [Int] = []
  private var nextStat = 0
  /// What is asked of the server itself, which comes before everything.
  private var control: [Request] = []
  /// What comes before the next stats in their order: single stats, probes, listings.
  private var first: [Request] = []
  private var nextFirst = 0
  private var removals: [Int] = []
  private var nextRemoval = 0
  private var delayed: [(until: Moment, request: Request)] = []

  init(usesStatx: Bool, lookup: XRootLookup? = nil) {
    blocks = XRootBlockSize(usesStatx: usesStatx)
    self.lookup = lookup
  }

  /// Takes an item.
  mutating func add(_ index: Int, _ stage: XRootWork.Stage) {
    if stage == .remove { removals.append(index) } else { order.append(index) }
  }

  /// Requests that could be sent now.
  var count: Int {
    let files = order.count - nextStat
    return control.count + unsentRemovals + unsentFirst + (files + blocks.count - 1) / blocks.count
  }

  private var unsentRemovals: Int { removals.count - nextRemoval }
  private var unsentFirst: Int { first.count - nextFirst }

  /// The next request.
  ///
  /// A stat is worth more than a removal while few files are known: the server must never wait for us.
  /// - Parameter sent: what is in flight.
  mutating func next(_ sent: XRootSentRequests) -> Request? {
    if let request = control.popLast() { return request }
    if nextStat < order.count, let lookup, lookup.locatesFirst {
      nextStat += 1
      return .locate(order[nextStat - 1])
    }
    let mayStat = lookup.map { sent.filesInStat < $0.statLimit } ?? true
    let ahead = unsentRemovals + unsentFirst + sent.filesInStat
    if nextStat < order.count, mayStat, ahead < sent.removals + XRootBlockSize.limit {
      if blocks.count == 1 {
        nextStat += 1
        return .stat(order[nextStat - 1])
      }
      let end = min(nextStat + blocks.count, order.count)
      defer { nextStat = end }
      return .statBlock(nextStat..<end)
    }
    if nextFirst < first.count, mayStat {
      nextFirst += 1
      return first[nextFirst - 1]
    }
    if nextRemoval < removals.count {
      nextRemoval += 1
      return .remove(removals[nextRemoval - 1])
    }
    return nil
  }

  /// Takes a request that comes before what is in order.
  mutating func put(_ request: Request) {
    switch request {
    case .countServers, .version: control.append(request)
    case .remove(let index): removals.append(index)
    case .statBlock(let block): first += order[block].map(Request.stat)
    case .locate, .stat, .probe, .list: first.append(request)
    }
  }

  /// Takes a removal that comes before the other removals.
  mutating func putFirst(removalOf index: Int) {
    guard nextRemoval > 0 else { return removals.insert(index, at: 0) }
    nextRemoval -= 1
    removals[nextRemoval] = index
  }

  /// The files of a block.
  func block(_ range: Range<Int>) -> ArraySlice<Int> { order[range] }

  /// The files of a request.
  func files(of request: Request) -> [Int] {
    switch request {
    case .locate(let index), .stat(let index), .probe(let index), .list(let index), .remove(let index):
      [index]
    case .statBlock(let range): Array(order[range])
    case .countServers, .version: []
    }
  }

  /// Forgets everything.
  mutating func removeAll() {
    (nextStat, nextFirst, nextRemoval) = (order.count, first.count, removals.count)
    control = []
    delayed = []
  }

  // MARK: Waits

  /// When a request is due that has to wait.
  var nextDue: Moment? { delayed.map(\.until).min() }

  /// The files whose requests have to wait.
  var delayedFiles: [Int] { delayed.flatMap { files(of: $0.request) } }

  /// The server wants a request to be sent again later; it has not been carried out.
  mutating func delay(_ request: Request, until moment: Moment) { delayed.append((moment, request)) }

  /// Puts back what is due.
  mutating func releaseDelayed(now: Moment) {
    guard !delayed.isEmpty else { return }
    let due = delayed.filter { $0.until <= now }
    delayed.removeAll { $0.until <= now }
    for entry in due { put(entry.request) }
  }
}

/// The requests of a connection that have no answer yet, by stream identifier. Pure.
struct XRootSentRequests {
  /// One of them.
  struct Entry {
    let request: XRootRequestQueue.Request
    let at: Moment
    /// The pacer's leave for it.
    let ticket: PaceTicket
  }

  /// The request of stream `n` is at index `n - 1`: 0 is for the setup.
  private var entries: [Entry?] = []
  private var freeStreams: [UInt16] = []
  private(set) var count = 0
  /// Removals among them.
  private(set) var removals = 0
  /// Files whose kind is being asked for.
  private(set) var filesInStat = 0

  /// - Returns: the identifier to send it with.
  mutating func add(
    _ request: XRootRequestQueue.Request, at now: Moment, ticket: PaceTicket
  ) -> UInt16 {
    let stream: UInt16
    if let free = freeStreams.popLast() {
      stream = free
    } else {
      entries.append(nil)
      // There are never more of them than the window, which is far below the limit of the type.
      stream = UInt16(truncatingIfNeeded: entries.count)
    }
    entries[Int(stream) - 1] = Entry(request: request, at: now, ticket: ticket)
    tally(request, 1)
    return stream
  }

  /// The request of a stream.
  subscript(stream: UInt16) -> Entry? {
    let index = Int(stream) - 1
    return entries.indices.contains(index) ? entries[index] : nil
  }

  /// The last answer to a request has come.
  mutating func remove(_ stream: UInt16) {
    guard let entry = self[stream] else { return }
    entries[Int(stream) - 1] = nil
    freeStreams.append(stream)
    tally(entry.request, -1)
  }

  /// The tickets of all of them.
  var tickets: [PaceTicket] { entries.compactMap { $0?.ticket } }

  /// All of them.
  var requests: [XRootRequestQueue.Request] { entries.compactMap { $0?.request } }

  private mutating func tally(_ request: XRootRequestQueue.Request, _ step: Int) {
    count += step
    switch request {
    case .stat, .probe: filesInStat += step
    case .statBlock(let range): filesInStat += step * range.count
    case .remove: removals += step
    case .countServers, .version, .locate, .list: break
    }
  }
}
