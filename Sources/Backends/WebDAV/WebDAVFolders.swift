import Deletion

/// What is known of the directories of a door, and what waits for it.
struct WebDAVFolders {
  enum State {
    /// Asked for; these wait.
    case pending([WebDAVErrand])
    /// Known since a moment.
    case listed(FolderListing, since: ContinuousClock.Instant)
    /// It may not be listed, or is too large: each name is looked at by itself.
    case closed(since: ContinuousClock.Instant)
  }

  private var states: [String: State] = [:]
  private var order: [String] = []

  /// How long a listing is believed.
  let lifetime: Duration
  /// How many names are kept of all directories together, some tens of megabytes.
  static let nameLimit = 150_000
  /// Directories that are remembered.
  static let folderLimit = 2000

  init(lifetime: Duration) { self.lifetime = lifetime }

  /// A body that is too long for what it is good for: a look at a single name has about this.
  static let bytesPerName = 64 << 10
  /// And for anything.
  static let bytesLimit = 32 << 20

  /// How long a listing may be in which so many names are wanted.
  static func limit(wanted: Int) -> Int { min(max(1 << 20, wanted * bytesPerName), bytesLimit) }

  subscript(folder: String) -> State? { states[folder] }

  /// Keeps files until what their directory has in it is known.
  mutating func wait(_ errands: [WebDAVErrand], for folder: String) {
    if case .pending(let others)? = states[folder] {
      states[folder] = .pending(others + errands)
    } else {
      if states[folder] == nil { order.append(folder) }
      states[folder] = .pending(errands)
    }
  }

  /// Takes what was learnt; those that waited.
  mutating func learn(_ state: State?, of folder: String) -> [WebDAVErrand] {
    var waiting: [WebDAVErrand] = []
    if case .pending(let errands)? = states[folder] { waiting = errands }
    states[folder] = state
    if state == nil { order.removeAll { $0 == folder } }
    shrink(keeping: folder)
    return waiting
  }

  /// What names are, from a listing, and since when that is known; that one is a file is said once.
  mutating func take(
    _ names: [ExactName], in folder: String
  ) -> (knowledge: [FolderListing.Knowledge], since: ContinuousClock.Instant?) {
    guard case .listed(var listing, let since)? = states[folder] else {
      return (names.map { _ in .unclear }, nil)
    }
    // Taken out while it is changed, or all of it would be copied.
    states[folder] = .closed(since: since)
    let knowledge = names.map { listing.take($0) }
    states[folder] = .listed(listing, since: since)
    return (knowledge, since)
  }

  /// Whether what is known is too old.
  func isStale(_ folder: String, now: ContinuousClock.Instant) -> Bool {
    switch states[folder] {
    case nil: true
    case .pending: false
    case .listed(_, let since), .closed(let since): now - since > lifetime
    }
  }

  /// Forgets what has not been learnt and who waits for it.
  mutating func removePending() {
    states = states.filter { if case .pending = $0.value { false } else { true } }
    order.removeAll { states[$0] == nil }
  }

  private mutating func shrink(keeping newest: String) {
    var names = 0
    for case .listed(let listing, _) in states.values { names += listing.count }
    var index = 0
    while index < order.count, names > Self.nameLimit || order.count > Self.folderLimit {
      let folder = order[index]
      if folder == newest {
        index += 1
        continue
      }
      switch states[folder] {
      case .pending: index += 1
      case .listed(let listing, _):
        names -= listing.count
        fallthrough
      default:
        states[folder] = nil
        order.remove(at: index)
      }
    }
  }
}
