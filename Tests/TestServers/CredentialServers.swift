import Glibc
import TestSupport

/// Doors that take a token as well as a certificate, as those of real storage do.
extension StorageServer {
  /// XRootD: `https` takes tokens of the test's issuer and X.509 proxies of the test's user, `roots` such tokens
  /// (`ztn`). The user may do everything in `/store` but for `/store/unmerged/token-only`; others nothing.
  package static func xrootdTokenOrProxy() throws -> StorageServer {
    let program = try find("xrootd", package: "xrootd-server")
    let certificates = try ServerCertificates.shared.get()
    let directory = try TemporaryDirectory()
    let user = getuid() == 0 ? Disk.user("xrootd") : nil
    let (data, run, cache) = (directory.path + "/data", directory.path + "/run", directory.path + "/cache")
    for path in [data, data + "/store", run, cache] { Disk.makeDirectory(path, owner: user) }
    let key = certificates.key(for: user, in: directory.path)
    Disk.write(directory.path + "/authdb", "u testuser /store/unmerged/token-only l /store a\n")
    Disk.write(directory.path + "/gridmap", "\"/DC=org/DC=test/CN=Test User\" testuser\n")
    Disk.write(
      directory.path + "/issuers.cfg",
      """
      [Global]
      audience = https://wlcg.cern.ch/jwt/v1/any

      [Issuer test]
      issuer = \(ServerCertificates.issuer)
      base_path = /

      """)
    try certificates.writeKeyCache(below: cache)
    if let user {
      for name in ["/scitokens", "/scitokens/scitokens_cpp.sqllite"] { chown(cache + name, user, gid_t.max) }
    }
    let root = try Loopback.freePort()
    let https = try Loopback.freePort()
    let settings = directory.path + "/xrootd.cf"
    Disk.write(
      settings,
      """
      xrd.port \(root)
      xrd.protocol http:\(https) libXrdHttp.so
      xrd.tls \(certificates.certificate) \(key)
      xrd.tlsca certdir \(certificates.trusted)
      xrootd.tls capable login
      xrootd.seclib libXrdSec.so
      sec.protocol ztn
      sec.protbind * only ztn
      http.gridmap \(directory.path)/gridmap
      http.header2cgi Authorization authz
      ofs.authorize
      ofs.authlib ++ libXrdAccSciTokens.so config=\(directory.path)/issuers.cfg
      acc.authdb \(directory.path)/authdb
      all.export /store
      all.adminpath \(run)
      all.pidpath \(run)
      oss.localroot \(data)
      xrootd.async off

      """)
    return try StorageServer(
      ports: ["https": https, "roots": root], data: data, user: user, directory: directory
    ) {
      let process = try ChildProcess(
        program, ["-c", settings, "-l", run + "/log"] + (user == nil ? [] : ["-R", "xrootd"]), directory: run,
        variables: ["XDG_CACHE_HOME": cache])
      for port in [https, root] { try Loopback.waitForPort(port, of: process, log: run + "/log") }
      return process
    }
  }

  /// XRootD's `https` door with its own macaroons (`libXrdMacaroons`), which the user of the tests gets by certificate. He
  /// may do everything in `/store`; others nothing.
  /// - Parameter longest: how many seconds a macaroon may be good for.
  package static func xrootdMacaroons(
    _ release: XRootDRelease = .installed, longest: Int = 86_400
  ) throws -> StorageServer {
    let certificates = try ServerCertificates.shared.get()
    let directory = try TemporaryDirectory()
    let user = getuid() == 0 ? Disk.user("xrootd") : nil
    let (data, run) = (directory.path + "/data", directory.path + "/run")
    for path in [data, data + "/store", run] { Disk.makeDirectory(path, owner: user) }
    let key = certificates.key(for: user, in: directory.path)
    Disk.write(directory.path + "/authdb", "u testuser /store a\n")
    Disk.write(directory.path + "/gridmap", "\"/DC=org/DC=test/CN=Test User\" testuser\n")
    let secret = directory.path + "/secret"
    // 48 bytes in base64; any will do, as the server lives for one test.
    Disk.write(secret, String(repeating: "c3dhYiB0ZXN0", count: 5) + "0123\n", mode: 0o400)
    if let user { chown(secret, user, gid_t.max) }
    let root = try Loopback.freePort()
    let https = try Loopback.freePort()
    let settings = directory.path + "/xrootd.cf"
    Disk.write(
      settings,
      """
      all.sitename T2_XX_Test
      xrd.port \(root)
      xrd.protocol http:\(https) libXrdHttp.so
      xrd.tls \(certificates.certificate) \(key)
      xrd.tlsca certdir \(certificates.trusted)
      http.gridmap \(directory.path)/gridmap
      http.header2cgi Authorization authz
      http.exthandler xrdmacaroons libXrdMacaroons.so
      macaroons.secretkey \(secret)
      macaroons.maxduration \(longest)
      ofs.authorize 1
      ofs.authlib libXrdMacaroons.so
      acc.authdb \(directory.path)/authdb
      all.export /store
      all.adminpath \(run)
      all.pidpath \(run)
      oss.localroot \(data)
      xrootd.async off

      """)
    let command = try release.command(
      "xrootd", ["-c", settings, "-l", run + "/log"] + (user == nil ? [] : ["-R", "xrootd"]))
    return try StorageServer(ports: ["https": https], data: data, user: user, directory: directory) {
      let process = try ChildProcess(command[0], Array(command.dropFirst()), directory: run)
      try Loopback.waitForPort(https, of: process, log: run + "/log")
      return process
    }
  }

  /// nginx over `https`: lets in who shows a token that has a file of its name in the directory `tokens`, or the
  /// certificate of the test's user; below `/store/unmerged/token-only` only the token counts. Everyone else gets
  /// a 401 that repeats what was shown. `seen` has a line a request: method, URL and status.
  package static func nginxTokenOrCertificate(
    tokens: String, seen: String
  ) throws -> StorageServer {
    let certificates = try ServerCertificates.shared.get()
    let port = try Loopback.freePort()
    return try nginx(
      ports: ["https": port],
      http: """
        log_format seen "$request_method $uri $status";
        access_log \(seen) seen;
        map $http_authorization $token { "~^Bearer (?<text>[A-Za-z0-9._-]+)$" $text; default none; }
        server {
          listen 127.0.0.1:\(port) ssl;
          ssl_certificate \(certificates.certificate);
          ssl_certificate_key \(certificates.key);
          ssl_client_certificate \(certificates.authority);
          ssl_verify_client optional;
          set $known no;
          if ($ssl_client_verify = SUCCESS) { set $known yes; }
          if ($uri ~ /token-only/) { set $known no; }
          if (-f \(tokens)/$token) { set $known yes; }
          if ($known = no) { return 401 "who is $http_authorization, that is $token?"; }
          location / { \(webDAVMethods) }
        }
        """)
  }
}
