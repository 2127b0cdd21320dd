import Glibc
import TestSupport

/// Certificates for servers and users of the tests, made by the `openssl` command.
///
/// `host` is for 127.0.0.1 and localhost, `elsewhere` for another name, `expired` was for 127.0.0.1; `user` and
/// `expired-user` are users. All are of one authority, but for `stranger`, a user of another.
package final class ServerPKI: Sendable {
  private let directory: TemporaryDirectory

  /// The directory with the hashed authority, for clients and servers.
  package var authorities: String { directory.path + "/certdir" }
  /// A directory with another authority only.
  package var otherAuthorities: String { directory.path + "/othercertdir" }
  /// The authority's own certificate.
  package var authority: String { directory.path + "/ca.pem" }

  /// Certificate file of a name.
  package func certificate(_ name: String) -> String { "\(directory.path)/\(name).pem" }
  /// Key file of a name.
  package func key(_ name: String) -> String { "\(directory.path)/\(name).key" }

  /// A copy of a key that a server may read.
  func key(_ name: String, for user: uid_t?, in directory: String) -> String {
    let copy = "\(directory)/\(name).key"
    Disk.write(copy, Disk.read(key(name)), mode: 0o400)
    if let user { chown(copy, user, gid_t.max) }
    return copy
  }

  /// Makes them all.
  package init() throws {
    directory = try TemporaryDirectory()
    for name in ["certdir", "othercertdir", "log"] { Disk.makeDirectory(directory.path + "/" + name) }
    let here = "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n"
    try authority("ca", "/DC=org/DC=test/CN=Swab Test CA")
    try authority("otherca", "/DC=org/DC=other/CN=Another CA")
    try issue("host", "/DC=org/DC=test/CN=localhost", extensions: here)
    try issue(
      "elsewhere", "/DC=org/DC=test/CN=elsewhere.test",
      extensions: "subjectAltName=DNS:elsewhere.test\nextendedKeyUsage=serverAuth\n")
    try issue("expired", "/DC=org/DC=test/CN=localhost", days: -1, extensions: here)
    let user = "keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n"
    try issue("user", "/DC=org/DC=test/CN=Test User", extensions: user)
    try issue("expired-user", "/DC=org/DC=test/CN=Test User", days: -1, extensions: user)
    try issue("stranger", "/DC=org/DC=other/CN=Stranger", by: "otherca", extensions: user)
    for (name, target) in [("ca", "certdir"), ("otherca", "othercertdir")] {
      Disk.write("\(directory.path)/\(target)/\(name).pem", Disk.read(certificate(name)))
      try openssl("rehash", directory.path + "/" + target)
    }
  }

  private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

  private func authority(_ name: String, _ subject: String) throws {
    try run(
      ["req", "-x509"] + Self.newKey
        + [
          "-keyout", key(name), "-out", certificate(name), "-days", "30", "-subj", subject, "-addext",
          "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        ], makes: certificate(name))
  }

  private func issue(
    _ name: String, _ subject: String, by issuer: String = "ca", days: Int = 30, extensions: String
  ) throws {
    let request = "\(directory.path)/\(name).csr"
    try run(
      ["req"] + Self.newKey + ["-keyout", key(name), "-out", request, "-subj", subject], makes: request)
    let settings = "\(directory.path)/\(name).ext"
    Disk.write(settings, extensions)
    try run(
      [
        "x509", "-req", "-in", request, "-CA", certificate(issuer), "-CAkey", key(issuer), "-CAcreateserial",
        "-days", "\(days)", "-extfile", settings, "-out", certificate(name),
      ], makes: certificate(name))
  }

  private func openssl(_ arguments: String...) throws { try run(arguments, makes: nil) }

  private func run(_ arguments: [String], makes file: String?) throws {
    let program = try StorageServer.find("openssl", package: "openssl")
    let process = try ChildProcess(program, arguments, directory: directory.path + "/log")
    for _ in 0..<60_000 where process.isRunning { usleep(5_000) }
    if let file, Disk.read(file).isEmpty {
      throw TestFailure("openssl \(arguments[0]): \(Disk.read(directory.path + "/log/stderr").suffix(600))")
    }
  }
}
