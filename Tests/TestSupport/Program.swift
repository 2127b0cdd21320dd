import Glibc

/// A program under test: started with the streams that a test wants it to have, watched, and sent signals.
///
/// What it prints goes to files, so that nobody has to read meanwhile. It has a process group of its own.
package final class Program {
  /// Where standard input comes from.
  package enum Input {
    /// `/dev/null`.
    case nothing
    /// The descriptor is not open at all.
    case closed
    /// A pipe that gives these bytes and then ends.
    case bytes([UInt8])
    /// A pipe that gives one byte so many times and then ends.
    case repeating(UInt8, count: Int)
    /// A pipe that gives nothing, or these bytes, and stays open.
    case silentPipe(after: [UInt8] = [])
    /// A file, from its beginning.
    case file(String)
  }

  /// Where an output stream goes.
  package enum Output {
    /// To ``Result``.
    case kept
    /// The descriptor is not open at all.
    case closed
    /// A pipe that nobody reads from any more.
    case brokenPipe
    /// A file that is there.
    case file(String)
  }

  /// How it ended and what it printed.
  package struct Result: Sendable {
    /// Its exit code; nil when a signal ended it.
    package var code: Int32?
    /// The signal that ended it.
    package var signal: Int32?
    /// Its standard output.
    package var output: [UInt8]
    /// Its standard error.
    package var errors: String
    /// The most memory it had resident as far as was seen, in bytes. What the kernel tells at the end would
    /// count the memory of the program that started it.
    package var peakMemory: Int

    /// Its standard output as text.
    package var text: String { String(decoding: output, as: UTF8.self) }
    /// The lines of its standard error.
    package var errorLines: [Substring] { errors.split(separator: "\n") }
  }

  /// Its process number.
  package let pid: pid_t
  private let directory: TemporaryDirectory
  private var feed: Int32 = -1
  private var pending: ArraySlice<UInt8> = []
  private var repetitions = (byte: UInt8(0), left: 0)
  /// A silent pipe is held open until the end.
  private var isKeptOpen = false
  private var ended: (code: Int32?, signal: Int32?)?
  private var peak = 0

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - user: who it runs as; nil for ourselves. Only root can say otherwise.
  ///   - workingDirectory: where it starts.
  package init(
    _ path: String, _ arguments: [String], environment: [String: String] = [:], input: Input = .nothing,
    output: Output = .kept, errors: Output = .kept, user: uid_t? = nil, workingDirectory: String? = nil
  ) throws {
    directory = try TemporaryDirectory()
    var streams = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&streams)
    defer { posix_spawn_file_actions_destroy(&streams) }
    var toClose: [Int32] = []
    defer { for descriptor in toClose { close(descriptor) } }

    switch input {
    case .nothing: posix_spawn_file_actions_addopen(&streams, 0, "/dev/null", O_RDONLY, 0)
    case .closed: posix_spawn_file_actions_addclose(&streams, 0)
    case .file(let name): posix_spawn_file_actions_addopen(&streams, 0, name, O_RDONLY, 0)
    case .bytes, .repeating, .silentPipe(_):
      let (readEnd, writeEnd) = try Spawn.sockets()
      _ = fcntl(writeEnd, F_SETFL, O_NONBLOCK)
      posix_spawn_file_actions_adddup2(&streams, readEnd, 0)
      toClose.append(readEnd)
      feed = writeEnd
    }
    if case .bytes(let bytes) = input { pending = bytes[...] }
    if case .repeating(let byte, let count) = input { repetitions = (byte, count) }
    if case .silentPipe(let bytes) = input { (pending, isKeptOpen) = (bytes[...], true) }

    for (number, stream) in [(Int32(1), output), (2, errors)] {
      switch stream {
      case .kept:
        let file = directory.path + "/\(number)"
        Disk.write(file, "")
        posix_spawn_file_actions_addopen(&streams, number, file, O_WRONLY | O_APPEND, 0)
      case .closed: posix_spawn_file_actions_addclose(&streams, number)
      case .file(let name): posix_spawn_file_actions_addopen(&streams, number, name, O_WRONLY, 0)
      case .brokenPipe:
        let (readEnd, writeEnd) = try Spawn.sockets()
        posix_spawn_file_actions_adddup2(&streams, writeEnd, number)
        close(readEnd)
        toClose.append(writeEnd)
      }
    }

    var command = [path] + arguments
    if let workingDirectory { command = ["/usr/bin/env", "--chdir=\(workingDirectory)", "--"] + command }
    if let user {
      // Without supplementary groups: those of root open many doors.
      command = ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups", "--"] + command
    }
    do {
      pid = try Spawn.start(command, environment: environment, &streams)
    } catch {
      (pid, ended) = (0, (nil, nil))
      throw error
    }
    LeftBehind.add(.process(pid))
    feedMore()
  }

  deinit {
    if ended == nil {
      kill(-pid, SIGKILL)
      var status: Int32 = 0
      waitpid(pid, &status, 0)
      LeftBehind.remove(.process(pid))
    }
    if feed >= 0 { close(feed) }
  }

  /// Whether a process runs. One that has ended and was not asked for its exit code does not.
  package static func isRunning(_ pid: pid_t) -> Bool {
    // "42 (name) S …", and a name can hold anything.
    let status = Disk.read("/proc/\(pid)/stat")
    guard let end = status.lastIndex(of: ")") else { return false }
    return !status[end...].dropFirst(2).hasPrefix("Z")
  }

  /// Whether it has taken in all that its standard input has given so far.
  package var hasReadItsInput: Bool {
    var unread: Int32 = -1
    return pending.isEmpty && ioctl(feed, UInt(TIOCOUTQ), &unread) == 0 && unread == 0
  }

  /// Sends a signal to the program alone.
  package func send(_ signal: Int32) { kill(pid, signal) }

  /// Waits until something is so.
  ///
  /// - Throws: ``TestFailure`` when it is not so in time.
  package func wait(until what: String, _ isSo: () -> Bool) async throws {
    let errors = directory.path + "/2"
    try await Waiting.wait(until: what, state: { "it said: \(Disk.read(errors).suffix(500))" }) { isSo() }
  }

  /// Waits for its end.
  ///
  /// - Throws: ``TestFailure`` when it takes too long; it is then killed.
  package func finish(within seconds: Double = Waiting.limit) async throws -> Result {
    let end = ContinuousClock.now + .seconds(seconds)
    while !hasEnded {
      guard ContinuousClock.now < end else {
        kill(-pid, SIGKILL)
        throw TestFailure("it did not end in \(seconds) s: \(Disk.read(directory.path + "/2").suffix(500))")
      }
      if !feedMore() { try await Task.sleep(for: .milliseconds(3)) }
    }
    return Result(
      code: ended?.code, signal: ended?.signal, output: Disk.bytes(directory.path + "/1"),
      errors: Disk.read(directory.path + "/2"), peakMemory: peak)
  }

  private var hasEnded: Bool {
    if ended != nil { return true }
    notePeak()
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return false }
    LeftBehind.remove(.process(pid))
    let signal = status & 0x7f
    ended = signal == 0 ? ((status >> 8) & 0xff, nil) : (nil, signal)
    return true
  }

  private func notePeak() {
    for line in Disk.read("/proc/\(pid)/status").split(separator: "\n") where line.hasPrefix("VmHWM:") {
      if let kilobytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first {
        peak = max(peak, (Int(kilobytes) ?? 0) * 1024)
      }
    }
  }

  /// Gives it some of its input; false when the pipe is full or there is nothing more.
  @discardableResult
  private func feedMore() -> Bool {
    guard feed >= 0, !isKeptOpen || !pending.isEmpty else { return false }
    if pending.isEmpty, repetitions.left > 0 {
      let count = min(repetitions.left, 1 << 20)
      pending = [UInt8](repeating: repetitions.byte, count: count)[...]
      repetitions.left -= count
    }
    if !pending.isEmpty {
      let written = Self.ignoringBrokenPipe {
        pending.withUnsafeBytes { write(feed, $0.baseAddress, $0.count) }
      }
      if written > 0 {
        pending = pending.dropFirst(written)
        return true
      }
      if errno == EAGAIN { return false }
    }
    if isKeptOpen { return false }
    close(feed)
    feed = -1
    return false
  }

  private static func ignoringBrokenPipe(_ body: () -> Int) -> Int {
    signal(SIGPIPE, SIG_IGN)
    return body()
  }
}
