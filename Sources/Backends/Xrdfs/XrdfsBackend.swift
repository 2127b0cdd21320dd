import Deletion
import Synchronization

/// Deletes files over root:// with the `xrdfs` tool, many a process.
///
/// `xrdfs rm` removes an *empty directory* too and says `[SUCCESS]`, so every path is looked at first and only
/// what is there and is no directory is sent: by a listing of its folder where a call has several names of it
/// (``XrdfsListing``), else by its name. What `rm` did is read from its result lines, never from its exit
/// code: 5.5.3 says 0 when some of several fail, 5.6.0 to 5.6.2 even when the only one fails.
public struct XrdfsBackend: Backend {
  /// `xrdfs`.
  public static let name = "xrdfs"

  /// Its name in the registry.
  public var name: String { Self.name }
  /// How many files a call takes.
  public let traits = BackendTraits(batchLimit: 1000, removesDirectories: true)

  let runner: any ProcessRunner
  let environment: ChildEnvironment
  let time: any TimeSource
  let tool: String

  /// Whether this machine's `xrdfs` looks at several paths in one call (since 5.6.0); nil until it is known.
  private let looksAtMany = Knowledge()

  /// The folders with so many entries that a listing costs more than it saves.
  let bigFolders = BigFolders()

  /// The kernel allows 128 KiB for one argument and 2 MiB for all; this leaves room for the environment.
  static let argumentBytes = 512 * 1024

  /// Makes the backend.
  /// - Parameters:
  ///   - runner: What starts the tool.
  ///   - environment: What the tool sees.
  ///   - time: The clock that deadlines are given on.
  ///   - tool: A name or an absolute path.
  public init(
    runner: any ProcessRunner, environment: ChildEnvironment, time: any TimeSource, tool: String = "xrdfs"
  ) {
    self.runner = runner
    self.environment = environment
    self.time = time
    self.tool = tool
  }

  /// As a batch of one.
  public func delete(_ target: DeletionTarget, deadline: Deadline) async -> Answer {
    await delete(batch: [target], deadline: deadline).first ?? Answer(.failed(.notTried))
  }

  /// Looks at the files, removes those that are no directories; the answers are aligned with them.
  public func delete(batch targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    await work(on: targets, deadline: deadline) { await $0.delete($1) }
  }

  /// Removes empty directories; the answers are aligned with them.
  public func remove(emptyDirectories targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    await work(on: targets, deadline: deadline) { await $0.remove(emptyDirectories: $1) }
  }

  private func work(
    on targets: [DeletionTarget], deadline: Deadline,
    _ errand: (XrdfsJob, [ExactName]) async -> [ExactName: Answer.Kind]
  ) async -> [Answer] {
    let start = time.now()
    var kinds = [Answer.Kind?](repeating: nil, count: targets.count)
    var servers: [ExactName] = []
    var members: [ExactName: [XrdfsAddress]] = [:]
    var owners: [XrdfsAddress: Int] = [:]
    for (index, target) in targets.enumerated() {
      do throws(InexactName) {
        let address = try XrdfsAddress(target)
        // Listed twice: the second time it is not there any more, or it failed alike.
        if owners[address] != nil { continue }
        owners[address] = index
        if members[address.server] == nil { servers.append(address.server) }
        members[address.server, default: []].append(address)
      } catch {
        kinds[index] = .failed(error.error)
      }
    }
    var found: [XrdfsAddress: Answer.Kind] = [:]
    for server in servers {
      for chunk in Self.chunks((members[server] ?? []).map(\.path)) {
        let job = XrdfsJob(backend: self, server: server, deadline: deadline)
        for (path, kind) in await errand(job, chunk) {
          found[XrdfsAddress(server: server, path: path)] = kind
        }
      }
    }
    let seconds = (time.now() - start).inSeconds / Double(max(1, targets.count))
    return targets.indices.map { index in
      if let kind = kinds[index] { return Answer(kind, seconds: seconds) }
      guard let address = try? XrdfsAddress(targets[index]), let kind = found[address] else {
        return Answer(.failed(.notTried), seconds: seconds)
      }
      return Answer(kind == .deleted && owners[address] != index ? .absent : kind, seconds: seconds)
    }
  }

  /// Parts whose arguments fit.
  static func chunks(_ paths: [ExactName]) -> [[ExactName]] {
    var result: [[ExactName]] = []
    var current: [ExactName] = []
    var bytes = 0
    for path in paths {
      // Each argument costs its bytes, a NUL and a pointer.
      let cost = path.text.utf8.count + 9
      if !current.isEmpty, bytes + cost > argumentBytes {
        result.append(current)
        current = []
        bytes = 0
      }
      current.append(path)
      bytes += cost
    }
    if !current.isEmpty { result.append(current) }
    return result
  }

  /// Something that is found out once.
  final class Knowledge: Sendable {
    private let state = Mutex<Bool?>(nil)
    var value: Bool? {
      get { state.withLock { $0 } }
      set { state.withLock { $0 = newValue } }
    }
  }

  /// Folders, by server. Bounded: what is forgotten is listed once more.
  final class BigFolders: Sendable {
    private let state = Mutex<Set<XrdfsAddress>>([])
    private static let limit = 10_000

    func contains(_ folder: ExactName, on server: ExactName) -> Bool {
      state.withLock { $0.contains(XrdfsAddress(server: server, path: folder)) }
    }

    func insert(_ folder: ExactName, on server: ExactName) {
      state.withLock { folders in
        if folders.count >= Self.limit { folders = [] }
        folders.insert(XrdfsAddress(server: server, path: folder))
      }
    }
  }

  var manyAtOnce: Bool? {
    get { looksAtMany.value }
    nonmutating set { looksAtMany.value = newValue }
  }
}

extension XrdfsAddress {
  init(server: ExactName, path: ExactName) {
    self.server = server
    self.path = path
  }
}
