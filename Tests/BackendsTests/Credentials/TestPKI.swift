import FoundationEssentials
import SystemPackage
@testable import Credentials

/// Certificates made by `openssl`, once a run, kept in memory only.
struct TestPKI: Sendable {
  /// File name to content.
  let files: [String: [UInt8]]
  /// File name of a certificate to what `openssl x509` says of it, as `subject=…`, `issuer=…`, `notAfter=…`.
  let facts: [String: [String: String]]

  static let shared = Task { try await make() }

  func bytes(_ name: String) throws -> [UInt8] {
    guard let bytes = files[name] else { throw Errno.noSuchFileOrDirectory }
    return bytes
  }

  /// Files one after the other, as a proxy has certificate, key and chain.
  func joined(_ names: String...) throws -> [UInt8] { try names.flatMap { try bytes($0) } }

  /// The DER bytes of a certificate.
  func der(_ name: String) throws -> [UInt8] {
    guard let der = try PEM.read(bytes(name)).certificates.first else { throw Errno.noSuchFileOrDirectory }
    return der
  }

  func fact(_ certificate: String, _ key: String) throws -> String {
    guard let value = facts[certificate]?[key] else { throw Errno.noSuchFileOrDirectory }
    return value
  }

  private static func make() async throws -> TestPKI {
    try await withTemporaryDirectory { directory in
      try await issue("ca", "/DC=test/DC=swab/CN=Swab Test CA", by: nil, days: 20000, in: directory)
      try await issue(
        "user", "/DC=test/DC=swab/OU=Users/CN=Jörg O'User/emailAddress=u@swab.test", days: 30, in: directory)
      try await issue("host", "/C=CH/ST=Geneva/O=Swab/CN=host\\/node.swab.test", days: 30, in: directory)
      // An attribute type that has no name.
      try await issue("odd", "/DC=test/UID=u/1.2.3.513=x/CN=Odd", days: 30, in: directory)
      try await issue("old", "/DC=test/CN=Old", days: -1, in: directory)
      try await issue("long", "/DC=test/CN=Long", days: 20000, in: directory)
      try await issue(
        "proxy", "/DC=test/DC=swab/OU=Users/CN=Jörg O'User/emailAddress=u@swab.test/CN=1234",
        by: "user", days: 1, extensions: "proxyCertInfo=critical,language:id-ppl-inheritAll\n", in: directory)
      try await issue(
        "proxy-of-old", "/DC=test/CN=Old/CN=99", by: "old", days: 1,
        extensions: "proxyCertInfo=critical,language:id-ppl-inheritAll\n", in: directory)
      try await OpenSSLCommand.run(
        ["pkcs8", "-topk8", "-in", "user.key", "-out", "locked.key", "-passout", "pass:swab"], in: directory)
      try await OpenSSLCommand.run(
        ["ec", "-in", "user.key", "-aes256", "-out", "locked-old.key", "-passout", "pass:swab"], in: directory
      )
      var files: [String: [UInt8]] = [:]
      var facts: [String: [String: String]] = [:]
      for name in try FileManager.default.contentsOfDirectory(atPath: directory.string) {
        files[name] = try CredentialFile.read(directory.appending(name)).bytes
        guard name.hasSuffix(".pem") else { continue }
        let text = try await OpenSSLCommand.run(
          [
            "x509", "-in", name, "-noout", "-subject", "-issuer", "-startdate", "-enddate", "-dateopt",
            "iso_8601", "-nameopt", "compat",
          ], in: directory)
        for line in text.split(separator: "\n") {
          let pair = line.split(separator: "=", maxSplits: 1)
          if pair.count == 2 { facts[name, default: [:]][String(pair[0])] = unescaped(pair[1]) }
        }
      }
      return TestPKI(files: files, facts: facts)
    }
  }

  /// The oneline form writes every byte beyond ASCII as `\xC3`, and in newer patch releases a slash as `\/`.
  private static func unescaped(_ text: Substring) -> String {
    let pieces = text.split(separator: "\\x", omittingEmptySubsequences: false)
    var bytes = Array((pieces.first ?? "").utf8)
    for piece in pieces.dropFirst() {
      bytes += [UInt8(piece.prefix(2), radix: 16) ?? 0] + Array(piece.dropFirst(2).utf8)
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\\/").joined(separator: "/")
  }

  private static func issue(
    _ name: String, _ subject: String, by issuer: String? = "ca", days: Int, extensions: String = "",
    in directory: FilePath
  ) async throws {
    try await OpenSSLCommand.run(
      [
        "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8", "-keyout",
        "\(name).key", "-subj", subject, "-out", "\(name).csr",
      ], in: directory)
    var arguments = ["x509", "-req", "-in", "\(name).csr", "-days", String(days), "-out", "\(name).pem"]
    if let issuer {
      arguments += ["-CA", "\(issuer).pem", "-CAkey", "\(issuer).key", "-CAcreateserial"]
    } else {
      arguments += ["-signkey", "\(name).key"]
    }
    if !extensions.isEmpty { arguments += ["-extfile", "/dev/stdin"] }
    try await OpenSSLCommand.run(arguments, in: directory, input: extensions)
  }
}
