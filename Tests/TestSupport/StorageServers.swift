import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A real storage server on loopback, on ports that were free, with its data in a folder of its own.
///
/// It is stopped, by its own process number, when it is let go.
public final class StorageServer: Sendable {
  /// What it listens on, by scheme: `root`, `http`.
  public let ports: [String: Int]
  /// The folder that the server shows as `/`.
  public let data: String
  /// Who it runs as, where that is not us.
  public let user: uid_t?
  private let process: Mutex<ChildProcess>
  private let launch: @Sendable () throws -> ChildProcess
  let folder: TemporaryFolder

  /// - Parameter launch: starts the process and waits until all ports answer.
  init(
    ports: [String: Int], data: String, user: uid_t?, folder: TemporaryFolder,
    launch: @escaping @Sendable () throws -> ChildProcess
  ) throws {
    self.ports = ports
    self.data = data
    self.user = user
    self.folder = folder
    self.launch = launch
    self.process = Mutex(try Self.started(launch))
  }

  /// A server that ends at once may have met a port that was still in use, or a machine under load.
  private static func started(_ launch: () throws -> ChildProcess) throws -> ChildProcess {
    for _ in 0..<2 {
      if let process = try? launch() { return process }
      usleep(500_000)
    }
    return try launch()
  }

  /// Stops it at once, as a crash would.
  public func stop() { process.withLock { $0.stop() } }

  /// Starts it again after ``stop()``, on the same ports and data.
  public func restart() throws { try process.withLock { $0 = try Self.started(launch) } }

  /// XRootD without authentication: root:// and HTTP on the same data, `/store` exported.
  public static func xrootd() throws -> StorageServer {
    let program = try find("xrootd", package: "xrootd-server")
    let folder = try TemporaryFolder()
    // It refuses to run as root.
    let user = getuid() == 0 ? Disk.user("xrootd") : nil
    if getuid() == 0, user == nil { throw TestTrouble("no user xrootd: install xrootd-server") }
    let data = folder.path + "/data"
    let run = folder.path + "/run"
    for path in [data, data + "/store", run] { Disk.makeFolder(path, owner: user) }
    let root = try Loopback.freePort()
    let http = try Loopback.freePort()
    let settings = folder.path + "/xrootd.cf"
    Disk.write(
      settings,
      """
      xrd.port \(root)
      xrd.protocol http:\(http) libXrdHttp.so
      all.export /store
      all.adminpath \(run)
      all.pidpath \(run)
      oss.localroot \(data)
      xrootd.async off

      """)
    return try StorageServer(ports: ["root": root, "http": http], data: data, user: user, folder: folder) {
      let process = try ChildProcess(
        program, ["-c", settings, "-l", run + "/log"] + (user == nil ? [] : ["-R", "xrootd"]), folder: run)
      for port in [root, http] { try Loopback.waitForPort(port, of: process, log: run + "/log") }
      return process
    }
  }

  /// nginx with WebDAV.
  public static func nginx() throws -> StorageServer {
    let port = try Loopback.freePort()
    return try nginx(
      ports: ["http": port],
      http: "access_log off; server { listen 127.0.0.1:\(port); location / { \(webDAVMethods) } }")
  }

  /// The same for a door of another name than its scheme, as `https+bearer`.
  public func prefix(_ scheme: String, door: String) -> String {
    "\(scheme)://127.0.0.1:\(ports[door] ?? 0)"
  }

  /// `root://127.0.0.1:1094/` or `http://127.0.0.1:80`: what stands before an LFN.
  public func prefix(_ scheme: String) -> String {
    let port = ports[scheme] ?? 0
    return "\(scheme)://127.0.0.1:\(port)" + (scheme.hasPrefix("root") ? "/" : "")
  }

  static func find(_ program: String, package: String) throws -> String {
    for folder in ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"]
    where access(folder + "/" + program, X_OK) == 0 {
      return folder + "/" + program
    }
    throw TestTrouble("\(program) is missing: install the package \(package)")
  }
}
