import Synchronization
import Glibc
import TestSupport

/// A real storage server on loopback, on ports that were free, with its data in a directory of its own.
///
/// It is stopped, by its own process number, when it is let go.
package final class StorageServer: Sendable {
  /// What it listens on, by scheme: `root`, `http`.
  package let ports: [String: Int]
  /// The directory that the server shows as `/`.
  package let data: String
  /// Who it runs as, where that is not us.
  package let user: uid_t?
  private let process: Mutex<ChildProcess>
  private let launch: @Sendable () throws -> ChildProcess
  let directory: TemporaryDirectory

  /// - Parameter launch: starts the process and waits until all ports answer.
  init(
    ports: [String: Int], data: String, user: uid_t?, directory: TemporaryDirectory,
    launch: @escaping @Sendable () throws -> ChildProcess
  ) throws {
    self.ports = ports
    self.data = data
    self.user = user
    self.directory = directory
    self.launch = launch
    self.process = Mutex(try Self.started(launch, on: ports.values))
  }

  /// A server that ends at once may have met a port that was still in use, or a machine that had nothing left for
  /// it at that moment, while a hundred other processes were starting: it is started again for some seconds.
  private static func started(_ launch: () throws -> ChildProcess, on ports: some Sequence<Int>) throws
    -> ChildProcess
  {
    for attempt in 0..<6 {
      if let process = try? launch() { return process }
      usleep(100_000 << attempt)
      for port in ports { Loopback.waitUntilFree(port) }
    }
    return try launch()
  }

  /// Stops it at once, as a crash would.
  package func stop() { process.withLock { $0.stop() } }

  /// Starts it again after ``stop()``, on the same ports and data.
  package func restart() throws { try process.withLock { $0 = try Self.started(launch, on: ports.values) } }

  /// XRootD without authentication: root:// and HTTP on the same data, `/store` exported.
  package static func xrootd(_ release: XRootDRelease = .installed) throws -> StorageServer {
    let directory = try TemporaryDirectory()
    // It refuses to run as root.
    let user = getuid() == 0 ? Disk.user("xrootd") : nil
    if getuid() == 0, user == nil { throw TestFailure("no user xrootd: install xrootd-server") }
    let data = directory.path + "/data"
    let run = directory.path + "/run"
    for path in [data, data + "/store", run] { Disk.makeDirectory(path, owner: user) }
    let root = try Loopback.freePort()
    let http = try Loopback.freePort()
    let settings = directory.path + "/xrootd.cf"
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
    let command = try release.command(
      "xrootd", ["-c", settings, "-l", run + "/log"] + (user == nil ? [] : ["-R", "xrootd"]))
    return try StorageServer(
      ports: ["root": root, "http": http], data: data, user: user, directory: directory
    ) {
      let process = try ChildProcess(command[0], Array(command.dropFirst()), directory: run)
      for port in [root, http] { try Loopback.waitForPort(port, of: process, log: run + "/log") }
      return process
    }
  }

  /// nginx with WebDAV.
  package static func nginx() throws -> StorageServer {
    let port = try Loopback.freePort()
    return try nginx(
      ports: ["http": port],
      http: "access_log off; server { listen 127.0.0.1:\(port); location / { \(webDAVMethods) } }")
  }

  /// The same for a door of another name than its scheme, as `https+bearer`.
  package func prefix(_ scheme: String, endpoint: String) -> String {
    "\(scheme)://127.0.0.1:\(ports[endpoint] ?? 0)"
  }

  /// `root://127.0.0.1:1094/` or `http://127.0.0.1:80`: what stands before an LFN.
  package func prefix(_ scheme: String) -> String {
    let port = ports[scheme] ?? 0
    return "\(scheme)://127.0.0.1:\(port)" + (scheme.hasPrefix("root") ? "/" : "")
  }

  static func find(_ program: String, package: String) throws -> String {
    for directory in ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"]
    where access(directory + "/" + program, X_OK) == 0 {
      return directory + "/" + program
    }
    throw TestFailure("\(program) is missing: install the package \(package)")
  }
}
