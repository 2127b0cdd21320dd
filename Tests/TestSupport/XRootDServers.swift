#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension StorageServer {
  /// The ways in which an XRootD server asks who we are.
  public enum XRootDDoor: String, Sendable, CaseIterable {
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
  public static func xrootd(_ door: XRootDDoor) throws -> StorageServer {
    let program = try find("xrootd", package: "xrootd-server")
    let certificates = try ServerCertificates.shared.get()
    let folder = try TemporaryFolder()
    let user = getuid() == 0 ? Disk.user("xrootd") : nil
    let (data, run, cache) = (folder.path + "/data", folder.path + "/run", folder.path + "/cache")
    if door == .sss { try makeSharedSecret(in: folder.path, user: user) }
    for path in [data, data + "/store", run, cache] { Disk.makeFolder(path, owner: user) }
    let port = try Loopback.freePort()
    let settings = folder.path + "/xrootd.cf"
    let key = certificates.key(for: user, in: folder.path)
    Disk.write(
      settings,
      """
      xrd.port \(port)
      all.export /store
      all.adminpath \(run)
      all.pidpath \(run)
      oss.localroot \(data)
      xrootd.async off

      """ + tls(door, certificates, key) + (try security(door, certificates, key, folder: folder.path)))
    if door == .token || door == .tokenAbleTLS {
      try certificates.writeKeyCache(below: cache)
      if let user {
        for name in ["/scitokens", "/scitokens/scitokens_cpp.sqllite"] {
          chown(cache + name, user, gid_t.max)
        }
      }
    }
    let variables = ["XDG_CACHE_HOME": cache, "XrdSecGSISRVNAMES": "*"]
    let ports = ["root": port, "roots": port]
    return try StorageServer(ports: ports, data: data, user: user, folder: folder) {
      let process = try ChildProcess(
        program, ["-c", settings, "-l", run + "/log"] + (user == nil ? [] : ["-R", "xrootd"]), folder: run,
        variables: variables)
      try Loopback.waitForPort(port, of: process, log: run + "/log")
      return process
    }
  }

  /// The secret that a client of ``XRootDDoor/sss`` shows (`XrdSecSSSKT`).
  public var sharedSecret: String { folder.path + "/client.keytab" }

  private static func makeSharedSecret(in folder: String, user: uid_t?) throws {
    let program = try find("xrdsssadmin", package: "xrootd-server")
    try ChildProcess.run(
      program, ["-k", "test", "-u", "anybody", "-g", "usrgroup", "add", folder + "/client.keytab"],
      folder: folder)
    let copy = folder + "/server.keytab"
    Disk.write(copy, bytes: Disk.bytes(folder + "/client.keytab"), mode: 0o600)
    if let user { chown(copy, user, gid_t.max) }
  }

  private static func tls(_ door: XRootDDoor, _ certificates: ServerCertificates, _ key: String) -> String {
    let demand: String
    switch door {
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
    _ door: XRootDDoor, _ certificates: ServerCertificates, _ key: String, folder: String
  ) throws -> String {
    let gsi = """
      sec.protparm gsi -certdir:\(certificates.trusted)
      sec.protparm gsi -cert:\(certificates.certificate)
      sec.protparm gsi -key:\(key)
      sec.protparm gsi -crl:0 -gmapopt:0
      sec.protocol gsi

      """
    let library = "xrootd.seclib libXrdSec.so\n"
    switch door {
    case .ableTLS, .loginTLS, .sessionTLS: return ""
    case .gsi: return library + gsi + "sec.protbind * only gsi\n"
    case .unix: return library + "sec.protocol unix\nsec.protbind * only unix\n"
    case .gsiUnix: return library + gsi + "sec.protocol unix\nsec.protbind * only gsi unix\n"
    case .sss: return library + "sec.protocol sss -s \(folder)/server.keytab\nsec.protbind * only sss\n"
    case .host:
      let rules = folder + "/authdb"
      Disk.write(rules, "u * /store/unmerged/forbidden rl /store a\n")
      return library + "sec.protocol host\nsec.protbind * only host\nofs.authorize\nacc.authdb \(rules)\n"
    case .token, .tokenAbleTLS:
      guard Disk.exists("/usr/lib/x86_64-linux-gnu/libXrdAccSciTokens-5.so") else {
        throw TestTrouble("install xrootd-scitokens-plugins")
      }
      let issuers = folder + "/issuers.cfg"
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
