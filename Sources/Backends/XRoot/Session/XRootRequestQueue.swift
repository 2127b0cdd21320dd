import Deletion

/// What is to be asked next. Pure.
///
/// Looks run ahead of the removals by a bounded number of files, and what the server asked us to wait with comes back
/// when it is due.
struct XRootRequestQueue {
  /// A request. Files are places in the list of items.
  enum Request: Equatable {
    case look(Int)
    /// Many files; ``XRootRequestQueue/block(_:)`` says which.
    case lookBlock(Range<Int>)
    case remove(Int)
  }

  /// How large blocks of looks are.
  var blocks: XRootBlockSize

  private let lookOrder: [Int]
  private var nextLook = 0
  private var lookAlone: [Int] = []
  private var nextAlone = 0
  private var removals: [Int]
  private var nextRemoval = 0
  private var delayed: [(until: Moment, request: Request)] = []

  init(_ items: [XRootWork.Item], usesStatx: Bool) {
    lookOrder = items.indices.filter { items[$0].stage != .remove }
    removals = items.indices.filter { items[$0].stage == .remove }
    blocks = XRootBlockSize(usesStatx: usesStatx)
  }

  /// Requests that could be sent now.
  var count: Int {
    let files = lookOrder.count - nextLook
    return unsentRemovals + unsentAlone + (files + blocks.count - 1) / blocks.count
  }

  private var unsentRemovals: Int { removals.count - nextRemoval }
  private var unsentAlone: Int { lookAlone.count - nextAlone }

  /// The next request.
  ///
  /// A look is worth more than a removal while few files are known: the server must never wait for us.
  /// - Parameter sent: what is under way.
  mutating func next(_ sent: XRootSentRequests) -> Request? {
    let ahead = unsentRemovals + unsentAlone + sent.filesInLook
    if nextLook < lookOrder.count, ahead < sent.removals + XRootBlockSize.limit {
      if blocks.count == 1 {
        nextLook += 1
        return .look(lookOrder[nextLook - 1])
      }
      let end = min(nextLook + blocks.count, lookOrder.count)
      defer { nextLook = end }
      return .lookBlock(nextLook..<end)
    }
    if nextAlone < lookAlone.count {
      nextAlone += 1
      return .look(lookAlone[nextAlone - 1])
    }
    if nextRemoval < removals.count {
      nextRemoval += 1
      return .remove(removals[nextRemoval - 1])
    }
    return nil
  }

  /// A file that may be removed.
  mutating func putRemoval(_ index: Int) { removals.append(index) }

  /// A file that is looked at by itself.
  mutating func putLook(_ index: Int) { lookAlone.append(index) }

  /// Looks at each file of a block by itself.
  mutating func split(_ block: Range<Int>) { lookAlone += lookOrder[block] }

  /// The files of a block.
  func block(_ range: Range<Int>) -> ArraySlice<Int> { lookOrder[range] }

  /// The files of a request.
  func files(of request: Request) -> [Int] {
    switch request {
    case .look(let index), .remove(let index): [index]
    case .lookBlock(let range): Array(lookOrder[range])
    }
  }

  /// Forgets everything.
  mutating func removeAll() {
    (nextLook, nextAlone, nextRemoval) = (lookOrder.count, lookAlone.count, removals.count)
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
    for entry in due {
      switch entry.request {
      case .look(let index): putLook(index)
      case .lookBlock(let range): split(range)
      case .remove(let index): putRemoval(index)
      }
    }
  }
}
