import DeletionModel
import Synchronization
import Networking
import ProcessRunning

/// Deletes files over root:// with the `xrdfs` tool, many a process.
///
/// `xrdfs rm` removes an *empty directory* too and says `[SUCCESS]`, so every path is looked at first and only
/// what is there and is no directory is sent: by a listing of its directory where a call has several names of it
/// (``XrdfsListing``), else by its name. What `rm` did is read from its result lines, never from its exit
/// code: 5.5.3 says 0 when some of several fail, 5.6.0 to 5.6.2 even when the only one fails.
package struct XrdfsBackend: Backend {
  /// `xrdfs`.
  package static let name = "xrdfs"

  /// Its name in the registry.
  package var name: String { Self.name }
  /// How many files a call takes.
  package let traits = BackendTraits(batchLimit: 1000, removesDirectories: true)

  let runner: any ProcessRunner
  let environment: ChildEnvironment
  let time: any TimeSource
  let tool: String
  private let onNotice: @Sendable (String) -> Void

  /// Whether this machine's `xrdfs` looks at several paths in one call (since 5.6.0); nil until it is known.
  private let statsMany = Capability()

  /// What is known of the servers.
  let serverRoles = ServerRoles()

  /// The directories with so many entries that a listing costs more than it saves.
  let largeDirectories = LargeDirectories()

  /// The kernel allows 128 KiB for one argument and 2 MiB for all; this leaves room for the environment.
  static let argumentBytes = 512 * 1024

  /// Makes the backend.
  /// - Parameters:
  ///   - runner: What starts the tool.
  ///   - environment: What the tool sees.
  ///   - time: The clock that deadlines are given on.
  ///   - tool: A name or an absolute path.
  ///   - onNotice: Hears, once an endpoint, what the report has to say of it.
  package init(
    runner: any ProcessRunner, environment: ChildEnvironment, time: any TimeSource, tool: String = "xrdfs",
    onNotice: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.onNotice = onNotice
    self.runner = runner
    self.environment = environment
    self.time = time
    self.tool = tool
  }

  /// Looks at the targets, and removes those that are what they must be.
  package func delete(_ batch: Batch, observer: any BatchObserver) async {
    await batch.answer(observer, time) { (addresses: [XrdfsAddress]) in
      var found: [ExactName: Answer.Kind] = [:]
      for (server, addresses) in Dictionary(grouping: addresses, by: \.server) {
        for paths in Self.chunks(addresses.map(\.path)) {
          let job = XrdfsJob(backend: self, server: server, deadline: batch.deadline)
          for (path, kind) in await work(job, paths, of: batch) {
            found[XrdfsAddress(server: server, path: path).key] = kind
          }
        }
      }
      return found
    }
  }

  private func work(
    _ job: XrdfsJob, _ paths: [ExactName], of batch: Batch
  ) async -> [ExactName: Answer.Kind] {
    guard batch.kind == .files else { return await job.remove(emptyDirectories: paths) }
    let kinds = await job.delete(paths)
    if let first = batch.targets.first, kinds.values.contains(.deleted), await job.isNewManager() {
      onNotice(EndpointNotice.toolRemovesOneReplica.text(first.pfn.endpoint))
    }
    return kinds
  }

  /// Stats the directory: the tool can't be stopped between its look and its removal.
  package func inspect(_ directory: DeletionTarget, deadline: Deadline) async -> Inspection {
    do throws(InexactName) {
      let address = try XrdfsAddress(directory)
      let job = XrdfsJob(backend: self, server: address.server, deadline: deadline)
      switch await job.statAlone(at: address.path) {
      case .directory: return Inspection(.directory, backend: name)
      case .file: return Inspection(.other, backend: name)
      case .answer(let kind): return Inspection(answer: kind, backend: name)
      }
    } catch {
      return Inspection(.failed(error.error), backend: name)
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
  final class Capability: Sendable {
    private let state = Mutex<Bool?>(nil)
    var value: Bool? {
      get { state.withLock { $0 } }
      set { state.withLock { $0 = newValue } }
    }
  }

  /// What servers are.
  final class ServerRoles: Sendable {
    private let state = Mutex<(isPlain: [ExactName: Bool], asked: Set<ExactName>)>(([:], []))

    /// Whether it is a plain data server; nil as long as that is not known.
    func isPlain(_ server: ExactName) -> Bool? { state.withLock { $0.isPlain[server] } }
    func set(_ server: ExactName, isPlain: Bool) { state.withLock { $0.isPlain[server] = isPlain } }

    /// Whether nobody has asked before whether it is a manager.
    func isFirstQuestion(_ server: ExactName) -> Bool { state.withLock { $0.asked.insert(server).inserted } }
  }

  /// Directories, by server. Bounded: what is forgotten is listed once more.
  final class LargeDirectories: Sendable {
    private let state = Mutex<Set<XrdfsAddress>>([])
    private static let limit = 10_000

    func contains(_ directory: ExactName, on server: ExactName) -> Bool {
      state.withLock { $0.contains(XrdfsAddress(server: server, path: directory)) }
    }

    func insert(_ directory: ExactName, on server: ExactName) {
      state.withLock { directories in
        if directories.count >= Self.limit { directories = [] }
        directories.insert(XrdfsAddress(server: server, path: directory))
      }
    }
  }

  var manyAtOnce: Bool? {
    get { statsMany.value }
    nonmutating set { statsMany.value = newValue }
  }
}

extension XrdfsAddress {
  init(server: ExactName, path: ExactName) {
    self.server = server
    self.path = path
  }
}
