import TestSupport

import Glibc

/// A made-up site: a SITECONF with one volume, a storage in a local directory, and room for lists and reports.
struct Site: Sendable {
  /// One stage-out method: its command, and the prefix of its protocol.
  typealias Endpoint = (command: String, prefix: String)

  private let directory: TemporaryDirectory
  /// The directory of it all.
  var root: String { directory.path }
  /// The local storage; the PFN of an LFN is this and the LFN.
  var storage: String { root + "/data" }
  /// The directory that `$SITECONFIG_PATH` names.
  var siteconf: String { root + "/SITECONF/T2_XX_Test" }
  /// A directory at the front of `$PATH`.
  var tools: String { root + "/tools" }

  /// A site with the given endpoints; without any, the local storage by `cp`.
  init(endpoints: [Endpoint]? = nil) throws {
    directory = try TemporaryDirectory()
    for path in [storage + "/store/unmerged", siteconf + "/JobConfig", tools, root + "/tmp"] {
      Disk.makeDirectory(path)
    }
    chmod(root + "/tmp", 0o777)
    let endpoints = endpoints ?? [("cp", root + "/data")]
    let methods = endpoints.indices.map {
      #"<method volume="Test_Disk" protocol="door\#($0)" command="\#(endpoints[$0].command)"/>"#
    }
    let protocols = endpoints.indices.map {
      #"{"protocol":"door\#($0)","access":"site-rw","prefix":"\#(endpoints[$0].prefix)"}"#
    }
    Disk.write(
      siteconf + "/JobConfig/site-local-config.xml",
      """
      <site-local-config><site name="T2_XX_Test"><stage-out>\(methods.joined())</stage-out></site></site-local-config>
      """)
    Disk.write(
      siteconf + "/storage.json",
      """
      [{"site":"T2_XX_Test","volume":"Test_Disk","type":"DISK","rse":"T2_XX_Test","protocols":[\(protocols.joined(separator: ","))]}]
      """)
  }

  /// The environment of a job at this site.
  var environment: [String: String] {
    [
      "PATH": tools + ":/usr/bin:/bin", "SITECONFIG_PATH": siteconf, "TMPDIR": root + "/tmp",
      "USER": "tester", "HOME": root,
    ]
  }

  /// The path of a file of this site that is no storage: a list, a report.
  func path(_ name: String) -> String { root + "/" + name }

  /// Writes such a file and gives its path.
  @discardableResult
  func write(_ name: String, _ text: String) -> String { write(name, bytes: Array(text.utf8)) }

  /// Writes such a file and gives its path.
  @discardableResult
  func write(_ name: String, bytes: [UInt8]) -> String {
    Disk.write(path(name), bytes: bytes)
    return path(name)
  }

  /// Puts a file on the storage and gives its LFN.
  @discardableResult
  func put(_ name: String) -> String {
    let lfn = name.hasPrefix("/") ? name : "/store/unmerged/" + name
    let path = storage + lfn
    Disk.makeDirectory(String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)))
    Disk.write(path)
    return lfn
  }

  /// Whether the storage has it.
  func has(_ lfn: String) -> Bool { Disk.exists(storage + lfn) }

  /// Writes a tool for the front of `$PATH`.
  func install(_ tool: String, _ script: String) {
    Disk.write(tools + "/" + tool, script, mode: 0o755)
  }

  /// Starts `swab` at this site.
  func start(
    _ arguments: [String], environment further: [String: String?] = [:], input: Program.Input = .nothing,
    output: Program.Output = .kept, errors: Program.Output = .kept, user: uid_t? = nil,
    workingDirectory: String? = nil
  ) throws -> Program {
    var variables = environment
    for (name, value) in further { variables[name] = value }
    return try Program(
      Repository.builtSwab, arguments, environment: variables, input: input, output: output, errors: errors,
      user: user, workingDirectory: workingDirectory ?? root)
  }

  /// Runs `swab` at this site to its end.
  func swab(
    _ arguments: [String], environment: [String: String?] = [:], input: Program.Input = .nothing,
    output: Program.Output = .kept, errors: Program.Output = .kept, user: uid_t? = nil,
    workingDirectory: String? = nil
  ) async throws -> Program.Result {
    await Turns.shared.take()
    do {
      let result = try await start(
        arguments, environment: environment, input: input, output: output, errors: errors, user: user,
        workingDirectory: workingDirectory
      ).finish()
      await Turns.shared.give()
      return result
    } catch {
      await Turns.shared.give()
      throw error
    }
  }
}

/// Lets few programs run at a time, so that tests that watch a clock, here and elsewhere, get their share.
private actor Turns {
  static let shared = Turns()

  private var free = 2
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// Waits for a turn.
  func take() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  /// Ends a turn.
  func give() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}

/// An account without any rights, for what root may always do; nil where the tests don't run as root.
let nobody: uid_t? = getuid() == 0 ? 65534 : nil
