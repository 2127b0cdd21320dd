import Credentials
import DeletionModel
import HTTPTransport
import Networking
import Synchronization

/// Deletes files by dCache's bulk service: many in one request, which dCache works through by itself and keeps the outcome
/// of each.
///
/// A directory stays: `skipDirs` has the service look at each target before it deletes it, from dCache 9.2 on, and an older
/// one is not used (``BulkCall/probe``). Nothing but the listed names is deleted, as no directory is expanded. "Not there"
/// counts only where the frontend has been seen to know files by the names that the door has for them; else another
/// backend is asked (``DeletionError/isForAnother``), and so it is for whatever the service has no clear answer to.
///
/// The service is another server than the door, so that its failures are none of the door: where it does not work, the
/// door's files are left to the other backend for the rest of the run.
package struct DCacheBulkBackend: Backend {
  /// `dcache-bulk`.
  package static let name = "dcache-bulk"

  /// How long is waited for what.
  package struct Patience: Sendable {
    /// For progress of a request, and for a frontend to take one: some minutes.
    package var stallLimit: Duration
    /// For the end of a request that was cancelled.
    package var cancelLimit: Duration
    /// For each of the last words as the run ends.
    package var lastLimit: Duration
    /// Between two questions for a request, at first.
    package var firstPause: Duration
    /// Between two questions, later.
    package var longestPause: Duration

    package init(
      stallLimit: Duration = .seconds(180), cancelLimit: Duration = .seconds(20),
      lastLimit: Duration = .seconds(2), firstPause: Duration = .milliseconds(200),
      longestPause: Duration = .seconds(5)
    ) {
      self.stallLimit = stallLimit
      self.cancelLimit = cancelLimit
      self.lastLimit = lastLimit
      self.firstPause = firstPause
      self.longestPause = longestPause
    }

    /// By how long one answer is waited for: for progress six times as long.
    package init(answerLimit: Duration) {
      self.init(stallLimit: answerLimit * 6, cancelLimit: min(.seconds(20), answerLimit))
    }
  }

  /// What may be chosen.
  package struct Settings: Sendable {
    /// Which doors have a frontend.
    package var frontends: DCacheFrontends
    /// The directory with the certificates of the authorities that are trusted.
    package var caDirectory: String
    /// How long one answer of a frontend is waited for.
    package var requestLimit: Duration
    package var patience: Patience
    /// The hosts that the site's configuration names.
    package var storageHosts: StorageHosts
    /// Where is written down which requests are in flight.
    package var notes: RunNotes
    /// Is told, from any thread, which server was shown what.
    package var onCredentialShown: @Sendable (CredentialUse) -> Void
    /// Hears, once a door, what the report has to say of it, in one line.
    package var onNotice: @Sendable (String) -> Void

    package init(
      frontends: DCacheFrontends, caDirectory: String, requestLimit: Duration = .seconds(30),
      patience: Patience = Patience(), storageHosts: StorageHosts = StorageHosts(),
      notes: RunNotes = RunNotes(), onCredentialShown: @escaping @Sendable (CredentialUse) -> Void = { _ in },
      onNotice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
      self.frontends = frontends
      self.caDirectory = caDirectory
      self.requestLimit = requestLimit
      self.patience = patience
      self.storageHosts = storageHosts
      self.notes = notes
      self.onCredentialShown = onCredentialShown
      self.onNotice = onNotice
    }
  }

  /// So many targets a request takes unless its dCache is configured otherwise
  /// (`bulk.limits.max.targets-per-flat-request`).
  static let targetLimit = 500

  /// Its name in the registry.
  package var name: String { Self.name }
  /// How many files a call takes.
  package let traits = BackendTraits(
    batchLimit: targetLimit, pacesItself: true, announcesFiles: true, limitsItself: true)

  private let frontends: DCacheFrontends
  private let setting: BulkSetting
  private let doors = Doors()

  private final class Doors: Sendable {
    private let doors = Mutex<[String: BulkDoor]>([:])

    func door(_ name: String, _ make: () -> BulkDoor?) -> BulkDoor? {
      doors.withLock { doors in
        if let door = doors[name] { return door }
        let door = make()
        doors[name] = door
        return door
      }
    }
  }

  /// Makes the backend.
  /// - Parameters:
  ///   - time: The clock that deadlines are given on.
  ///   - pacer: How hard a frontend may be worked, and how many files may be begun.
  ///   - credentials: What each door's frontend is shown.
  package init(
    time: any TimeSource, pacer: any RequestPacer, credentials: any CredentialProvider, settings: Settings
  ) {
    frontends = settings.frontends
    setting = BulkSetting(
      time: time, pacer: pacer, credentials: credentials,
      connections: HTTPConnections(
        CurlTransfer.Settings(
          caDirectory: settings.caDirectory, connectLimit: min(.seconds(20), settings.requestLimit),
          requestLimit: settings.requestLimit, userAgent: UserAgent.swab)),
      storageHosts: settings.storageHosts, notes: settings.notes, requestLimit: settings.requestLimit,
      patience: settings.patience, onCredentialShown: settings.onCredentialShown,
      onNotice: settings.onNotice)
  }

  /// Asks each door in `doors` over https for its frontend, and uses what turns out to be one of a dCache that can be used.
  /// Nothing of ours is shown to the door.
  /// - Parameter limit: how long one answer may take.
  package func discover(_ doors: Set<String>, limit: Duration = .seconds(5)) async {
    guard !frontends.isNamed else { return }
    await withTaskGroup { group in
      for door in doors {
        group.addTask {
          guard let frontend = await frontend(ofDoor: door, limit) else { return }
          let service = BulkService(frontend, for: door, setting)
          let reply = await service.ask(.probe, urgentlyWithin: limit)
          if reply.error == nil, BulkJSON.isArray(reply.body) { frontends.use(frontend, for: door) }
        }
      }
    }
  }

  private func frontend(ofDoor door: String, _ limit: Duration) async -> DCacheFrontend? {
    guard let origin = WebOrigin(endpoint: door), origin.isSecure else { return nil }
    let request = HTTPRequest(
      method: "GET", origin: origin, target: "/.well-known/wlcg-tape-rest-api", body: nil, limit: 64 << 10)
    let reply = await setting.connections.send(
      request, headers: ["Accept: application/json"], identity: nil, limit: limit)
    guard reply.status == 200, reply.failure == nil else { return nil }
    let frontends = (TapeAPI.read(reply.body)?.endpoints ?? []).compactMap { DCacheFrontend(tapeURI: $0.uri) }
    return frontends.first { setting.storageHosts.areSameStorage($0.origin.host, origin.host) }
  }

  /// Deletes files of one door. Directories stay, all of them.
  package func delete(_ batch: Batch, observer: any BatchObserver) async {
    guard batch.kind == .files else { return batch.answerAll(.noDirectoriesInBulk, observer) }
    guard let endpoint = batch.targets.first?.pfn.endpoint else { return }
    if Task.isCancelled || batch.deadline.hasPassed(on: setting.time) {
      return batch.answerAll(.notTried, observer)
    }
    guard let door = door(at: endpoint) else {
      return batch.answerAll(DeletionError.noFrontend.forAnother, observer)
    }
    let files = BulkFiles(batch, of: endpoint, observer)
    await door.delete(files, until: batch.deadline)
  }
}

extension DCacheBulkBackend {
  /// Asks whether the service can be used. What the directory is only the door can say.
  package func inspect(_ directory: DeletionTarget, deadline: Deadline) async -> Inspection {
    await door(at: directory.pfn.endpoint)?.prepare(until: deadline)
    return Inspection(.failed(DeletionError.noFrontend.forAnother), backend: name)
  }

  private func door(at endpoint: String) -> BulkDoor? {
    doors.door(endpoint) {
      frontends[door: endpoint].map { BulkDoor(BulkService($0, for: endpoint, setting), setting) }
    }
  }
}

extension DeletionError {
  fileprivate static let noFrontend = DeletionError(
    .endpoint, code: "bulk",
    message: "not sent: no frontend of dCache's bulk service is known for this door; see --dcache-frontend")
}

/// The files of one call by the paths that the service has for them, and who hears of them. Each is answered once.
final class BulkFiles: Sendable {
  /// Those that can be sent.
  let paths: [String]
  /// What stands before the LFN, by path.
  let roots: [ExactName: String]
  private let observer: any BatchObserver
  /// The indices in the batch of the paths that have no answer yet.
  private let open: Mutex<[ExactName: Int]>

  /// Takes a batch, and answers what the service can't be asked for.
  init(_ batch: Batch, of endpoint: String, _ observer: any BatchObserver) {
    var open: [ExactName: Int] = [:]
    var spellings = Spellings(count: batch.targets.count)
    var paths: [String] = []
    var roots: [ExactName: String] = [:]
    for (index, target) in batch.targets.enumerated() {
      guard target.endpoint == endpoint else {
        observer.answered(index, Answer(.failed(.notOfThisDoor)))
        continue
      }
      do throws(InexactName) {
        let name = try BulkName(target)
        if let hindrance = name.hindrance {
          observer.answered(index, Answer(.failed(hindrance.forAnother)))
          continue
        }
        let key = ExactName(name.path)
        guard spellings.isFirst(index, key) else { continue }
        paths.append(name.path)
        open[key] = index
        roots[key] = name.root
      } catch {
        observer.answered(index, Answer(.failed(error.error)))
      }
    }
    self.paths = paths
    self.roots = roots
    self.open = Mutex(open)
    self.observer = spellings.observer(observer)
  }

  /// Whether a path may be sent; what may not is answered.
  func mayBegin(_ path: String) -> Bool {
    guard let index = open.withLock({ $0[ExactName(path)] }) else { return false }
    if observer.mayBegin(index) { return true }
    fail(path, .notTried)
    return false
  }

  /// Answers a file.
  func answer(_ path: String, _ answer: Answer) {
    guard let index = open.withLock({ $0.removeValue(forKey: ExactName(path)) }) else { return }
    observer.answered(index, answer)
  }

  func fail(_ path: String, _ error: DeletionError) { answer(path, Answer(.failed(error))) }

  /// Whether a file waits for its answer.
  func isOpen(_ path: String) -> Bool { open.withLock { $0[ExactName(path)] != nil } }
}

extension DeletionError {
  fileprivate static let notOfThisDoor = DeletionError(
    .fatal, code: "endpoint", message: "not sent: the files of one call are of several endpoints")
}
