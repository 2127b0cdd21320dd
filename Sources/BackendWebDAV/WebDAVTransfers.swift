import CLibCurl
import DeletionModel
import HTTPTransport

/// A handle of libcurl, and what the event loop knows of the request that it carries.
final class WebDAVTransfer {
  let curl: CurlTransfer
  /// What it is for; nil while it is idle.
  var work: WebDAVWork?
  /// What the server was shown of ours.
  var shown = ShownCredential()
  /// The pacer's leave for it.
  var ticket = PaceTicket(id: 0, sent: Moment(sinceStart: .zero), inFlight: 0)

  init?(_ settings: CurlTransfer.Settings, share: UnsafeMutableRawPointer?) {
    guard let curl = CurlTransfer(settings, share: share) else { return nil }
    self.curl = curl
    // Not counted as a reference: see ``WebDAVTransfers/nextEnded()``.
    swab_easy_set_pointer(curl.handle, CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque())
  }
}

/// The handles of an event loop: those that are in flight, and those that wait to be used again.
final class WebDAVTransfers {
  private let settings: CurlTransfer.Settings
  private let multi: CurlMulti
  private(set) var all: [WebDAVTransfer] = []
  private var idle: [WebDAVTransfer] = []
  private(set) var inFlight = 0

  /// Nil where libcurl has no memory.
  init?(_ settings: CurlTransfer.Settings) {
    guard let multi = CurlMulti() else { return nil }
    self.multi = multi
    self.settings = settings
  }

  deinit {
    // The handles go before what they are attached to.
    for transfer in all where transfer.work != nil { multi.remove(transfer.curl.handle) }
    all = []
    idle = []
  }

  /// A handle that is not in use, to be prepared and started; nil where no more can be made.
  func take() -> WebDAVTransfer? {
    if let transfer = idle.popLast() { return transfer }
    guard let transfer = WebDAVTransfer(settings, share: multi.share) else { return nil }
    all.append(transfer)
    return transfer
  }

  /// - Returns: whether it is in flight.
  func start(_ transfer: WebDAVTransfer, _ work: WebDAVWork) -> Bool {
    guard multi.add(transfer.curl.handle) else {
      idle.append(transfer)
      return false
    }
    transfer.work = work
    inFlight += 1
    return true
  }

  /// Ends one that is in flight, with or without its answer.
  func release(_ transfer: WebDAVTransfer) {
    multi.remove(transfer.curl.handle)
    transfer.work = nil
    transfer.curl.rest()
    idle.append(transfer)
    inFlight -= 1
  }

  /// One that has ended, and how.
  func nextEnded() -> (WebDAVTransfer, CURLcode)? {
    guard let (owner, result) = multi.next() else { return nil }
    // Each handle was given its transfer, and `all` keeps every transfer as long as its handle is used.
    return (Unmanaged<WebDAVTransfer>.fromOpaque(owner).takeUnretainedValue(), result)
  }

  /// See ``CurlMulti/performDue()``.
  func performDue() -> Bool { multi.performDue() }

  /// See ``CurlMulti/wait(milliseconds:for:)``.
  func wait(milliseconds: Int32, for descriptor: Int32) {
    multi.wait(milliseconds: milliseconds, for: descriptor)
  }
}
