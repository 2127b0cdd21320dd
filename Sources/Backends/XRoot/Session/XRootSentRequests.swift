import Deletion

/// The requests of a connection that have no answer yet, by stream identifier. Pure.
struct XRootSentRequests {
  /// One of them.
  struct Entry {
    let request: XRootRequestQueue.Request
    let at: Moment
  }

  /// The request of stream `n` is at place `n - 1`: 0 is for the setup.
  private var entries: [Entry?] = []
  private var freeStreams: [UInt16] = []
  private(set) var count = 0
  /// Removals among them.
  private(set) var removals = 0
  /// Files that the looks among them ask for.
  private(set) var filesInLook = 0

  /// - Returns: the identifier to send it with.
  mutating func add(_ request: XRootRequestQueue.Request, at now: Moment) -> UInt16 {
    let stream: UInt16
    if let free = freeStreams.popLast() {
      stream = free
    } else {
      entries.append(nil)
      // There are never more of them than the window, which is far below the limit of the type.
      stream = UInt16(truncatingIfNeeded: entries.count)
    }
    entries[Int(stream) - 1] = Entry(request: request, at: now)
    tally(request, 1)
    return stream
  }

  /// The request of a stream.
  subscript(stream: UInt16) -> Entry? {
    let place = Int(stream) - 1
    return entries.indices.contains(place) ? entries[place] : nil
  }

  /// The last answer to a request has come.
  mutating func remove(_ stream: UInt16) {
    guard let entry = self[stream] else { return }
    entries[Int(stream) - 1] = nil
    freeStreams.append(stream)
    tally(entry.request, -1)
  }

  /// All of them.
  var requests: [XRootRequestQueue.Request] { entries.compactMap { $0?.request } }

  private mutating func tally(_ request: XRootRequestQueue.Request, _ step: Int) {
    count += step
    switch request {
    case .look: filesInLook += step
    case .lookBlock(let range): filesInLook += step * range.count
    case .remove: removals += step
    }
  }
}
