import CLibCurl
import DeletionModel

/// What is written down during one transfer. Only the thread of its event loop touches it.
final class CurlRecord: CurlReceiver {
  private(set) var body: [UInt8] = []
  private(set) var wasSent = false
  private(set) var isTooLong = false
  /// Of the answer that comes; 0 before its first line.
  private(set) var status = 0
  /// What takes the body; nil where its beginning is kept.
  private(set) var reader: (any HTTPBodyReader)?
  private var received = 0
  private var limit = 0
  private var leaves = ConnectionHabits()
  private var announcesBody = false
  private var isGivenUp = false

  override init(_ handle: UnsafeMutableRawPointer) {
    super.init(handle)
    let record = Unmanaged.passUnretained(self).toOpaque()
    swab_easy_set_pointer(handle, CURLOPT_HEADERDATA, record)
    swab_easy_set_header(handle) { bytes, size, count, pointer in
      guard let pointer, let bytes else { return 0 }
      let record = Unmanaged<CurlRecord>.fromOpaque(pointer).takeUnretainedValue()
      record.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
      return size * count
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
  /// second sending is refused unless nothing went out the first time, and it is for the event loop to send it again,
  /// knowing that.
  private func mayBeSent() -> Bool {
    defer { wasSent = true }
    if !wasSent { return true }
    var bytes: CLong = 0
    swab_easy_get_long(handle, CURLINFO_REQUEST_SIZE, &bytes)
    return bytes == 0
  }

  func reset(limit: Int, reader: (any HTTPBodyReader)?, leaves: ConnectionHabits) {
    body.removeAll(keepingCapacity: true)
    wasSent = false
    isTooLong = false
    status = 0
    received = 0
    announcesBody = false
    self.limit = limit
    self.reader = reader
    self.leaves = leaves
    if isGivenUp {
      isGivenUp = false
      swab_easy_set_long(handle, CURLOPT_FORBID_REUSE, 0)
    }
  }

  func rest() { reader = nil }

  /// A line of the answer's head, with its line break.
  private func takeHeader(_ line: UnsafeRawBufferPointer) {
    if line.starts(with: "HTTP/".utf8) {
      let digits = line.drop { $0 != 0x20 }.dropFirst().prefix(3)
      let isNumber = digits.allSatisfy(\.isDigit)
      status = isNumber ? digits.reduce(0) { $0 * 10 + Int($1 - 0x30) } : 0
      announcesBody = false
    } else if line.first == 0x0d || line.first == 0x0a {
      if leavesConnection { giveUpConnection() }
    } else if status == 204 || status == 304 {
      // By bytes: texts would cost a tenth of all that is done for an answer.
      if Self.isField(line, "transfer-encoding:") { announcesBody = true }
      if Self.isField(line, "content-length:"), line.contains(where: { (0x31...0x39).contains($0) }) {
        announcesBody = true
      }
    }
  }

  /// Whether a line begins with a name in lower case, whatever its own case is.
  private static func isField(_ line: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
    name.withUTF8Buffer { name in
      guard line.count >= name.count else { return false }
      return name.indices.allSatisfy { line[$0] == name[$0] || line[$0] | 0x20 == name[$0] }
    }
  }

  /// A 204 has no body (RFC 9112 section 6.3). A server that announces one will send it, and it would be read as the
  /// answer to the next request. The other two are servers that close behind an answer without having said so.
  private var leavesConnection: Bool {
    announcesBody || leaves.closesAfterRedirects && (300...399).contains(status)
      || leaves.closesAfterErrors && status >= 400
  }

  /// This option counts when a transfer ends.
  private func giveUpConnection() {
    isGivenUp = true
    swab_easy_set_long(handle, CURLOPT_FORBID_REUSE, 1)
  }

  override func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    received += bytes.count
    if let reader {
      // What it cannot read is let run out, for the connection's sake.
      _ = reader.feed(bytes)
    }
    if body.count < HTTPErrorPage.limit || reader == nil, body.count < limit {
      body.append(contentsOf: bytes.prefix(limit - body.count))
    }
    // An error page is cut; only what is far longer than that ends the connection.
    if received > max(limit, 1 << 20) { isTooLong = true }
    return !isTooLong
  }
}
