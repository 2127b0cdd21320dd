import CLinux
import DeletionModel
import Subprocess
import SystemPackage
import Glibc

/// Runs tools on this machine, each in a session of its own, which ends with this process (``OrphanGuard``).
///
/// swift-subprocess 1.0.2 ends the whole process when it cannot open `/dev/null` and when it runs out of
/// descriptors half-way. So it is never asked to open a file: the three streams are files in memory that are
/// opened here, and there must be descriptors to spare.
package struct SubprocessRunner: ProcessRunner {
  /// Where tools are looked for.
  package var search: ExecutableSearch
  /// How many bytes are kept of each output.
  package var outputLimit: Int
  /// How long a process group has between TERM and KILL.
  package var grace: Duration

  /// Descriptors that must be free: some for the start itself, the rest for others who start tools just now.
  private static let neededDescriptors = 64

  /// Room beyond the limit, to see that a tool printed more: a single write that does not fit is not kept.
  private static let slack = 1 << 20

  /// Makes a runner. 4 MiB hold more than ten thousand result lines.
  package init(
    search: ExecutableSearch, outputLimit: Int = 4 << 20, grace: Duration = .milliseconds(500)
  ) {
    self.search = search
    self.outputLimit = outputLimit
    self.grace = grace
  }

  /// Runs a tool; see ``ProcessRunner/run(_:limit:)``.
  package func run(_ invocation: ToolInvocation, limit: Duration?) async throws(ToolFailure) -> ToolRun {
    if Task.isCancelled { throw .cancelled }
    guard let path = search.find(invocation.tool) else { throw .notFound(invocation.tool) }
    guard !([path] + invocation.arguments).contains(where: { $0.utf8.contains(0) }) else {
      throw .notStarted(invocation.tool, reason: "an argument has a NUL byte")
    }
    if let problem = OrphanGuard.problem { throw .notStarted(invocation.tool, reason: problem) }
    let input: MemoryFile
    let output: MemoryFile
    let errorOutput: MemoryFile
    do throws(Errno) {
      input = try MemoryFile(holding: invocation.input)
      output = try MemoryFile(limit: outputLimit + Self.slack)
      errorOutput = try MemoryFile(limit: outputLimit + Self.slack)
    } catch {
      throw .noResources("no file for the output of \(invocation.tool): \(error)")
    }
    try Self.checkDescriptors(above: errorOutput.descriptor)

    let streams = Streams(
      input: invocation.heldFile?.descriptor ?? input.descriptor, output: output.descriptor,
      errorOutput: errorOutput.descriptor)
    let start = ContinuousClock.now
    let (started, stopped) = await race(path, invocation, streams, limit: limit)
    let duration = ContinuousClock.now - start
    let ending: ToolRun.Ending
    switch started {
    case .success(let end): ending = end
    case .failure(let failure): throw failure
    }
    let kept = output.written()
    let keptErrors = errorOutput.written()
    if let reason = OrphanGuard.failure(ending, keptErrors, path: path) {
      throw .notStarted(invocation.tool, reason: reason)
    }
    return ToolRun(
      ending: ending, output: Array(kept.prefix(outputLimit)),
      errorOutput: Array(keptErrors.prefix(outputLimit)),
      isCut: kept.count > outputLimit || keptErrors.count > outputLimit,
      timedOut: stopped && !Task.isCancelled, wasCancelled: stopped && Task.isCancelled, duration: duration)
  }

  private struct Streams: Sendable {
    let input: FileDescriptor
    let output: FileDescriptor
    let errorOutput: FileDescriptor
  }

  private enum Event: Sendable {
    case ended(Result<ToolRun.Ending, ToolFailure>)
    case timeIsOver
  }

  /// The tool against the clock. Cancelling the tool's task makes swift-subprocess stop its process group.
  private func race(
    _ path: String, _ invocation: ToolInvocation, _ streams: Streams, limit: Duration?
  ) async -> (Result<ToolRun.Ending, ToolFailure>, stopped: Bool) {
    await withTaskGroup(of: Event.self) { group in
      group.addTask { .ended(await start(path, invocation, streams)) }
      group.addTask {
        try? await Task.sleep(for: limit ?? .seconds(1 << 30))
        return .timeIsOver
      }
      var stopped = false
      for await event in group {
        switch event {
        case .ended(let end):
          group.cancelAll()
          return (end, stopped)
        case .timeIsOver:
          stopped = true
          group.cancelAll()
        }
      }
      return (.success(.unknown), stopped)
    }
  }

  private func start(
    _ path: String, _ invocation: ToolInvocation, _ streams: Streams
  ) async -> Result<ToolRun.Ending, ToolFailure> {
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: grace)
    ]
    var environment: [Environment.Key: String] = [:]
    for (name, value) in invocation.environment.values { environment[.init(stringLiteral: name)] = value }
    let arguments = OrphanGuard.arguments(for: path, invocation.arguments)
    do {
      let result = try await Subprocess.run(
        .path(FilePath(OrphanGuard.executable)),
        arguments: Arguments(executablePathOverride: arguments.name, remainingValues: arguments.rest),
        environment: .custom(environment),
        workingDirectory: invocation.workingDirectory.map { FilePath($0) },
        platformOptions: options,
        input: .fileDescriptor(streams.input, closeAfterSpawningProcess: false),
        output: .fileDescriptor(streams.output, closeAfterSpawningProcess: false),
        error: .fileDescriptor(streams.errorOutput, closeAfterSpawningProcess: false))
      // What the tool left behind in its session goes with it. The kernel gives the number to nobody else
      // while a process of the group lives; if none does, there is no such group.
      kill(-result.processIdentifier.value, SIGKILL)
      switch result.terminationStatus {
      case .exited(let code): return .success(.exited(code))
      case .signaled(let number): return .success(.signaled(number))
      }
    } catch let error as SubprocessError {
      if Task.isCancelled { return .success(.unknown) }
      if let code = error.underlyingError, [.noMemory, .resourceTemporarilyUnavailable].contains(code) {
        return .failure(.noResources("\(invocation.tool): \(code)"))
      }
      return .failure(.notStarted(invocation.tool, reason: error.description))
    } catch {
      if Task.isCancelled { return .success(.unknown) }
      return .failure(.notStarted(invocation.tool, reason: "\(error)"))
    }
  }

  /// Descriptors are given out from the lowest free number, so the last one tells how many are in use.
  private static func checkDescriptors(above last: FileDescriptor) throws(ToolFailure) {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    if limit.rlim_cur < rlim_t(last.rawValue) + rlim_t(neededDescriptors) {
      throw .noResources("only \(limit.rlim_cur) descriptors are allowed, \(last.rawValue) are in use")
    }
  }
}

/// How a tool is started so that the kernel stops it when this process dies, even by SIGKILL.
///
/// Between fork and exec nothing of ours can run, so this very executable is started, asks for the signal
/// (PR_SET_PDEATHSIG) before its `main`, and becomes the tool. The kernel ties that to the *thread* that forked and
/// sends the signal when that one ends: swift-subprocess 1.0.2 forks on one thread of its own that lives until
/// this process exits. The signal reaches the tool itself and not what it started; the work of both tools is done
/// in one process.
package enum OrphanGuard {
  /// What is started.
  package static let executable = "/proc/self/exe"
  private static var name: String { String(cString: swab_guard_name) }

  /// Its arguments, with the name that it is to have, for a tool.
  package static func arguments(for path: String, _ arguments: [String]) -> (name: String, rest: [String]) {
    (name, ["\(getpid())", path] + arguments)
  }

  /// Why the tool itself was not started.
  ///
  /// - Parameter path: the tool, which was there a moment ago.
  package static func failure(_ ending: ToolRun.Ending, _ errorOutput: [UInt8], path: String) -> String? {
    let mark = "\(name): "
    guard ending == .exited(127), errorOutput.starts(with: mark.utf8) else { return nil }
    let reason = String(decoding: errorOutput.dropFirst(mark.utf8.count).prefix(200), as: UTF8.self)
    // execve(2) says so of a script, too, whose interpreter is not there.
    let isInterpreterMissing = access(path, X_OK) == 0 && reason.hasPrefix(String(cString: strerror(ENOENT)))
    return isInterpreterMissing
      ? "\(path) is there, and the interpreter that its first line names is not"
      : "\(path): \(MessageLines.trimmed(reason))"
  }

  /// Why no tool can be started at all; nil where one can.
  package static var problem: String? {
    access(executable, X_OK) == 0 ? nil : "\(executable) is not there: /proc is not mounted on this machine"
  }
}

/// A bounded file in memory that stands in for a pipe to a tool.
///
/// A pipe has two faults here. A grandchild that outlives the tool keeps it open, so reading to its end can
/// hang; and what was not read when the tool is stopped is lost. A file has neither, and the seal keeps a tool
/// that prints without end from filling the memory: its writes fail.
package final class MemoryFile: Sendable {
  package let descriptor: FileDescriptor

  /// An empty file for at most `limit` bytes.
  package init(limit: Int) throws(Errno) {
    let file = swab_memory_file(Int64(limit))
    guard file >= 0 else { throw Errno(rawValue: errno) }
    descriptor = FileDescriptor(rawValue: file)
  }

  /// A file that holds these bytes, to be read from the start.
  package convenience init(holding bytes: [UInt8]) throws(Errno) {
    try self.init(limit: bytes.count)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        pwrite(
          descriptor.rawValue, buffer.baseAddress.map { $0 + written }, buffer.count - written, off_t(written)
        )
      }
      guard count > 0 else { throw Errno(rawValue: errno) }
      written += count
    }
  }

  deinit { try? descriptor.close() }

  /// What a tool wrote. It shares the open file with us, so the offset says how much that is.
  package func written() -> [UInt8] {
    let end = lseek(descriptor.rawValue, 0, SEEK_CUR)
    guard end > 0 else { return [] }
    var filled = 0
    return [UInt8](unsafeUninitializedCapacity: Int(end)) { buffer, count in
      while filled < Int(end) {
        let got = pread(
          descriptor.rawValue, buffer.baseAddress.map { $0 + filled }, Int(end) - filled, off_t(filled))
        guard got > 0 else { break }
        filled += got
      }
      count = filled
    }
  }
}
