import CLibCurl
import DeletionModel
import Networking
import Credentials
import Glibc

/// What a server says of our certificate, or of there being none, where a connection broke behind the TLS handshake.
///
/// With TLS 1.3 a server that does not take a client's certificate says so after the client thinks that the handshake is
/// over (RFC 8446 section 4.4.2). The client has begun to send its request by then; the server closes, and whether the
/// alert is read before the broken connection is noticed is a matter of chance. So it is asked once more, by a connection
/// on which nothing is sent and only the alert is waited for.
package enum CertificateProbe {
  /// How long the alert is waited for once the handshake is over.
  private static let timeout: Int32 = 10_000
  /// How often it is tried: a server that closes with something unread takes back the alert that is not on its way yet.
  private static let tries = 8

  /// Connects and listens; nil where the server has nothing against us, or nothing can be learnt. **Blocks**, in a thread
  /// of its own.
  package static func error(
    _ origin: WebOrigin, settings: CurlTransfer.Settings, identity: ClientIdentity?
  ) -> DeletionError? {
    for _ in 0..<tries {
      switch once(origin, settings: settings, identity: identity) {
      case .silence: return nil
      case .refusal(let error): return error
      case .broken: continue
      }
    }
    return nil
  }

  /// What libcurl says while it works, as far as it is of an alert.
  private final class Log {
    private(set) var alert = ""

    func take(_ bytes: UnsafeRawBufferPointer) {
      let line = String(decoding: bytes, as: UTF8.self)
      if line.contains("OpenSSL"), line.contains("alert") { alert = MessageLines.trimmed(line) }
    }
  }

  private enum Outcome {
    case silence, broken
    case refusal(DeletionError)
  }

  private static func once(
    _ origin: WebOrigin, settings: CurlTransfer.Settings, identity: ClientIdentity?
  ) -> Outcome {
    guard let handle = curl_easy_init() else { return .silence }
    defer { curl_easy_cleanup(handle) }
    let log = Log()
    defer { withExtendedLifetime(log) {} }
    CurlTransfer.set(settings, on: handle)
    // libcurl's error buffer keeps the first error, which may be that the connection has no other end any more.
    swab_easy_set_long(handle, CURLOPT_VERBOSE, 1)
    swab_easy_set_pointer(handle, CURLOPT_DEBUGDATA, Unmanaged.passUnretained(log).toOpaque())
    swab_easy_set_debug(handle) { _, kind, bytes, count, log in
      if kind == CURLINFO_TEXT, let bytes, let log {
        Unmanaged<Log>.fromOpaque(log).takeUnretainedValue().take(
          UnsafeRawBufferPointer(start: bytes, count: count))
      }
      return 0
    }
    swab_easy_set_text(handle, CURLOPT_URL, origin.text + "/")
    swab_easy_set_long(handle, CURLOPT_CONNECT_ONLY, 1)
    swab_easy_set_text(handle, CURLOPT_SSLCERT, identity?.certificate)
    swab_easy_set_text(handle, CURLOPT_SSLKEY, identity?.key)
    var result = curl_easy_perform(handle)
    var socket: CLong = -1
    if result == CURLE_OK, swab_easy_get_long(handle, CURLINFO_LASTSOCKET, &socket) == CURLE_OK, socket >= 0 {
      var byte: UInt8 = 0
      var count = 0
      // Session tickets are no data: after each there may be more.
      repeat {
        var entry = pollfd(fd: Int32(socket), events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, timeout) > 0 else { return .silence }
        result = curl_easy_recv(handle, &byte, 1, &count)
      } while result == CURLE_AGAIN
    }
    // The end of the connection without a word, or a byte that nobody asked for.
    if result == CURLE_OK { return .broken }
    let error = CurlErrors.error(result, text: log.alert, authorities: settings.caDirectory, wasSent: false)
    if error.errorClass == .auth { return .refusal(error) }
    return CurlErrors.mayHideAlert(result) ? .broken : .silence
  }
}
