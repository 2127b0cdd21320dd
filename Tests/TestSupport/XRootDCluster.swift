#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A redirector and one data server behind it, as sites have them: two `xrootd`, and a `cmsd` beside each.
public final class XRootDCluster: Sendable {
  /// What stands before an LFN: the redirector.
  public let prefix: String
  /// The folder that the data server shows as `/`.
  public let data: String
  /// Who the servers run as, where that is not us.
  public let user: uid_t?
  private let log: String
  private let processes: [ChildProcess]
  private let folder: TemporaryFolder

  /// Starts all four.
  public init() throws {
    let xrootd = try StorageServer.find("xrootd", package: "xrootd-server")
    let cmsd = try StorageServer.find("cmsd", package: "xrootd-server")
    folder = try TemporaryFolder()
    user = getuid() == 0 ? Disk.user("xrootd") : nil
    data = folder.path + "/data"
    let manager = try Loopback.freePort()
    let managerDoor = try Loopback.freePort()
    let serverControl = try Loopback.freePort()
    let serverDoor = try Loopback.freePort()
    Disk.makeFolder(data + "/store", owner: user)
    chown(data, user ?? getuid(), gid_t.max)
    var processes: [ChildProcess] = []
    for (role, port) in [("manager", managerDoor), ("server", serverDoor)] {
      let run = "\(folder.path)/\(role)"
      Disk.makeFolder(run, owner: user)
      let settings = "\(folder.path)/\(role).cf"
      Disk.write(
        settings,
        """
        all.role \(role)
        all.manager 127.0.0.1:\(manager)
        all.export /store
        all.adminpath \(run)
        all.pidpath \(run)
        oss.localroot \(data)
        xrootd.async off
        cms.delay startup 1 lookup 1 servers 1
        cms.sched maxload 100
        if exec cmsd
        xrd.port \(role == "manager" ? manager : serverControl)
        else
        xrd.port \(port)
        fi

        """)
      for program in [cmsd, xrootd] {
        let name = program.hasSuffix("cmsd") ? "cmsd" : "xrootd"
        processes.append(
          try ChildProcess(
            program, ["-c", settings, "-l", "\(run)/\(name).log"] + (user == nil ? [] : ["-R", "xrootd"]),
            folder: run))
      }
    }
    self.processes = processes
    log = folder.path + "/manager/cmsd.log"
    prefix = "root://127.0.0.1:\(managerDoor)/"
    try Loopback.waitForPort(managerDoor, of: processes[1], log: folder.path + "/manager/xrootd.log")
    try Loopback.waitForPort(serverDoor, of: processes[3], log: folder.path + "/server/xrootd.log")
  }

  /// Waits until the data server has reported to the redirector.
  public func waitUntilReady() async throws {
    try await Patience.wait(
      until: "the data server reports", state: { String(Disk.read(log).suffix(800)) }
    ) {
      let text = Disk.read(log)
      return text.contains("Primary server") && text.contains("manager service enabled")
    }
  }
}
