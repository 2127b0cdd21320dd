import FoundationEssentials
import TestSupport

/// A frontend of dCache with its bulk service, as far as it deletes, on loopback over HTTP. What it says is in
/// ``BulkServiceScript``.
package final class BulkFrontend: Sendable {
  private let server: ScriptedServer
  private let script: BulkServiceScript

  /// Where it listens.
  package var port: Int { server.port }
  /// `http://127.0.0.1:PORT`.
  package var base: String { "http://127.0.0.1:\(port)" }

  /// Starts one.
  /// - Parameters:
  ///   - data: the directory that it shows as `/`; nil where the files are only names.
  ///   - files: those names.
  package init(
    data: String? = nil, files: Set<String> = [], _ faults: BulkServiceScript.Faults = .init()
  ) throws {
    let script = BulkServiceScript(data: data, files: files, faults)
    self.script = script
    server = try ScriptedServer { script.answer($0) }
  }

  /// Changes what is wrong with it.
  package func set(_ change: (inout BulkServiceScript.Faults) -> Void) { script.set(change) }

  /// What came so far of one method.
  package func received(_ method: String) -> [ScriptedServer.Request] { server.received(method) }

  /// The files that are only names and are still there.
  package var files: Set<String> { script.files }
  /// Removes one of them, as another door would; whether it was there.
  package func remove(_ path: String) -> Bool { script.remove(path) }
  /// How often the name space was asked to delete each path.
  package var deletions: [String: Int] { script.deletions }
  /// The requests that are not cleared.
  package var requests: Int { script.requests }
}

extension StorageServer {
  /// nginx with every kind of door, as a door of dCache with its tape API, and as the frontend that it names: below
  /// `/api/` it is `frontend`. Its document has the port of the door `https+bearer`, or that of `https`.
  package static func nginxDCache(
    _ pki: ServerPKI, before frontend: BulkFrontend, tokens: Bool = false
  ) throws -> StorageServer {
    let server = try nginxEndpoints(pki) { condition in
      """
      location / {
      \(condition)
      \(webDAVMethods)
      }
      location /.well-known/ { }
      location /api/ {
      \(condition)
      proxy_pass \(frontend.base);
      }
      """
    }
    let port = server.ports[tokens ? "https+bearer" : "https"] ?? 0
    Disk.makeDirectory(server.data + "/.well-known", owner: server.user)
    Disk.write(
      server.data + "/.well-known/wlcg-tape-rest-api",
      """
      {"sitename": "Test", "description": "tape", "endpoints": [
        {"uri": "https://127.0.0.1:\(port)/api/v1/tape", "version": "v1", "metadata": {}}]}
      """)
    return server
  }
}
