#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A throw-away HTCondor pool on loopback, started by the scripts in `Tests/Condor`. The tests share one, which is
/// stopped when they end, whatever becomes of them, and soon after they were killed.
public final class CondorPool: Sendable {
  /// All daemons and jobs are one user's; it has a schedd and a worker node.
  public static let shared = Result { try CondorPool() }
  /// Daemons as root, jobs as their owner; a schedd `ce@pool.test` that stands for a compute element, token files,
  /// Slurm. Only root can start it.
  public static let full = Result { try CondorPool(fullIn: Repository.root + "/.build/condor/root") }

  /// What its schedd is called.
  public static let schedd = "schedd@pool.test"
  /// The address of its collector.
  public let collector: String
  /// A folder that its user can go through. What a test puts here is gone in the end.
  public let folder: String
  /// Who submits and runs jobs; nil for ourselves.
  public let user: uid_t?
  /// A program and its arguments that run what follows them, as that user and with HTCondor's tools at hand.
  private let launcher: [String]
  /// The same as who may do anything there.
  private let administrator: [String]
  private let temporary: TemporaryFolder

  private static let scripts = Repository.root + "/Tests/Condor"
  private static let cache = Repository.root + "/.build/condor"

  private init() throws {
    temporary = try TemporaryFolder()
    folder = temporary.path
    let (script, place, port) = (Self.scripts + "/pool.sh", folder + "/pool", try Loopback.freePort())
    launcher = [script, "run", place]
    administrator = launcher
    collector = "127.0.0.1:\(port)"
    // As the script has it.
    user = getuid() == 0 ? Disk.user("nobody") : nil
    try start(script, ["up", place, Self.cache, "\(port)", "\(getpid())"], stop: [script, "down", place])
  }

  private init(fullIn root: String) throws {
    guard getuid() == 0 else { throw TestTrouble("only root can start the pool with users of its own") }
    temporary = try TemporaryFolder()
    folder = temporary.path
    // Slurm takes the next two.
    let (script, port) = (Self.scripts + "/full-pool.sh", try Loopback.freePort())
    launcher = [script, "run", root, "swab"]
    administrator = [script, "run", root, "root"]
    collector = "127.0.0.1:\(port)"
    user = 31_501
    try start(script, ["up", root, "\(port)", folder, "\(getpid())"], stop: [script, "down", root])
  }

  private func start(_ script: String, _ arguments: [String], stop: [String]) throws {
    LeftBehind.add(command: stop)
    try ChildProcess.run(
      script, arguments, folder: folder, variables: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
  }

  /// Makes a folder that belongs to the pool's user. It is under the same path inside of the pool.
  public func makeFolder(_ name: String) -> String {
    let path = folder + "/" + name
    Disk.makeFolder(path, owner: user)
    return path
  }

  /// Runs a program as the pool's user.
  ///
  /// - Parameters:
  ///   - place: its working folder.
  ///   - environment: variables beside what the pool's user has.
  public func run(
    _ words: [String], in place: String? = nil, environment: [String: String] = [:]
  ) async throws -> SwabCommand.Result {
    try await run(through: launcher, words, in: place, environment)
  }

  /// Runs a program as who may do anything in the pool: its root, or its only user. Throws ``TestTrouble`` when it fails.
  @discardableResult
  public func administer(_ words: [String]) async throws -> String {
    let done = try await run(through: administrator, words, in: nil, [:])
    guard done.code == 0 else { throw TestTrouble("\(words): \(done.messages)\(done.output)") }
    return done.output
  }

  private func run(
    through launcher: [String], _ words: [String], in place: String?, _ environment: [String: String]
  ) async throws -> SwabCommand.Result {
    let setting = ["env"] + (place.map { ["--chdir=\($0)"] } ?? [])
    return try await SwabCommand.run(
      words: launcher + setting + environment.map { "\($0.key)=\($0.value)" } + words,
      environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
  }
}
