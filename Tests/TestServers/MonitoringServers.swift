import TestSupport

/// A real server of Prometheus's on loopback, with nothing in it at first.
package final class MonitoringServer: Sendable {
  /// `http://127.0.0.1:PORT`.
  package let base: String
  private let process: ChildProcess
  private let directory: TemporaryDirectory

  private init(_ program: String, package: String, _ arguments: (String, Int) -> [String]) throws {
    let port = try Loopback.freePort()
    directory = try TemporaryDirectory()
    base = "http://127.0.0.1:\(port)"
    process = try ChildProcess(
      StorageServer.find(program, package: package), arguments(directory.path, port),
      directory: directory.path)
    try Loopback.waitForPort(port, of: process, log: directory.path + "/stderr")
  }

  /// A Pushgateway.
  package static func pushgateway() throws -> MonitoringServer {
    try MonitoringServer("prometheus-pushgateway", package: "prometheus-pushgateway") { _, port in
      ["--web.listen-address=127.0.0.1:\(port)"]
    }
  }

  /// An Alertmanager that tells nobody.
  package static func alertmanager() throws -> MonitoringServer {
    try MonitoringServer("prometheus-alertmanager", package: "prometheus-alertmanager") { directory, port in
      Disk.write(directory + "/config.yml", "route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n")
      return [
        "--config.file=\(directory)/config.yml", "--storage.path=\(directory)/data",
        "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=",
      ]
    }
  }
}

/// A parser of OpenMetrics that is not ours.
package enum OpenMetricsParser {
  private static let script = """
    import sys
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
    for family in parse(open(sys.argv[1]).read()):
        print(family.name, family.type, len(family.samples))
    """

  /// Name, type and number of samples of each family. Throws ``TestFailure`` where it is no OpenMetrics text.
  package static func families(_ path: String) async throws -> [String] {
    let done = try await SwabCommand.run(command: ["/usr/bin/python3", "-c", script, path])
    guard done.code == 0 else { throw TestFailure("\(path): \(done.messages)") }
    return done.output.split(separator: "\n").map(String.init)
  }
}
