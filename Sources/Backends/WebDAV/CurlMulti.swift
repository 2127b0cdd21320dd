import CLibCurl

/// Owns a multi handle of libcurl, its connections and its TLS sessions. Only the thread of its door touches it.
struct CurlMulti: ~Copyable {
  private let handle: UnsafeMutableRawPointer
  /// What handles are given, so that a TLS session of one serves all.
  let share: UnsafeMutableRawPointer?

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

  /// Sends and receives what can be without waiting.
  func perform() {
    var running: Int32 = 0
    curl_multi_perform(handle, &running)
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

  /// Waits for any of the connections, for a descriptor of ours, or for the time to pass.
  func wait(milliseconds: Int32, for descriptor: Int32) {
    var further = curl_waitfd(fd: descriptor, events: Int16(CURL_WAIT_POLLIN), revents: 0)
    curl_multi_poll(handle, &further, 1, milliseconds, nil)
  }
}
