import TestServers
import TestSupport
import Testing

import Glibc

/// A way from `swab` to a storage: the site's command and protocol, and what is said on the command line.
struct StorageEndpoint: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// The stage-out command of the site.
  let command: String
  let protocolName: String
  /// `--backend`, where it is given.
  var forced: String?
  /// The backend that must do the work.
  let backend: String
  let prefix: @Sendable () throws -> String
  /// The directory that the storage shows as `/`, and who it is.
  let storage: @Sendable () throws -> (data: String, owner: uid_t?)

  /// What must be said of a name that this door can't be given exactly; nil for one that it can.
  func refusal(of lfn: String) -> String? {
    // What some server takes for a pattern or for the end of a name.
    if lfn.contains(/[*?\[\]]/) || protocolName == "WebDAV" && lfn.contains("&") { return "refused: refused" }
    if backend == "rm" { return nil }
    if backend == "xrdfs" { return nil }
    // XrdCl decodes these, below gfal, for root:// only.
    let isDecoded = backend == "gfal" && protocolName == "XRootD" && lfn.contains(/%[0-9A-Fa-f]{2}/)
    return isDecoded ? "failed: permanent" : nil
  }

  /// A site that has nothing else.
  func site() throws -> SiteDirectory {
    try SiteDirectory([
      .init(rse: "T2_XX_Test", command: command, protocolName: protocolName, prefix: try prefix())
    ])
  }

  /// What forces the backend.
  var arguments: [String] { forced.map { ["--backend", $0] } ?? [] }

  /// What runs `swab`. Root may do everything in a local directory: there it runs without that privilege.
  var launcher: [String] {
    guard backend == "rm", getuid() == 0 else { return [] }
    return ["/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search"]
  }

  /// The servers, started once.
  private static let xrootd = Result { try StorageServer.xrootd() }
  private static let nginx = Result { try StorageServer.nginx() }
  private static let local = Result { try TemporaryDirectory() }

  private static func remote(
    _ name: String, _ command: String, _ protocolName: String, forced: String? = nil, backend: String,
    scheme: String, _ server: @escaping @Sendable () throws -> StorageServer
  ) -> StorageEndpoint {
    StorageEndpoint(
      testDescription: name, command: command, protocolName: protocolName, forced: forced, backend: backend,
      prefix: { try server().prefix(scheme) }, storage: { (try server().data, try server().user) })
  }

  static let xrdfs = remote(
    "xrdcp, root://, --backend xrdfs", "xrdcp", "XRootD", forced: "xrdfs", backend: "xrdfs", scheme: "root"
  ) { try xrootd.get() }
  static let gfalRoot = remote(
    "gfal2, root://, --backend gfal", "gfal2", "XRootD", forced: "gfal", backend: "gfal", scheme: "root"
  ) { try xrootd.get() }
  static let gfalHTTP = remote(
    "gfal2, http:// of XRootD, --backend gfal", "gfal2", "WebDAV", forced: "gfal", backend: "gfal",
    scheme: "http"
  ) { try xrootd.get() }
  static let gfalNginx = remote(
    "gfal2, http:// of nginx, --backend gfal", "gfal2", "WebDAV", forced: "gfal", backend: "gfal",
    scheme: "http"
  ) { try nginx.get() }
  static let xroot = remote("xrdcp, root://", "xrdcp", "XRootD", backend: "xroot", scheme: "root") {
    try xrootd.get()
  }
  static let xrootForGfal2 = remote("gfal2, root://", "gfal2", "XRootD", backend: "xroot", scheme: "root") {
    try xrootd.get()
  }
  static let webdavXRootD = remote(
    "gfal2, http:// of XRootD", "gfal2", "WebDAV", backend: "webdav", scheme: "http"
  ) { try xrootd.get() }
  static let webdavNginx = remote(
    "gfal2, http:// of nginx", "gfal2", "WebDAV", backend: "webdav", scheme: "http"
  ) { try nginx.get() }
  static let webdavForXrdcp = remote(
    "xrdcp, http:// of XRootD", "xrdcp", "WebDAV", backend: "webdav", scheme: "http"
  ) { try xrootd.get() }
  static let rm = StorageEndpoint(
    testDescription: "cp, a local tree", command: "cp", protocolName: "file", backend: "rm",
    prefix: { try local.get().path }, storage: { (try local.get().path, nil) })
  static let rmThroughGfal2 = StorageEndpoint(
    testDescription: "gfal2, a local tree by file://", command: "gfal2", protocolName: "file", backend: "rm",
    prefix: { "file://" + (try local.get().path) }, storage: { (try local.get().path, nil) })
}
