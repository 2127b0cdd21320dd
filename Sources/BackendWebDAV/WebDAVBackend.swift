import DeletionModel
import HTTPTransport
import Networking
import Credentials
import Glibc

/// Deletes files over HTTP and WebDAV, by libcurl, with one DELETE a file and many of them in flight.
///
/// DELETE of a collection removes all of the tree below it (RFC 4918 section 9.6.1), and servers do so whatever `Depth`
/// says (EOS, dCache, rclone). So nothing is sent for a name that the server which would delete it has not called a file
/// just before, by one of the rules of ``FileEvidence``: the directory of several files is listed once, a single file is
/// asked for by itself, and so is a name that the listing does not have. No server is trusted by its name, by what it
/// says to OPTIONS, or by what it says of another directory. Where a server can't be asked, the operator may say so
/// (``Settings/noLook``).
///
/// No directory is ever removed: HTTP has no request that removes one only where it is empty.
///
/// What is left is the time between the look and the deletion, at most ``Settings/evidenceLifetime``: a name that was a
/// file and is a directory by then could be removed. WebDAV has no request for a file only.
///
/// Each endpoint has a thread that owns its connections; batches of many tasks share them.
package struct WebDAVBackend: Backend {
  /// `webdav`.
  package static let name = "webdav"

  /// What may be chosen.
  package struct Settings: Sendable {
    /// The directory with the certificates of the authorities that are trusted, by hash; see ``CADirectory``.
    package var caDirectory: String
    /// How long a connection may take.
    package var connectLimit: Duration
    /// How long one request may take, with its connection; the deadline of its batch can only be earlier.
    package var requestLimit: Duration
    /// How long it is believed that a name is a file. RFC 4918 has no request that would delete a file and not a
    /// directory, so however short it is, it is never nothing.
    package var evidenceLifetime: Duration
    /// Whether DELETE is sent for names that no server has called files. Only an operator can know that this is safe.
    package var noLook: Bool
    /// What was written later stays, as far as a server tells when that was.
    package var ageLimit: AgeLimit?
    /// The hosts that the site's configuration names: they belong to one storage, whatever their domains are.
    package var storageHosts: StorageHosts
    /// Is told, from any thread, which server was shown what.
    package var onCredentialShown: @Sendable (CredentialUse) -> Void
    /// Hears, once an endpoint, what the report has to say of it, in one line.
    package var onNotice: @Sendable (String) -> Void

    /// Makes settings.
    package init(
      caDirectory: String, connectLimit: Duration = .seconds(20), requestLimit: Duration = .seconds(60),
      evidenceLifetime: Duration = .seconds(60), noLook: Bool = false, ageLimit: AgeLimit? = nil,
      storageHosts: StorageHosts = StorageHosts(),
      onCredentialShown: @escaping @Sendable (CredentialUse) -> Void = { _ in },
      onNotice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
      self.onNotice = onNotice
      self.caDirectory = caDirectory
      self.connectLimit = connectLimit
      self.requestLimit = requestLimit
      self.evidenceLifetime = evidenceLifetime
      self.noLook = noLook
      self.ageLimit = ageLimit
      self.storageHosts = storageHosts
      self.onCredentialShown = onCredentialShown
    }
  }

  /// Its name in the registry.
  package var name: String { Self.name }
  /// How many files a call takes.
  package let traits = BackendTraits(batchLimit: 1000, pacesItself: true, announcesFiles: true)

  private let time: any TimeSource
  private let pacer: any RequestPacer
  private let credentials: any CredentialProvider
  private let settings: Settings
  private let resolve: NameResolution.Resolver
  private let client = WebDAVClient()

  /// Makes the backend.
  /// - Parameters:
  ///   - time: The clock that deadlines are given on.
  ///   - pacer: How many requests may be in flight at an endpoint.
  ///   - credentials: What each endpoint is shown; see ``WebDAVCredentials`` for who else.
  package init(
    time: any TimeSource, pacer: any RequestPacer, credentials: any CredentialProvider, settings: Settings
  ) {
    self.init(
      time: time, pacer: pacer, credentials: credentials, settings: settings, resolve: NameResolution.resolve)
  }

  init(
    time: any TimeSource, pacer: any RequestPacer, credentials: any CredentialProvider, settings: Settings,
    resolve: @escaping NameResolution.Resolver
  ) {
    self.time = time
    self.pacer = pacer
    self.credentials = credentials
    self.settings = settings
    self.resolve = resolve
  }

  /// Deletes files of one endpoint. Directories stay, all of them.
  package func delete(_ batch: Batch, observer: any BatchObserver) async {
    let (targets, deadline) = (batch.targets, batch.deadline)
    guard batch.kind == .files else { return batch.answerAll(.noDirectoriesOverHTTP, observer) }
    guard let first = targets.first?.pfn else { return }
    if Task.isCancelled || deadline.hasPassed(on: time) { return batch.answerAll(.notTried, observer) }
    var names = [WebDAVName?](repeating: nil, count: targets.count)
    var spellings = Spellings(count: targets.count)
    var maker = WebDAVNameMaker()
    for (index, target) in targets.enumerated() {
      guard target.pfn.scheme == first.scheme, target.pfn.authority == first.authority else {
        observer.answered(index, Answer(.failed(.notOfThisBatch)))
        continue
      }
      do throws(InexactName) {
        let name = try maker.name(of: target)
        // All are of one endpoint, and what is encoded alike is the same.
        let path = target.pfn.opaque.map { target.pfn.path + "?" + $0 } ?? target.pfn.path
        if spellings.isFirst(index, ExactName(path)) { names[index] = name }
      } catch {
        observer.answered(index, Answer(.failed(error.error)))
      }
    }
    await send(names, to: first.endpoint, deadline: deadline, spellings.observer(observer))
  }

  private func send(
    _ names: [WebDAVName?], to endpoint: String, deadline: Deadline, _ observer: any BatchObserver
  ) async {
    let inbox: WebDAVInbox
    do throws(DeletionError) {
      guard let home = WebOrigin(endpoint: endpoint) else { throw .notOfThisBatch }
      inbox = try client.inbox(of: endpoint) { loopSettings(endpoint, home) }
    } catch {
      for index in names.indices where names[index] != nil {
        observer.answered(index, Answer(.failed(error)))
      }
      return
    }
    let id = inbox.nextID()
    let credential = credentials.credential(for: endpoint)
    let limit = deadline.remaining(on: time).map { ContinuousClock.now + $0 }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        inbox.submit(
          WebDAVBatch.Order(
            id: id, names: names, credential: credential, deadline: limit, observer: observer,
            finished: { continuation.resume() }))
        // The handler below may have run before there was anything to cancel.
        if Task.isCancelled { inbox.cancel(id) }
      }
    } onCancel: {
      inbox.cancel(id)
    }
  }

  private func loopSettings(_ endpoint: String, _ home: WebOrigin) -> WebDAVEventLoop.Settings {
    WebDAVEventLoop.Settings(
      endpoint: endpoint, home: home,
      transfer: CurlTransfer.Settings(
        caDirectory: settings.caDirectory, connectLimit: settings.connectLimit,
        requestLimit: settings.requestLimit,
        userAgent: UserAgent.swab),
      evidenceLifetime: settings.evidenceLifetime, noLook: settings.noLook, ageLimit: settings.ageLimit,
      storageHosts: settings.storageHosts,
      pacer: pacer, credentials: credentials, onCredentialShown: settings.onCredentialShown,
      onNotice: settings.onNotice, resolve: resolve,
      wallClock: { Int64(Glibc.time(nil)) })
  }
}
