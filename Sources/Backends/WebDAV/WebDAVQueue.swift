/// What waits to be sent: what others wait for first, the rest in the order in which it came.
struct WebDAVQueue {
  private var first: [WebDAVWork] = []
  private var rest: [WebDAVWork] = []
  /// What is before this in `rest` has gone.
  private var start = 0

  var count: Int { first.count + rest.count - start }
  var isEmpty: Bool { count == 0 }

  mutating func put(_ work: WebDAVWork) { rest.append(work) }

  mutating func putFirst(_ work: WebDAVWork) { first.append(work) }

  mutating func next() -> WebDAVWork? {
    if let work = first.popLast() { return work }
    guard start < rest.count else { return nil }
    defer {
      start += 1
      // Now and then the empty places are given back.
      if start > 4096, start * 2 > rest.count {
        rest.removeFirst(start)
        start = 0
      }
    }
    return rest[start]
  }

  mutating func removeAll() { self = WebDAVQueue() }
}
