import TestSupport

import Glibc

extension StorageServer {
  /// An XRootD server that takes `gsi` only, `/store` exported. Every user of the trusted authorities may do everything.
  /// - Parameters:
  ///   - host: the server's certificate, by its name in ``GridCertificates``.
  ///   - options: more parameters of `gsi`, as `-ciphers:aes-256-cbc`.
  ///   - level: which requests have to be signed, as `pedantic`.
  ///   - more: more lines of the configuration.
  package static func xrootdGSI(
    host: String = "host", options: String = "", level: String? = nil, more: String = "",
    trusted: String? = nil
  ) throws -> StorageServer {
    let program = try find("xrootd", package: "xrootd-server")
    let certificates = try GridCertificates.shared.get()
    let directory = try TemporaryDirectory()
    let user = getuid() == 0 ? Disk.user("xrootd") : nil
    let (data, run) = (directory.path + "/data", directory.path + "/run")
    for path in [data, data + "/store", run] { Disk.makeDirectory(path, owner: user) }
    let port = try Loopback.freePort()
    let settings = directory.path + "/xrootd.cf"
    Disk.write(
      settings,
      """
      xrd.port \(port)
      all.export /store
      all.adminpath \(run)
      all.pidpath \(run)
      oss.localroot \(data)
      xrootd.async off
      xrootd.seclib libXrdSec.so
      sec.protparm gsi -certdir:\(trusted ?? certificates.trusted)
      sec.protparm gsi -cert:\(certificates.certificate(host))
      sec.protparm gsi -key:\(certificates.key(host, for: user, in: directory.path))
      sec.protparm gsi -gmapopt:0 \(options)
      sec.protocol gsi
      sec.protbind * only gsi
      \(level.map { "sec.level all \($0)" } ?? "")
      \(more)

      """)
    return try StorageServer(ports: ["root": port], data: data, user: user, directory: directory) {
      let process = try ChildProcess(
        program, ["-c", settings, "-l", run + "/log"] + (user == nil ? [] : ["-R", "xrootd"]), directory: run)
      try Loopback.waitForPort(port, of: process, log: run + "/log")
      return process
    }
  }
}
