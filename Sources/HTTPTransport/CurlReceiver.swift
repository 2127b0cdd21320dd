import CLibCurl

/// What libcurl calls while a transfer lasts, and what it says of it. Only the thread that the transfer runs in touches it.
class CurlReceiver {
  let handle: UnsafeMutableRawPointer
  /// Why the transfer was ended by us.
  final var failure: (any Error)?
  private final var check: () throws -> Void = {}
  private final let errorText: UnsafeMutablePointer<CChar>

  /// Has the handle call this. It is not counted as a reference: the owner of both keeps it until the handle is gone, or
  /// has another one, and until then takes the error buffer away.
  init(_ handle: UnsafeMutableRawPointer) {
    self.handle = handle
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    swab_easy_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText)
    let receiver = Unmanaged.passUnretained(self).toOpaque()
    swab_easy_set_pointer(handle, CURLOPT_WRITEDATA, receiver)
    swab_easy_set_write(handle) { bytes, size, count, pointer in
      guard let pointer, let bytes else { return 0 }
      let receiver = Unmanaged<CurlReceiver>.fromOpaque(pointer).takeUnretainedValue()
      return receiver.take(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
    }
    swab_easy_set_pointer(handle, CURLOPT_XFERINFODATA, receiver)
    swab_easy_set_progress(handle) { pointer, _, _, _, _ in
      guard let pointer else { return 0 }
      return Unmanaged<CurlReceiver>.fromOpaque(pointer).takeUnretainedValue().continues() ? 0 : 1
    }
  }

  deinit { errorText.deallocate() }

  /// Takes the next bytes of the body.
  /// - Returns: whether the transfer goes on.
  func take(_ bytes: UnsafeRawBufferPointer) -> Bool { true }

  private final func continues() -> Bool {
    do {
      try check()
      return true
    } catch {
      failure = failure ?? error
      return false
    }
  }

  /// Runs the transfer. **Blocks.**
  /// - Parameter check: asked about once a second, also while nothing comes; what it throws is ``failure`` and ends it.
  final func perform(check: @escaping () throws -> Void) -> CURLcode {
    (self.check, failure) = (check, nil)
    swab_easy_set_long(handle, CURLOPT_NOPROGRESS, 0)
    defer {
      swab_easy_set_long(handle, CURLOPT_NOPROGRESS, 1)
      self.check = {}
    }
    return withExtendedLifetime(self) { curl_easy_perform(handle) }
  }

  /// libcurl's own words about an error.
  final var errorMessage: String { String(cString: errorText) }

  final func forgetError() { errorText[0] = 0 }

  /// The status; 0 without an answer.
  final var answerStatus: Int {
    var code: CLong = 0
    swab_easy_get_long(handle, CURLINFO_RESPONSE_CODE, &code)
    return code
  }

  /// Where the last request went, or was to go.
  final var lastURL: String {
    var text: UnsafeMutableRawPointer?
    swab_easy_get_pointer(handle, CURLINFO_EFFECTIVE_URL, &text)
    return text.map { String(cString: $0.assumingMemoryBound(to: CChar.self)) } ?? ""
  }

  /// The first value of a field of the answer.
  final func field(_ name: String) -> String? {
    var field: UnsafeMutablePointer<curl_header>?
    guard curl_easy_header(handle, name, 0, UInt32(CURLH_HEADER), -1, &field) == CURLHE_OK,
      let value = field?.pointee.value
    else { return nil }
    return String(cString: value)
  }
}
