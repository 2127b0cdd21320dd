import Glibc
import TestSupport

/// A throw-away HTCondor pool on loopback, started by the scripts in `Tests/Condor`. The tests share one, which is
/// stopped when they end, whatever becomes of them, and soon after they were killed.
package final class CondorPool: Sendable {
  /// All daemons and jobs are one user's; it has a schedd and a worker node.
  package static let shared = Result { try CondorPool() }
  /// The same with a second worker node, whose jobs source ``second`` first.
  package static let uneven = Result { try CondorPool(hasSecond: true) }
  /// Daemons as root, jobs as their owner; a schedd `ce@pool.test` that stands for a compute element, token files,
  /// Slurm. Only root can start it.
  package static let full = Result { try CondorPool(fullIn: Repository.root + "/.build/condor/root") }

  /// What its schedd is called.
  package static let schedd = "schedd@pool.test"
  /// The address of its collector.
  package let collector: String
  /// A directory that its user can go through. What a test puts here is gone in the end.
  package let directory: String
  /// Who submits and runs jobs; nil for ourselves.
  package let user: uid_t?
  /// A program and its arguments that run what follows them, as that user and with HTCondor's tools at hand.
  private let launcher: [String]
  /// The same as who may do anything there.
  private let administrator: [String]
  private let temporary: TemporaryDirectory

  private static let scripts = Repository.root + "/Tests/Condor"
  private static let cache = Repository.root + "/.build/condor"

  /// The script that jobs on the second worker node source before they start.
  package var second: String { directory + "/pool/second.sh" }

  private init(hasSecond: Bool = false) throws {
    temporary = try TemporaryDirectory()
    directory = temporary.path
    let (script, location, port) = (Self.scripts + "/pool.sh", directory + "/pool", try Loopback.freePort())
    launcher = [script, "run", location]
    administrator = launcher
    collector = "127.0.0.1:\(port)"
    // As the script has it.
    user = getuid() == 0 ? Disk.user("nobody") : nil
    // What its worker node fetches may come from a server of the tests.
    let certificates = try ServerCertificates.shared.get()
    Disk.makeDirectory(directory + "/trusted", owner: user)
    for name in Disk.names(certificates.trusted) {
      Disk.write("\(directory)/trusted/\(name)", bytes: Disk.bytes("\(certificates.trusted)/\(name)"))
    }
    try start(
      script, ["up", location, Self.cache, "\(port)", "\(getpid())"] + (hasSecond ? ["second"] : []),
      stop: [script, "down", location])
  }

  private init(fullIn root: String) throws {
    guard getuid() == 0 else { throw TestFailure("only root can start the pool with users of its own") }
    temporary = try TemporaryDirectory()
    directory = temporary.path
    // Slurm takes the next two.
    let (script, port) = (Self.scripts + "/full-pool.sh", try Loopback.freePort())
    launcher = [script, "run", root, "swab"]
    administrator = [script, "run", root, "root"]
    collector = "127.0.0.1:\(port)"
    user = 31_501
    try start(script, ["up", root, "\(port)", directory, "\(getpid())"], stop: [script, "down", root])
  }

  private func start(_ script: String, _ arguments: [String], stop: [String]) throws {
    LeftBehind.add(command: stop)
    try ChildProcess.run(
      script, arguments, directory: directory,
      variables: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "X509_CERT_DIR": directory + "/trusted"])
  }

  /// Makes a directory that belongs to the pool's user. It is under the same path inside of the pool.
  package func makeDirectory(_ name: String) -> String {
    let path = directory + "/" + name
    Disk.makeDirectory(path, owner: user)
    return path
  }

  /// Runs a program as the pool's user.
  ///
  /// - Parameters:
  ///   - place: its working directory.
  ///   - environment: variables beside what the pool's user has.
  package func run(
    _ command: [String], in location: String? = nil, environment: [String: String] = [:]
  ) async throws -> SwabCommand.Result {
    try await run(through: launcher, command, in: location, environment)
  }

  /// Runs a program as who may do anything in the pool: its root, or its only user. Throws ``TestFailure`` when it fails.
  @discardableResult
  package func administer(_ command: [String]) async throws -> String {
    let done = try await run(through: administrator, command, in: nil, [:])
    guard done.code == 0 else { throw TestFailure("\(command): \(done.messages)\(done.output)") }
    return done.output
  }

  private func run(
    through launcher: [String], _ command: [String], in location: String?, _ environment: [String: String]
  ) async throws -> SwabCommand.Result {
    let setting = ["env"] + (location.map { ["--chdir=\($0)"] } ?? [])
    return try await SwabCommand.run(
      command: launcher + setting + environment.map { "\($0.key)=\($0.value)" } + command,
      environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
  }
}
