import Glibc
import TestSupport

extension StorageServer {
  /// The ways in which an XRootD server asks who we are.
  package enum XRootDSetup: String, Sendable, CaseIterable {
    /// TLS is there for those who want it; anyone may come in.
    case ableTLS
    /// TLS from the login on; anyone may come in.
    case loginTLS
    /// TLS after the login; anyone may come in.
    case sessionTLS
    /// TLS, and a bearer token (`ztn`) that the authorization obeys.
    case token
    /// A bearer token; TLS is there, and not demanded by itself.
    case tokenAbleTLS
    /// An X.509 proxy (`gsi`).
    case gsi
    /// The name of the user, unproven (`unix`).
    case unix
    /// `gsi` first, then `unix`.
    case gsiUnix
    /// A shared secret (`sss`).
    case sss
    /// The name of the machine (`host`), and an authorization that protects `/store/unmerged/forbidden`.
    case host
  }

  /// An XRootD server with one of these doors, `/store` exported.
  package static func xrootd(_ endpoint: XRootDSetup) throws -> StorageServer {
    let program = try find("xrootd", package: "xrootd-server")
    let certificates = try ServerCertificates.shared.get()
    let directory = try TemporaryDirectory()
    let user = getuid() == 0 ? Disk.user("xrootd") : nil
    let (data, run, cache) = (directory.path + "/data", directory.path + "/run", directory.path + "/cache")
    if endpoint == .sss { try makeSharedSecret(in: directory.path, user: user) }
    for path in [data, data + "/store", run, cache] { Disk.makeDirectory(path, owner: user) }
    let port = try Loopback.freePort()
    let settings = directory.path + "/xrootd.cf"
    let key = certificates.key(for: user, in: directory.path)
    Disk.write(
      settings,
      """
      xrd.port \(port)
      all.export /store
      all.adminpath \(run)
      all.pidpath \(run)
      oss.localroot \(data)
      xrootd.async off

      """ + tls(endpoint, certificates, key)
        + (try security(endpoint, certificates, key, directory: directory.path)))
    if endpoint == .token || endpoint == .tokenAbleTLS {
      try certificates.writeKeyCache(below: cache)
      if let user {
        for name in ["/scitokens", "/scitokens/scitokens_cpp.sqllite"] {
          chown(cache + name, user, gid_t.max)
        }
      }
    }
    let variables = ["XDG_CACHE_HOME": cache, "XrdSecGSISRVNAMES": "*"]
    let ports = ["root": port, "roots": port]
    return try StorageServer(ports: ports, data: data, user: user, directory: directory) {
      let process = try ChildProcess(
        program, ["-c", settings, "-l", run + "/log"] + (user == nil ? [] : ["-R", "xrootd"]), directory: run,
        variables: variables)
      try Loopback.waitForPort(port, of: process, log: run + "/log")
      return process
    }
  }

  /// The secret that a client of ``XRootDSetup/sss`` shows (`XrdSecSSSKT`).
  package var sharedSecret: String { directory.path + "/client.keytab" }

  private static func makeSharedSecret(in directory: String, user: uid_t?) throws {
    let program = try find("xrdsssadmin", package: "xrootd-server")
    try ChildProcess.run(
      program, ["-k", "test", "-u", "anybody", "-g", "usrgroup", "add", directory + "/client.keytab"],
      directory: directory)
    let copy = directory + "/server.keytab"
    Disk.write(copy, bytes: Disk.bytes(directory + "/client.keytab"), mode: 0o600)
    if let user { chown(copy, user, gid_t.max) }
  }

  private static func tls(_ endpoint: XRootDSetup, _ certificates: ServerCertificates, _ key: String)
    -> String
  {
    let demand: String
    switch endpoint {
    case .ableTLS, .tokenAbleTLS: demand = "xrootd.tls capable none"
    case .loginTLS, .token: demand = "xrootd.tls capable login"
    case .sessionTLS: demand = "xrootd.tls capable session"
    case .gsi, .unix, .gsiUnix, .sss, .host: return ""
    }
    return """
      xrd.tls \(certificates.certificate) \(key)
      xrd.tlsca certdir \(certificates.trusted)
      \(demand)

      """
  }

  private static func security(
    _ endpoint: XRootDSetup, _ certificates: ServerCertificates, _ key: String, directory: String
  ) throws -> String {
    let gsi = """
      sec.protparm gsi -certdir:\(certificates.trusted)
      sec.protparm gsi -cert:\(certificates.certificate)
      sec.protparm gsi -key:\(key)
      sec.protparm gsi -crl:0 -gmapopt:0
      sec.protocol gsi

      """
    let library = "xrootd.seclib libXrdSec.so\n"
    switch endpoint {
    case .ableTLS, .loginTLS, .sessionTLS: return ""
    case .gsi: return library + gsi + "sec.protbind * only gsi\n"
    case .unix: return library + "sec.protocol unix\nsec.protbind * only unix\n"
    case .gsiUnix: return library + gsi + "sec.protocol unix\nsec.protbind * only gsi unix\n"
    case .sss: return library + "sec.protocol sss -s \(directory)/server.keytab\nsec.protbind * only sss\n"
    case .host:
      let rules = directory + "/authdb"
      Disk.write(rules, "u * /store/unmerged/forbidden rl /store a\n")
      return library + "sec.protocol host\nsec.protbind * only host\nofs.authorize\nacc.authdb \(rules)\n"
    case .token, .tokenAbleTLS:
      guard Disk.exists("/usr/lib/x86_64-linux-gnu/libXrdAccSciTokens-5.so") else {
        throw TestFailure("install xrootd-scitokens-plugins")
      }
      let issuers = directory + "/issuers.cfg"
      Disk.write(
        issuers,
        """
        [Global]
        audience = https://wlcg.cern.ch/jwt/v1/any

        [Issuer test]
        issuer = \(ServerCertificates.issuer)
        base_path = /

        """)
      return library + """
        sec.protocol ztn
        sec.protbind * only ztn
        ofs.authorize
        ofs.authlib libXrdAccSciTokens.so config=\(issuers)

        """
    }
  }
}
