import CLibCurl
import DeletionModel
import Glibc

/// libcurl as a whole.
package enum CurlLibrary {
  /// Whether it could be initialised, which is done once and before any handle is made.
  package static let isReady = curl_global_init(CLong(CURL_GLOBAL_ALL)) == CURLE_OK
}

/// Owns a multi handle of libcurl, its connections and its TLS sessions. Only the thread of its event loop touches it.
///
/// libcurl says which sockets it waits for and until when, and is told which are ready. Where it is left to look by
/// itself (`curl_multi_perform`) it asks the kernel about every request in flight, each time any has an answer.
package struct CurlMulti: ~Copyable {
  private let handle: UnsafeMutableRawPointer
  /// What handles are given, so that a TLS session of one serves all.
  package let share: UnsafeMutableRawPointer?
  private let sockets = CurlSockets()

  package init?() {
    guard CurlLibrary.isReady, let handle = curl_multi_init() else { return nil }
    self.handle = handle
    // Without locks: all handles that share it belong to one thread.
    share = curl_share_init()
    if let share { swab_share_add(share, CURL_LOCK_DATA_SSL_SESSION) }
    // By default it closes connections whenever few requests are in flight, as between two batches.
    swab_multi_set_long(handle, CURLMOPT_MAXCONNECTS, 1024)
    // Kept by `self`, which outlives the handle.
    let sockets = Unmanaged.passUnretained(sockets).toOpaque()
    swab_multi_set_pointer(handle, CURLMOPT_SOCKETDATA, sockets)
    swab_multi_set_socket(handle) { _, socket, what, sockets, _ in
      if let sockets { Unmanaged<CurlSockets>.fromOpaque(sockets).takeUnretainedValue().watch(socket, what) }
      return 0
    }
    swab_multi_set_pointer(handle, CURLMOPT_TIMERDATA, sockets)
    swab_multi_set_timer(handle) { _, milliseconds, sockets in
      if let sockets {
        Unmanaged<CurlSockets>.fromOpaque(sockets).takeUnretainedValue().wake(in: milliseconds)
      }
      return 0
    }
  }

  deinit {
    curl_multi_cleanup(handle)
    if let share { curl_share_cleanup(share) }
  }

  /// Starts a request.
  package func add(_ transfer: UnsafeMutableRawPointer) -> Bool {
    curl_multi_add_handle(handle, transfer) == CURLM_OK
  }

  /// Ends a request; one without its answer loses its connection.
  package func remove(_ transfer: UnsafeMutableRawPointer) { curl_multi_remove_handle(handle, transfer) }

  /// Does what is due by the clock, also the beginning of what was added; false where nothing was.
  package func performDue() -> Bool {
    guard sockets.takeDue() else { return false }
    var running: Int32 = 0
    curl_multi_socket_action(handle, CURL_SOCKET_TIMEOUT, 0, &running)
    return true
  }

  /// One that has ended, by the pointer that it was given as `CURLOPT_PRIVATE`.
  package func next() -> (owner: UnsafeMutableRawPointer, result: CURLcode)? {
    var left: Int32 = 0
    while let message = curl_multi_info_read(handle, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      let result = swab_message_result(message)
      var owner: UnsafeMutableRawPointer?
      swab_easy_get_pointer(easy, CURLINFO_PRIVATE, &owner)
      if let owner { return (owner, result) }
    }
    return nil
  }

  /// Waits for any of the connections, for a descriptor of ours, or for the time to pass; then sends and receives
  /// what can be without waiting.
  package func wait(milliseconds: Int32, for descriptor: Int32) {
    var running: Int32 = 0
    for (socket, events) in sockets.ready(within: milliseconds, or: descriptor) {
      curl_multi_socket_action(handle, socket, events, &running)
    }
  }
}

/// The sockets that libcurl waits for, and when it wants to be called at the latest.
package final class CurlSockets {
  /// The first is of whoever waits, the others are libcurl's.
  private var polls = [pollfd(fd: -1, events: Int16(POLLIN), revents: 0)]
  /// Where a socket is in `polls`, by its number; 0 for nowhere.
  private var positions: [Int] = []
  private var due: ContinuousClock.Instant?
  private var found: [(socket: curl_socket_t, events: Int32)] = []

  /// What libcurl wants to know of a socket from now on.
  package func watch(_ socket: curl_socket_t, _ what: Int32) {
    guard socket >= 0 else { return }
    let number = Int(socket)
    if number >= positions.count { positions += Array(repeating: 0, count: number + 1 - positions.count) }
    let position = positions[number]
    guard let events = Self.events(what) else {
      guard position > 0 else { return }
      let last = polls.removeLast()
      if position < polls.count {
        polls[position] = last
        positions[Int(last.fd)] = position
      }
      positions[number] = 0
      return
    }
    if position > 0 {
      polls[position].events = events
    } else {
      positions[number] = polls.count
      polls.append(pollfd(fd: socket, events: events, revents: 0))
    }
  }

  /// When libcurl wants to be called though nothing is ready; -1 for never.
  package func wake(in milliseconds: CLong) {
    due = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
  }

  /// Whether that moment has come; it is said once.
  package func takeDue() -> Bool {
    guard let moment = due, moment <= .now else { return false }
    due = nil
    return true
  }

  /// Waits until a socket, or a descriptor of the caller, is ready, or the time is over.
  /// - Returns: libcurl's sockets that are ready, with its names for what they are ready for.
  package func ready(
    within milliseconds: Int32, or descriptor: Int32
  ) -> [(socket: curl_socket_t, events: Int32)] {
    var timeout = milliseconds
    if let due {
      let left = ((due - ContinuousClock.now).inSeconds * 1000).rounded(.up)
      timeout = Int32(max(0, min(left, Double(milliseconds))))
    }
    polls[0].fd = descriptor
    found.removeAll(keepingCapacity: true)
    guard poll(&polls, nfds_t(polls.count), timeout) > 0 else { return found }
    for position in polls.indices.dropFirst() where polls[position].revents != 0 {
      found.append((polls[position].fd, Self.readiness(polls[position].revents)))
    }
    return found
  }

  private static func events(_ what: Int32) -> Int16? {
    switch what {
    case CURL_POLL_IN: Int16(POLLIN)
    case CURL_POLL_OUT: Int16(POLLOUT)
    case CURL_POLL_INOUT: Int16(POLLIN | POLLOUT)
    default: nil
    }
  }

  private static func readiness(_ events: Int16) -> Int32 {
    let events = Int32(events)
    var readiness: Int32 = 0
    if events & (POLLIN | POLLHUP) != 0 { readiness |= CURL_CSELECT_IN }
    if events & POLLOUT != 0 { readiness |= CURL_CSELECT_OUT }
    if events & (POLLERR | POLLNVAL) != 0 { readiness |= CURL_CSELECT_ERR }
    return readiness
  }
}
