import TestSupport

/// Serves the files of a directory over https, one request at a time, with the certificate of ``ServerCertificates``.
package final class HTTPSFileServer: Sendable {
  /// Where its files are: `https://localhost:PORT`.
  package let base: String
  private let process: ChildProcess
  private let temporary: TemporaryDirectory

  /// Starts it. Throws ``TestFailure`` where it does not come up.
  /// - Parameter clientAuthorities: a directory of authorities: a client needs a certificate of one of them.
  package init(_ directory: String, clientAuthorities: String? = nil) throws {
    let certificates = try ServerCertificates.shared.get()
    let port = try Loopback.freePort()
    temporary = try TemporaryDirectory()
    base = "https://localhost:\(port)"
    process = try ChildProcess(
      "/bin/sh",
      [
        "-c",
        """
        cd "$1" && address=$2 certificate=$3 key=$4 && shift 4
        exec openssl s_server -quiet -WWW -accept "$address" -cert "$certificate" -key "$key" "$@"
        """, "sh", directory, "127.0.0.1:\(port)", certificates.certificate, certificates.key,
      ] + (clientAuthorities.map { ["-Verify", "1", "-verify_return_error", "-CApath", $0] } ?? []),
      directory: temporary.path)
  }
}
