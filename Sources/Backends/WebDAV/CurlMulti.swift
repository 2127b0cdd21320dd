import CLibCurl

/// Owns a multi handle of libcurl, its connections and its TLS sessions. Only the thread of its door touches it.
///
/// libcurl says which sockets it waits for and until when, and is told which are ready. Where it is left to look by
/// itself (`curl_multi_perform`) it asks the kernel about every request under way, each time any has an answer.
struct CurlMulti: ~Copyable {
  private let handle: UnsafeMutableRawPointer
  /// What handles are given, so that a TLS session of one serves all.
  let share: UnsafeMutableRawPointer?
  private let sockets = CurlSockets()

  /// libcurl is initialised once, before threads use it.
  private static let library = curl_global_init(CLong(CURL_GLOBAL_ALL))

  init?() {
    guard Self.library == CURLE_OK, let handle = curl_multi_init() else { return nil }
    self.handle = handle
    // Without locks: all handles that share it belong to one thread.
    share = curl_share_init()
    if let share { swab_share_add(share, CURL_LOCK_DATA_SSL_SESSION) }
    // By default it closes connections whenever few requests are under way, as between two batches.
    swab_multi_set_long(handle, CURLMOPT_MAXCONNECTS, 1024)
    // Kept by `self`, which outlives the handle.
    let sockets = Unmanaged.passUnretained(sockets).toOpaque()
    swab_multi_set_pointer(handle, CURLMOPT_SOCKETDATA, sockets)
    swab_multi_set_socket(handle) { _, socket, wish, sockets, _ in
      if let sockets { Unmanaged<CurlSockets>.fromOpaque(sockets).takeUnretainedValue().watch(socket, wish) }
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
  func add(_ transfer: UnsafeMutableRawPointer) -> Bool {
    curl_multi_add_handle(handle, transfer) == CURLM_OK
  }

  /// Ends a request; one without its answer loses its connection.
  func remove(_ transfer: UnsafeMutableRawPointer) { curl_multi_remove_handle(handle, transfer) }

  /// Does what is due by the clock, also the beginning of what was added; false where nothing was.
  func performDue() -> Bool {
    guard sockets.takeDue() else { return false }
    var running: Int32 = 0
    curl_multi_socket_action(handle, CURL_SOCKET_TIMEOUT, 0, &running)
    return true
  }

  /// One that has ended, by the pointer that it was given as `CURLOPT_PRIVATE`.
  func next() -> (owner: UnsafeMutableRawPointer, result: CURLcode)? {
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
  func wait(milliseconds: Int32, for descriptor: Int32) {
    var running: Int32 = 0
    for (socket, events) in sockets.ready(within: milliseconds, or: descriptor) {
      curl_multi_socket_action(handle, socket, events, &running)
    }
  }
}
