import Glibc
import TestSupport

/// Servers of WebDAV with every kind of door.
extension StorageServer {
  /// The only token that the doors with tokens let in.
  package static let token = "test-token-0123456789"

  /// nginx with the doors of ``nginxEndpoints(_:_:)``, all on the same data.
  package static func nginx(_ pki: ServerPKI) throws -> StorageServer {
    try nginxEndpoints(pki) { condition in "location / {\n\(condition)\n\(webDAVMethods)\n}" }
  }

  /// Apache with mod_dav: `http`, `https`, `https+bearer`, all on the same data.
  package static func apache(_ pki: ServerPKI) throws -> StorageServer {
    let program = try find("apache2", package: "apache2-bin")
    let directory = try TemporaryDirectory()
    let user = try webUser()
    let data = directory.path + "/data"
    let run = directory.path + "/run"
    for path in [data, data + "/store", run, run + "/dav"] { Disk.makeDirectory(path, owner: user) }
    let ports = [
      "http": try Loopback.freePort(), "https": try Loopback.freePort(),
      "https+bearer": try Loopback.freePort(),
    ]
    let modules = [
      "mpm_event", "authz_core", "dav", "dav_fs", "ssl", "mime",
    ].map { "LoadModule \($0)_module /usr/lib/apache2/modules/mod_\($0).so" }.joined(separator: "\n")
    func endpoint(_ name: String, _ rule: String) -> String {
      """
      Listen 127.0.0.1:\(ports[name] ?? 0)
      <VirtualHost 127.0.0.1:\(ports[name] ?? 0)>
        \(name == "http" ? "" : "SSLEngine on")
        SSLCertificateFile \(pki.certificate("host"))
        SSLCertificateKeyFile \(pki.key("host"))
        <Directory \(data)>
          Dav On
          \(rule)
        </Directory>
      </VirtualHost>
      """
    }
    let settings = directory.path + "/apache.conf"
    Disk.write(
      settings,
      """
      ServerRoot \(directory.path)
      ServerName localhost
      PidFile \(run)/pid
      DefaultRuntimeDir \(run)
      ErrorLog \(run)/log
      \(user == nil ? "" : "User www-data\nGroup www-data")
      \(modules)
      TypesConfig /dev/null
      DAVLockDB \(run)/dav/lock
      DocumentRoot \(data)
      MaxKeepAliveRequests 100
      \(endpoint("http", "Require all granted"))
      \(endpoint("https", "Require all granted"))
      \(endpoint("https+bearer", "Require expr %{HTTP:Authorization} == 'Bearer \(token)'"))

      """)
    return try StorageServer(ports: ports, data: data, user: user, directory: directory) { [ports] in
      let process = try ChildProcess(program, ["-f", settings, "-D", "FOREGROUND"], directory: run)
      for port in ports.values { try Loopback.waitForPort(port, of: process, log: run + "/log") }
      return process
    }
  }

  /// XRootD's HTTP door with TLS, `https`: only the user of the tests may write, known by certificate.
  package static func xrootdSecure(_ pki: ServerPKI) throws -> StorageServer {
    let program = try find("xrootd", package: "xrootd-server")
    let directory = try TemporaryDirectory()
    let user = getuid() == 0 ? Disk.user("xrootd") : nil
    let data = directory.path + "/data"
    let run = directory.path + "/run"
    for path in [data, data + "/store", run] { Disk.makeDirectory(path, owner: user) }
    let key = pki.key("host", for: user, in: directory.path)
    Disk.write(directory.path + "/authdb", "u testuser /store a\nu * /store rl\n")
    Disk.write(directory.path + "/gridmap", "\"/DC=org/DC=test/CN=Test User\" testuser\n")
    let root = try Loopback.freePort()
    let https = try Loopback.freePort()
    let settings = directory.path + "/xrootd.cf"
    Disk.write(
      settings,
      """
      xrd.port \(root)
      xrd.protocol http:\(https) libXrdHttp.so
      xrd.tls \(pki.certificate("host")) \(key)
      xrd.tlsca certdir \(pki.authorities)
      http.gridmap \(directory.path)/gridmap
      ofs.authorize
      acc.authdb \(directory.path)/authdb
      all.export /store
      all.adminpath \(run)
      all.pidpath \(run)
      oss.localroot \(data)
      xrootd.async off

      """)
    return try StorageServer(ports: ["https": https], data: data, user: user, directory: directory) {
      let process = try ChildProcess(
        program, ["-c", settings, "-l", run + "/log"] + (user == nil ? [] : ["-R", "xrootd"]), directory: run)
      try Loopback.waitForPort(https, of: process, log: run + "/log")
      return process
    }
  }

  static func webUser() throws -> uid_t? {
    guard getuid() == 0 else { return nil }
    guard let user = Disk.user("www-data") else { throw TestFailure("no user www-data") }
    return user
  }
}
