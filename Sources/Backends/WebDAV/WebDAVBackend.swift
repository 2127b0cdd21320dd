import Deletion

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Deletes files over HTTP and WebDAV, by libcurl, with one DELETE a file and many of them under way.
///
/// DELETE of a collection removes all of the tree below it (RFC 4918 section 9.6.1). It never comes to that:
///
/// - No URL of a file ends in a slash, and each DELETE has `Depth: 0`. nginx and Apache refuse that for a collection, be it
///   empty or full. Where the server is one of these two, which is asked once, nothing more is needed.
/// - Any other server may ignore the depth (XRootD removes an empty directory). There nothing is sent for a name
///   that the server has not called a file before: the directory of several files is listed once, a single file
///   is looked at by itself, and so is a name that the listing does not have. A server without PROPFIND is sent no
///   DELETE at all: HEAD and GET prove nothing, as it is up to a server what it answers to them for a directory.
///
/// Empty directories are removed only where the server is XRootD, which refuses a full one (``ServerKind``).
///
/// What is left is the time between the look and the deletion, at most ``Settings/lookLifetime``: a name that was a file
/// and is a directory by then could be removed, on XRootD only if it is empty. WebDAV has no request for a file
/// only.
///
/// Each endpoint has a thread that owns its connections; batches of many tasks share them.
public struct WebDAVBackend: Backend {
  /// `webdav`.
  public static let name = "webdav"

  /// What may be chosen.
  public struct Settings: Sendable {
    /// The folder with the certificates of the authorities that are trusted, by hash; see ``CAFolder``.
    public var caFolder: String
    /// How long a connection may take.
    public var connectLimit: Duration
    /// How long one request may take, with its connection; the deadline of its batch can only be earlier.
    public var requestLimit: Duration
    /// How long it is believed that a name is a file. RFC 4918 has no request that would delete a file and not a
    /// directory, so however short it is, it is never nothing.
    public var lookLifetime: Duration
    /// What servers' logs call us.
    public var userAgent: String

    /// Makes settings.
    public init(
      caFolder: String, connectLimit: Duration = .seconds(20), requestLimit: Duration = .seconds(60),
      lookLifetime: Duration = .seconds(60), userAgent: String = "swab"
    ) {
      self.caFolder = caFolder
      self.connectLimit = connectLimit
      self.requestLimit = requestLimit
      self.lookLifetime = lookLifetime
      self.userAgent = userAgent
    }
  }

  /// Its name in the registry.
  public var name: String { Self.name }
  /// How many files a call takes.
  public let traits = BackendTraits(
    batchLimit: 1000, pacesItself: true, announcesFiles: true, removesDirectories: true)

  private let time: any TimeSource
  private let pacer: any RequestPacer
  private let credentials: any CredentialProvider
  private let settings: Settings
  private let doors = WebDAVDoors()

  /// Makes the backend.
  /// - Parameters:
  ///   - time: The clock that deadlines are given on.
  ///   - pacer: How many requests may be under way at an endpoint.
  ///   - credentials: What each endpoint is shown. A token is never sent over plain HTTP, nor anything to another
  ///     server that a redirect names.
  public init(
    time: any TimeSource, pacer: any RequestPacer, credentials: any CredentialProvider, settings: Settings
  ) {
    self.time = time
    self.pacer = pacer
    self.credentials = credentials
    self.settings = settings
  }

  /// As a batch of one.
  public func delete(_ target: DeletionTarget, deadline: Deadline) async -> Answer {
    await delete(batch: [target], deadline: deadline).first ?? Answer(.failed(.notTried))
  }

  /// Deletes files of one endpoint; the answers are aligned with them.
  public func delete(batch targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    await remove(targets, .files, deadline: deadline)
  }

  /// Removes empty directories of one endpoint; the answers are aligned with them.
  public func remove(emptyDirectories targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    await remove(targets, .emptyDirectories, deadline: deadline)
  }

  private func remove(
    _ targets: [DeletionTarget], _ subject: WebDAVSubject, deadline: Deadline
  ) async -> [Answer] {
    if Task.isCancelled || deadline.hasPassed(on: time) {
      return targets.map { _ in Answer(.failed(.notTried)) }
    }
    guard let first = targets.first?.pfn else { return [] }
    let endpoint = first.endpoint
    var answers = [Answer?](repeating: nil, count: targets.count)
    var names = [WebDAVName?](repeating: nil, count: targets.count)
    var owners: [ExactName: Int] = [:]
    owners.reserveCapacity(targets.count)
    var maker = WebDAVNameMaker()
    for (index, target) in targets.enumerated() {
      guard target.pfn.scheme == first.scheme, target.pfn.authority == first.authority else {
        answers[index] = Answer(.failed(.notOfThisBatch))
        continue
      }
      do throws(InexactName) {
        let name = try maker.name(of: target)
        let key = ExactName(name.target)
        if owners[key] == nil {
          owners[key] = index
          names[index] = name
        }
      } catch {
        answers[index] = Answer(.failed(error.error))
      }
    }
    let replies = await send(names, subject, to: endpoint, deadline: deadline)
    return targets.indices.map { index in
      if let answer = answers[index] ?? replies[index] { return answer }
      // Listed before under the same name: one request went out for both.
      guard let name = try? WebDAVName.of(targets[index]), let owner = owners[ExactName(name.target)],
        let first = replies[owner]
      else { return Answer(.failed(.notTried)) }
      return first.kind == .deleted ? Answer(.absent) : first
    }
  }

  private func send(
    _ names: [WebDAVName?], _ subject: WebDAVSubject, to endpoint: String, deadline: Deadline
  ) async -> [Answer?] {
    let mailbox: WebDAVMailbox
    do throws(DeletionError) {
      mailbox = try doors.mailbox(of: endpoint) { door(endpoint) }
    } catch {
      return names.map { $0 == nil ? nil : Answer(.failed(error)) }
    }
    let id = mailbox.nextID()
    let credential = credentials.credential(for: endpoint)
    let limit = deadline.remaining(on: time).map { ContinuousClock.now + $0 }
    let watch = CallWatch.current
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        mailbox.submit(
          WebDAVMailbox.Order(
            id: id, names: names, subject: subject, credential: credential, deadline: limit, watch: watch,
            reply: { continuation.resume(returning: $0) }))
        // The handler below may have run before there was anything to cancel.
        if Task.isCancelled { mailbox.cancel(id) }
      }
    } onCancel: {
      mailbox.cancel(id)
    }
  }

  private func door(_ endpoint: String) -> WebDAVDoorSettings {
    WebDAVDoorSettings(
      endpoint: endpoint,
      transfer: CurlTransfer.Settings(
        caFolder: settings.caFolder, connectLimit: settings.connectLimit, requestLimit: settings.requestLimit,
        userAgent: settings.userAgent),
      lookLifetime: settings.lookLifetime, pacer: pacer, credentials: credentials,
      wallClock: { Int64(Glibc.time(nil)) })
  }
}
