import DeletionModel
import Networking

/// One request for what a directory has in it. It is the request of its owner, which gets its error as its own answer;
/// the others wait for what it tells.
final class WebDAVListing {
  let owner: WebDAVFile
  let directory: WebDAVDirectory
  /// Where those that wait were to find it.
  let key: ListingCache.Key
  /// How many names are wanted.
  let wanted: Int
  /// Where it is asked for; nil for the endpoint itself.
  var location: WebLocation?
  var redirects = 0
  /// Where each server of a cluster is asked for the directory, all of them together.
  let whole: ClusterDirectory?

  init(
    owner: WebDAVFile, key: ListingCache.Key, wanted: Int, location: WebLocation?,
    whole: ClusterDirectory? = nil
  ) {
    self.owner = owner
    self.directory = owner.name.directory
    self.whole = whole
    self.key = key
    self.wanted = wanted
    self.location = location
  }
}

/// What is known of the directories of an endpoint and of the servers behind it, and who waits for it.
struct ListingCache {
  /// A directory at one server: what another server says of it proves nothing.
  struct Key: Hashable {
    let origin: WebOrigin
    let path: [UInt8]

    /// The path in one go, which is some times as fast as byte by byte; the few servers of an endpoint need no hash.
    func hash(into hasher: inout Hasher) { path.withUnsafeBytes { hasher.combine(bytes: $0) } }
  }

  enum State {
    /// Asked for; these wait.
    case pending([WebDAVFile])
    /// Known since a moment.
    case listed(DirectoryListing, since: ContinuousClock.Instant)
    /// All servers behind the endpoint have said what they have of it, since a moment.
    case listedByAll(ClusterDirectory, since: ContinuousClock.Instant)
    /// It may not be listed, is too large, or lies on other servers: each name is asked for by itself.
    case unlistable(since: ContinuousClock.Instant)
  }

  private var states: [Key: State] = [:]
  private var order: [Key] = []

  /// How long a listing is believed.
  let lifetime: Duration
  /// How many names are kept of all directories together, some tens of megabytes.
  static let nameLimit = 150_000
  /// Directories that are remembered.
  static let directoryLimit = 2000

  init(lifetime: Duration) { self.lifetime = lifetime }

  /// A body that is too long for what it is good for: the answer for a single name has about this.
  static let bytesPerName = 64 << 10
  /// And for anything.
  static let bytesLimit = 32 << 20

  /// How long a listing may be in which so many names are wanted.
  static func limit(wanted: Int) -> Int { min(max(1 << 20, wanted * bytesPerName), bytesLimit) }

  /// What is known; nil for nothing, or what is too old.
  func state(of key: Key, now: ContinuousClock.Instant) -> State? {
    switch states[key] {
    case nil: nil
    case .pending(let files)?: .pending(files)
    case .listed(_, let since)?, .listedByAll(_, let since)?, .unlistable(let since)?:
      now - since > lifetime ? nil : states[key]
    }
  }

  /// Keeps files until what their directory has in it is known.
  mutating func wait(_ files: [WebDAVFile], for key: Key) {
    if case .pending(let others)? = states[key] {
      states[key] = .pending(others + files)
    } else {
      if states[key] == nil { order.append(key) }
      states[key] = .pending(files)
    }
  }

  /// Takes what was learnt; those that waited.
  mutating func learn(_ state: State?, of key: Key) -> [WebDAVFile] {
    var waiting: [WebDAVFile] = []
    if case .pending(let files)? = states[key] { waiting = files }
    if states[key] == nil, state != nil { order.append(key) }
    states[key] = state
    if state == nil { order.removeAll { $0 == key } }
    shrink(keeping: key)
    return waiting
  }

  /// Gives up all that has been asked for; those that waited.
  mutating func removePending() -> [WebDAVFile] {
    var waiting: [WebDAVFile] = []
    for case .pending(let files) in states.values { waiting += files }
    states = states.filter { if case .pending = $0.value { false } else { true } }
    order.removeAll { states[$0] == nil }
    return waiting
  }

  private mutating func shrink(keeping newest: Key) {
    var names = 0
    for case .listed(let listing, _) in states.values { names += listing.count }
    for case .listedByAll(let whole, _) in states.values { names += whole.count }
    var index = 0
    while index < order.count, names > Self.nameLimit || order.count > Self.directoryLimit {
      let key = order[index]
      if key == newest {
        index += 1
        continue
      }
      switch states[key] {
      case .pending: index += 1
      case .listed(let listing, _):
        names -= listing.count
        fallthrough
      default:
        if case .listedByAll(let whole, _)? = states[key] { names -= whole.count }
        states[key] = nil
        order.remove(at: index)
      }
    }
  }
}

/// What a directory has in it, as far as a deletion wants to know: which names are certainly files.
final class DirectoryListing {
  /// What is known of one name.
  enum Finding: Equatable {
    case file(FileFacts)
    case directory, unclear
  }

  private var files: [ExactName: FileFacts] = [:]
  private var directories: Set<ExactName> = []
  /// What was said of a name that is not certainly a file, or several things.
  private var doubtful: Set<ExactName> = []

  /// The names that are kept.
  var count: Int { files.count + directories.count + doubtful.count }

  /// Takes what a PROPFIND with `Depth: 1` has said. XRootD before 6 writes names without percent-encoding: a name with a
  /// `%` in it may be meant as it stands or encoded, which are two files, so neither is taken for certain.
  init(_ responses: [MultistatusResponse], of directory: RequestedName) {
    files.reserveCapacity(responses.count)
    for response in responses {
      guard let (name, isCertain) = directory.member(ofHref: response.href) else { continue }
      let finding = FileEvidence.finding(response)
      guard isCertain else {
        doubtful.insert(name)
        if let decoded = String(validating: PercentEncoding.decoded(name.text.utf8), as: UTF8.self) {
          doubtful.insert(ExactName(decoded))
        }
        continue
      }
      switch finding {
      case .file: if files.updateValue(response.facts, forKey: name) != nil { doubtful.insert(name) }
      case .directory: directories.insert(name)
      case .absent, .status, .unknown: doubtful.insert(name)
      }
    }
  }

  /// What a name is.
  func finding(_ name: ExactName) -> Finding {
    if doubtful.contains(name) { return .unclear }
    switch (files[name], directories.contains(name)) {
    case (let facts?, false): return .file(facts)
    case (nil, true): return .directory
    default: return .unclear
    }
  }

  /// Whether nothing at all was said of a name.
  func lacks(_ name: ExactName) -> Bool {
    files[name] == nil && !directories.contains(name) && !doubtful.contains(name)
  }

  func forget(_ name: ExactName) { files[name] = nil }
}
