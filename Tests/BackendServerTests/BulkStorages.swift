import BackendDCacheBulk
import BackendWebDAV
import Credentials
import DeletionModel
import TestServers
import TestSupport

/// dCache's bulk service as the conformance suite has it: the scripted frontend of ``BulkFrontend`` on the disk of a real
/// nginx, which is the door.
enum BulkStorages {
  /// By itself, and with `webdav` for what it leaves to another.
  static let names = ["dcache-bulk alone", "dcache-bulk"]

  private static let nginx = Result { try StorageServer.nginx() }
  private static let frontend = Result { try BulkFrontend(data: nginx.get().data) }
  /// Kept, as what it has learnt of the frontend is.
  private static let alone = Result { try backend(frontend.get()) }
  private static let together = Result {
    HandingOver(try backend(frontend.get()), to: try WebDAVStorages.backend()) { _ in }
  }

  /// A backend for any door on loopback.
  static func backend(
    _ frontend: BulkFrontend, patience: DCacheBulkBackend.Patience = quick, notes: RunNotes = RunNotes(),
    requestLimit: Duration = .seconds(600), pacer: any RequestPacer = FixedPacer(limit: 10),
    onNotice: @escaping @Sendable (String) -> Void = { _ in }
  ) throws -> DCacheBulkBackend {
    let frontends = DCacheFrontends()
    frontends.use(try DCacheFrontend(frontend.base))
    return DCacheBulkBackend(
      time: testTime, pacer: pacer, credentials: FixedCredential(.none),
      settings: DCacheBulkBackend.Settings(
        frontends: frontends, caDirectory: try WebDAVStorages.pki.get().authorities,
        requestLimit: requestLimit,
        patience: patience, notes: notes, onNotice: onNotice))
  }

  /// Hardly any pause; of a stall nothing is believed too early.
  static let quick = DCacheBulkBackend.Patience(
    stallLimit: .seconds(600), firstPause: .milliseconds(5), longestPause: .milliseconds(20))

  static func storage(_ name: String) throws -> TestStorage? {
    guard names.contains(name) else { return nil }
    let server = try nginx.get()
    return TestStorage(
      name: name, backend: name == "dcache-bulk" ? try together.get() : try alone.get(),
      prefix: server.prefix("http"), data: server.data, user: server.user, holder: server)
  }
}
