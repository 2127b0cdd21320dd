import FoundationEssentials
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// A made-up worker node: a directory as the job's sandbox, a shell, and a `PATH` with few tools in it.
struct Node {
  /// The shells that the wrapper has to run under.
  enum Shell: CaseIterable, Sendable {
    /// Debian's `/bin/sh`, with the usual tools.
    case dash
    /// A node with nothing but busybox.
    case busybox
    /// As ``dash``, on a node that can't compress.
    case dashWithoutGzip

    fileprivate var command: [String] {
      switch self {
      case .dash, .dashWithoutGzip: ["/bin/dash"]
      case .busybox: ["/bin/busybox", "sh"]
      }
    }

    /// Whether reports can be gzipped there.
    var hasGzip: Bool { self != .dashWithoutGzip }
  }

  /// What a run of the wrapper came to.
  struct Result {
    /// Its exit code, or nil when a signal killed it.
    let code: Int32?
    /// What the payload printed.
    let output: String
    /// What the wrapper said.
    let messages: String
    /// How long it took.
    let seconds: Double
  }

  let shell: Shell
  /// The sandbox.
  let sandbox: String
  private let tools: String

  /// Gives a node to `body` and removes it afterwards.
  static func with<Value>(_ shell: Shell, _ body: (Node) async throws -> Value) async throws -> Value {
    let base = FileManager.default.temporaryDirectory.path() + "/swab-node-\(UUID().uuidString)"
    let node = Node(shell: shell, sandbox: base + "/sandbox", tools: base + "/tools")
    try FileManager.default.createDirectory(atPath: node.sandbox, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: node.tools, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: base) }
    try await node.installTools()
    return try await body(node)
  }

  /// All that the wrapper may count on; `gzip` is not among it.
  private static let neededTools = [
    "cat", "chmod", "date", "grep", "head", "id", "mv", "od", "rm", "sleep", "tr", "uname",
  ]

  private func installTools() async throws {
    switch shell {
    case .busybox:
      let done = try await Subprocess.run(
        .path("/bin/busybox"), arguments: ["--install", "-s", tools], output: .discarded)
      try #require(done.terminationStatus.isSuccess)
    case .dash, .dashWithoutGzip:
      for tool in Self.neededTools + (shell.hasGzip ? ["gzip"] : []) {
        try FileManager.default.createSymbolicLink(
          atPath: "\(tools)/\(tool)", withDestinationPath: "/usr/bin/\(tool)")
      }
    }
  }

  /// Puts a payload into the sandbox or elsewhere: a shell script with these lines.
  func install(payload lines: String, at path: String? = nil, executable: Bool = true) throws {
    let path = path ?? sandbox + "/swab"
    let directory = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    Disk.write(path, "#!/bin/sh\n\(lines)\n", mode: executable ? 0o755 : 0o644)
  }

  /// Has a tool of a node with ``Shell/dash`` run these lines of shell first.
  func replace(tool: String, with lines: String) throws {
    let original = try FileManager.default.destinationOfSymbolicLink(atPath: "\(tools)/\(tool)")
    try FileManager.default.removeItem(atPath: "\(tools)/\(tool)")
    Disk.write("\(tools)/\(tool)", "#!/bin/sh\n\(lines)\nexec \(original) \"$@\"\n", mode: 0o755)
  }

  /// Writes a file.
  func write(_ text: String, to path: String) throws {
    let directory = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: path))
  }

  /// The content of a file of the sandbox, or nil.
  func read(_ name: String) -> [UInt8]? {
    FileManager.default.contents(atPath: "\(sandbox)/\(name)").map { Array($0) }
  }

  /// The content of a text file of the sandbox, or "".
  func text(_ name: String) -> String {
    String(decoding: read(name) ?? [], as: UTF8.self)
  }

  /// Runs the wrapper in the sandbox.
  func run(
    _ arguments: [String] = [], environment: [String: String] = [:], input: String = ""
  ) async throws -> Result {
    var variables: [Environment.Key: String] = [
      "PATH": tools, "SWAB_MIN_FAIL_SECONDS": "0", "SWAB_CVMFS_DIR": sandbox + "/no-cvmfs",
    ]
    for (name, value) in environment {
      variables[Environment.Key(stringLiteral: name)] = value
    }
    let command = shell.command + [Repository.root + "/Wrapper/swab-job.sh"] + arguments
    let start = ContinuousClock.now
    let done = try await Subprocess.run(
      .path(FilePath(command[0])), arguments: Arguments(Array(command.dropFirst())),
      environment: .custom(variables), workingDirectory: FilePath(sandbox),
      input: .string(input), output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    let code: Int32? = if case .exited(let code) = done.terminationStatus { code } else { nil }
    let took = (ContinuousClock.now - start).components
    return Result(
      code: code, output: done.standardOutput, messages: done.standardError,
      seconds: Double(took.seconds) + Double(took.attoseconds) * 1e-18)
  }

  /// Reads a report of the sandbox, gzipped or not.
  func report(_ name: String) async throws -> JobReportFile {
    try JobReportFile(json: try await reportBytes(name))
  }

  /// The JSON of a report.
  func reportBytes(_ name: String) async throws -> [UInt8] {
    let bytes = try #require(read(name), "there is no report \(name)")
    guard bytes.starts(with: [0x1f, 0x8b]) else { return bytes }
    let done = try await Subprocess.run(
      .name("gzip"), arguments: ["-dc", "\(sandbox)/\(name)"], output: .bytes(limit: 1 << 20))
    try #require(done.terminationStatus.isSuccess)
    return done.standardOutput
  }
}
