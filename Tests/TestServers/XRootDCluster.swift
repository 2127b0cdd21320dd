import Glibc
import TestSupport

/// A manager and data servers behind it, as sites have them: an `xrootd` each, and a `cmsd` beside it.
package final class XRootDCluster: Sendable {
  /// What stands before an LFN: the manager.
  package let prefix: String
  /// The same over HTTP; nil where the cluster does not speak it.
  package let webPrefix: String?
  /// The directory that the first data server shows as `/`.
  package var data: String { servers[0].data }
  /// Who the servers run as, where that is not us.
  package let user: uid_t?
  /// The data servers.
  package let servers: [DataServer]
  private let log: String
  private let reporting: Int
  private let manager: [ChildProcess]
  private let directory: TemporaryDirectory

  /// One data server.
  package final class DataServer: Sendable {
    /// The directory that it shows as `/`.
    package let data: String
    /// What stands before an LFN, without the manager.
    package let prefix: String
    fileprivate let processes: [ChildProcess]

    fileprivate init(data: String, prefix: String, _ processes: [ChildProcess]) {
      self.data = data
      self.prefix = prefix
      self.processes = processes
    }

    /// It says nothing any more, and its connections stay; nor does it run again before it is stopped.
    package func hang() { for process in processes { process.send(SIGSTOP) } }

    /// It is no more.
    package func stop() { for process in processes { process.stop() } }
  }

  /// How a cluster with HTTP lets clients in. All but ``anyone`` have TLS, on the port of root://.
  package enum Access: String, Sendable, CaseIterable {
    /// Without TLS.
    case anyone
    /// X.509 proxies of the test's user (``ServerCertificates``).
    case proxies
    /// The same, and the manager gives each redirect a hash (`http.secretkey`).
    case proxiesAndKey
    /// Tokens of the test's issuer.
    case tokens
    /// Only the data servers want such tokens.
    case tokensAtServers
  }

  /// Starts all of them.
  /// - Parameters:
  ///   - servers: how many data servers.
  ///   - readOnly: which of them, from 0 on, let nobody write.
  ///   - gsi: the certificates of manager and data servers by their names in ``GridCertificates``, where all take `gsi`
  ///     only; nil where anyone may come in.
  ///   - access: how the cluster lets clients in, also over HTTP; nil where it speaks root:// only.
  ///   - neverStarted: which servers are down from the beginning.
  ///   - release: which XRootD it is.
  package init(
    servers count: Int = 1, readOnly: Set<Int> = [], gsi: (manager: String, server: String)? = nil,
    access: Access? = nil, neverStarted: Set<Int> = [], release: XRootDRelease = .installed
  ) throws {
    directory = try TemporaryDirectory()
    user = getuid() == 0 ? Disk.user("xrootd") : nil
    let (directory, user) = (directory.path, user)
    let managerControl = try Loopback.freePort()
    if let access { try Self.prepare(access, in: directory, user) }
    func start(
      _ name: String, _ role: String, port: Int, control: Int, _ further: String
    ) throws -> [ChildProcess] {
      let run = "\(directory)/\(name)"
      Disk.makeDirectory(run, owner: user)
      let settings = "\(directory)/\(name).cf"
      Disk.write(
        settings,
        """
        all.role \(role)
        all.manager 127.0.0.1:\(managerControl)
        all.adminpath \(run)
        all.pidpath \(run)
        xrootd.async off
        cms.delay startup 1 lookup 1 servers 1
        cms.sched maxload 100
        cms.space linger 0 min 1m 2m
        \(further)
        if exec cmsd
        xrd.port \(control)
        else
        xrd.port \(port)
        fi

        """ + (try Self.security(gsi.map { role == "manager" ? $0.manager : $0.server }, run, user))
          + (try access.map { try Self.web($0, role, port: port, directory, user) } ?? ""))
      func start(_ program: String) throws -> ChildProcess {
        let command = try release.command(
          program, ["-c", settings, "-l", "\(run)/\(program).log"] + (user == nil ? [] : ["-R", "xrootd"]))
        return try ChildProcess(
          command[0], Array(command.dropFirst()), directory: run,
          variables: ["XDG_CACHE_HOME": directory + "/cache"])
      }
      let cmsd = try start("cmsd")
      // A manager's xrootd whose cmsd does not listen yet tells all clients for seconds to come back in a minute
      // ("All managers are dysfunctional"). The cmsd of a data server listens on a port of its own choice.
      if role == "manager" { try Loopback.waitForPort(control, of: cmsd, log: "\(run)/cmsd.log") }
      // Now and then one of a busy machine dies by itself at its start, with a segmentation fault.
      var attempts = 1
      while true {
        let xrootd = try start("xrootd")
        do {
          try Loopback.waitForPort(port, of: xrootd, log: "\(run)/xrootd.log")
          return [cmsd, xrootd]
        } catch  where attempts < 3 && !xrootd.isRunning {
          attempts += 1
        }
      }
    }
    let endpoint = try Loopback.freePort()
    manager = try start("manager", "manager", port: endpoint, control: managerControl, "all.export /store")
    servers = try (0..<count).map { index in
      let name = "server\(index)"
      let data = "\(directory)/data\(index)"
      Disk.makeDirectory(data + "/store", owner: user)
      chown(data, user ?? getuid(), gid_t.max)
      let port = try Loopback.freePort()
      guard !neverStarted.contains(index) else {
        return DataServer(data: data, prefix: "root://127.0.0.1:\(port)/", [])
      }
      let processes = try start(
        name, "server", port: port, control: try Loopback.freePort(),
        "all.export /store\(readOnly.contains(index) ? " r/o" : "")\noss.localroot \(data)")
      return DataServer(data: data, prefix: "root://127.0.0.1:\(port)/", processes)
    }
    log = directory + "/manager/cmsd.log"
    let isOpen = access == nil || access == .anyone
    prefix = isOpen ? "root://127.0.0.1:\(endpoint)/" : "roots://127.0.0.1:\(endpoint)/"
    webPrefix = access == nil ? nil : (isOpen ? "http" : "https") + "://127.0.0.1:\(endpoint)"
    reporting = count - neverStarted.count
  }

  /// How a server asks who we are.
  private static func security(_ host: String?, _ run: String, _ user: uid_t?) throws -> String {
    guard let host else { return "" }
    let certificates = try GridCertificates.shared.get()
    return """
      if exec xrootd
      xrootd.seclib libXrdSec.so
      sec.protparm gsi -certdir:\(certificates.trusted)
      sec.protparm gsi -cert:\(certificates.certificate(host))
      sec.protparm gsi -key:\(certificates.key(host, for: user, in: run))
      sec.protparm gsi -gmapopt:0 -crl:0
      sec.protocol gsi
      sec.protbind * only gsi
      fi

      """
  }

  /// Waits until all data servers have reported to the manager.
  package func waitUntilReady() async throws {
    try await Waiting.wait(
      until: "the data servers report", state: { String(Disk.read(log).suffix(800)) }
    ) {
      let lines = Disk.read(log).split(separator: "\n")
      return lines.count { $0.contains("Primary server") } >= reporting
        && lines.contains { $0.contains("manager service enabled") }
    }
  }
}
