import Glibc
import TestSupport

/// Clusters that speak HTTP beside root://, with their ways to let clients in.
extension XRootDCluster {
  /// What all servers of a cluster share.
  static func prepare(_ access: Access, in directory: String, _ user: uid_t?) throws {
    let certificates = try ServerCertificates.shared.get()
    let cache = directory + "/cache"
    Disk.makeDirectory(cache, owner: user)
    _ = certificates.key(for: user, in: directory)
    Disk.write(directory + "/authdb", "u testuser /store a\n")
    Disk.write(directory + "/gridmap", "\"/DC=org/DC=test/CN=Test User\" testuser\n")
    Disk.write(
      directory + "/issuers.cfg",
      """
      [Global]
      audience = https://wlcg.cern.ch/jwt/v1/any

      [Issuer test]
      issuer = \(ServerCertificates.issuer)
      base_path = /

      """)
    try certificates.writeKeyCache(below: cache)
    guard let user else { return }
    for name in ["/scitokens", "/scitokens/scitokens_cpp.sqllite"] { chown(cache + name, user, gid_t.max) }
  }

  /// The lines of one server's configuration.
  static func web(
    _ access: Access, _ role: String, port: Int, _ directory: String, _ user: uid_t?
  ) throws -> String {
    let certificates = try ServerCertificates.shared.get()
    var lines = ["if exec xrootd", "xrd.protocol http:\(port) libXrdHttp.so"]
    if access != .anyone {
      lines += [
        "xrd.tls \(certificates.certificate) \(directory)/host.key",
        "xrd.tlsca certdir \(certificates.trusted)",
        "http.desthttps yes", "http.selfhttps2http no", "http.gridmap \(directory)/gridmap",
      ]
    }
    switch access {
    case .anyone: break
    case .proxies, .proxiesAndKey:
      lines += [
        "xrootd.seclib libXrdSec.so", "sec.protparm gsi -certdir:\(certificates.trusted)",
        "sec.protparm gsi -cert:\(certificates.certificate)", "sec.protparm gsi -key:\(directory)/host.key",
        "sec.protparm gsi -crl:0 -gmapopt:1 -gridmap:\(directory)/gridmap", "sec.protocol gsi",
        "sec.protbind * only gsi", "ofs.authorize", "acc.authdb \(directory)/authdb",
      ]
      if access == .proxiesAndKey { lines.append("http.secretkey 0123456789abcdef0123456789abcdef01234567") }
    case .tokensAtServers where role == "manager": lines.append("xrootd.tls capable none")
    case .tokens, .tokensAtServers:
      lines += [
        "http.header2cgi Authorization authz", "xrootd.tls capable login", "xrootd.seclib libXrdSec.so",
        "sec.protocol ztn", "sec.protbind * only ztn", "ofs.authorize",
        "ofs.authlib libXrdAccSciTokens.so config=\(directory)/issuers.cfg",
      ]
    }
    return (lines + ["fi", ""]).joined(separator: "\n")
  }

  /// What a client has to show, and what it shows it with.
  package enum Ticket: Sendable {
    case nothing
    /// A file with certificate, key and chain.
    case proxy(String)
    case token(String)
  }

  /// What a cluster with this access wants of a client that may delete.
  package static func ticket(for access: Access, scope: String = "storage.modify:/ storage.read:/") throws
    -> Ticket
  {
    let certificates = try ServerCertificates.shared.get()
    switch access {
    case .anyone: return .nothing
    case .proxies, .proxiesAndKey: return .proxy(certificates.proxy)
    case .tokens, .tokensAtServers: return .token(try certificates.token(scope: scope))
    }
  }
}
