import CLibCurl

/// The handles of a door: those that are under way, and those that wait to be used again. Only the thread of its door
/// touches it.
final class WebDAVTransfers {
  private let settings: CurlTransfer.Settings
  private let multi: CurlMulti
  private var all: [CurlTransfer] = []
  private var idle: [CurlTransfer] = []
  private(set) var underWay = 0

  /// Nil where libcurl has no memory.
  init?(_ settings: CurlTransfer.Settings) {
    guard let multi = CurlMulti() else { return nil }
    self.multi = multi
    self.settings = settings
  }

  deinit {
    // The handles go before what they are attached to.
    for transfer in all where transfer.work != nil { multi.remove(transfer.handle) }
    all = []
    idle = []
  }

  /// A handle that is not in use, to be prepared and started; nil where no more can be made.
  func take() -> CurlTransfer? {
    if let transfer = idle.popLast() { return transfer }
    guard let transfer = CurlTransfer(settings, share: multi.share) else { return nil }
    all.append(transfer)
    return transfer
  }

  /// - Returns: whether it is under way.
  func start(_ transfer: CurlTransfer, _ work: WebDAVWork) -> Bool {
    guard multi.add(transfer.handle) else {
      idle.append(transfer)
      return false
    }
    transfer.work = work
    underWay += 1
    return true
  }

  /// Ends one that is under way, with or without its answer.
  func release(_ transfer: CurlTransfer) {
    multi.remove(transfer.handle)
    transfer.rest()
    idle.append(transfer)
    underWay -= 1
  }

  /// Those of a batch that are under way.
  func of(_ job: WebDAVJob) -> [CurlTransfer] { all.filter { $0.work?.errand?.job === job } }

  /// One that has ended, and how.
  func nextEnded() -> (CurlTransfer, CURLcode)? {
    guard let (owner, result) = multi.next() else { return nil }
    // Each handle was given its transfer, and `all` keeps every transfer as long as its handle is used.
    return (Unmanaged<CurlTransfer>.fromOpaque(owner).takeUnretainedValue(), result)
  }

  /// See ``CurlMulti/performDue()``.
  func performDue() -> Bool { multi.performDue() }

  /// See ``CurlMulti/wait(milliseconds:for:)``.
  func wait(milliseconds: Int32, for descriptor: Int32) {
    multi.wait(milliseconds: milliseconds, for: descriptor)
  }
}
