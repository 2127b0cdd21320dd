import FoundationEssentials
import Synchronization
import TestServers
import TestSupport

/// The Rucio consistency monitor as a scripted server: `stats` and `files` of each RSE, in its real forms.
final class ScriptedMonitor: Sendable {
  /// A scan of an RSE.
  struct Scan: Sendable {
    var run: String
    var status = "done"
    var started = Date()
    var files: [String] = []
    /// Whether its answer never comes.
    var hangs = false
  }

  private final class Scans: Sendable {
    let all = Mutex<[String: Scan]>([:])
  }

  private let scans: Scans
  private let server: ScriptedServer

  init() throws {
    let scans = Scans()
    self.scans = scans
    server = try ScriptedServer { request in
      guard let rse = request.path.split(separator: "rse=").last?.split(separator: "&").first,
        let scan = scans.all.withLock({ $0[String(rse)] })
      else { return .init(404, body: "not found") }
      if scan.hangs { return .init(200, pause: .seconds(3600)) }
      if request.path.contains("/files?") { return .init(200, body: scan.files.map { $0 + "\n" }.joined()) }
      let start = scan.started.timeIntervalSince1970
      return .init(
        200,
        body: """
          {"\(rse)": {"run": "\(scan.run)", "status": "\(scan.status)", "start_time": \(start), "end_time": \(start + 1), "error": "",
           "root_failed": false, "failed_subdirectories": [], "files": \(scan.files.count), "total_size_gb": 0.5,
           "scanner": {"type": "xrootd", "version": "2.1"}, "server": "x", "server_root": "/store"}}
          """)
    }
  }

  /// What stands before `/stats` and `/files`.
  var base: String { "http://127.0.0.1:\(server.port)/rucioconmon/unmerged" }

  func set(_ rse: String, _ scan: Scan) { scans.all.withLock { $0[rse] = scan } }
}
