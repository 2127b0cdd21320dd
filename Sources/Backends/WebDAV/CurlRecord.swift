import CLibCurl

/// What libcurl calls during one transfer, and what is written down there. Only the thread of its door touches it.
final class CurlRecord {
  private(set) var body: [UInt8] = []
  private(set) var wasSent = false
  private(set) var isTooLong = false
  /// Whether its connection is given up when it ends.
  private(set) var leavesConnection = false
  private let handle: UnsafeMutableRawPointer
  private var received = 0
  private var limit = 0
  /// What takes the body; nil where its beginning is kept.
  var reader: MultistatusReader?

  /// - Parameter handle: is not used any more when this goes.
  init(_ handle: UnsafeMutableRawPointer) { self.handle = handle }

  /// Has the handle call this. It is not counted as a reference: the owner of both keeps it until the handle is gone.
  func attach() {
    let record = Unmanaged.passUnretained(self).toOpaque()
    swab_easy_set_pointer(handle, CURLOPT_WRITEDATA, record)
    swab_easy_set_write(handle) { bytes, size, count, pointer in
      guard let pointer, let bytes else { return 0 }
      let record = Unmanaged<CurlRecord>.fromOpaque(pointer).takeUnretainedValue()
      return record.take(UnsafeBufferPointer(start: bytes, count: size * count)) ? size * count : 0
    }
    swab_easy_set_pointer(handle, CURLOPT_PREREQDATA, record)
    swab_easy_set_before_request(handle) { pointer, _, _, _, _ in
      guard let pointer else { return CURL_PREREQFUNC_ABORT }
      let record = Unmanaged<CurlRecord>.fromOpaque(pointer).takeUnretainedValue()
      return record.mayBeSent() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
  }

  /// Called before the request is sent, each time.
  ///
  /// libcurl sends a request again by itself when a connection that it kept breaks before the answer. But the
  /// server may have carried it out, and the second answer would be "not found" of a file that we deleted. So a
  /// second sending is refused unless nothing went out the first time, and it is for the caller to try again,
  /// knowing that.
  private func mayBeSent() -> Bool {
    defer { wasSent = true }
    if !wasSent { return true }
    var bytes: CLong = 0
    swab_easy_get_long(handle, CURLINFO_REQUEST_SIZE, &bytes)
    return bytes == 0
  }

  /// XRootD (5.5.3 seen) says `Keep-Alive` with every error and closes the connection right behind it. The next
  /// request on it would be lost, so it is given up here; this option counts when a transfer ends.
  private func leaveConnectionOfXRootD() {
    var status: CLong = 0
    swab_easy_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
    guard status >= 400 else { return }
    var field: UnsafeMutablePointer<curl_header>?
    if curl_easy_header(handle, "Server", 0, UInt32(CURLH_HEADER), -1, &field) == CURLHE_OK,
      let value = field?.pointee.value, !String(cString: value).lowercased().hasPrefix("xrootd")
    {
      return
    }
    leavesConnection = true
    swab_easy_set_long(handle, CURLOPT_FORBID_REUSE, 1)
  }

  func reset(limit: Int, reader: MultistatusReader?) {
    body.removeAll(keepingCapacity: true)
    wasSent = false
    isTooLong = false
    leavesConnection = false
    received = 0
    self.limit = limit
    self.reader = reader
  }

  private func take(_ bytes: UnsafeBufferPointer<CChar>) -> Bool {
    if received == 0 { leaveConnectionOfXRootD() }
    received += bytes.count
    if let reader {
      // What is no multistatus is let run out, for the connection's sake.
      _ = reader.feed(UnsafeRawBufferPointer(bytes))
    } else if body.count < limit {
      body.append(contentsOf: UnsafeRawBufferPointer(bytes).prefix(limit - body.count))
    }
    // An error page is cut; only what goes on far beyond that ends the connection.
    if received > max(limit, 1 << 20) { isTooLong = true }
    return !isTooLong
  }
}
