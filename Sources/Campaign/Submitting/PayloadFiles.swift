import ByteStreams
import HTTPTransport
import DeletionModel
import FoundationEssentials
import SystemPackage

/// What is sent with the jobs: the static executable `swab`, and `swab-job.sh`, which runs it.
package enum PayloadFiles {
  /// The executable's name in ``CampaignDirectory/payload`` and in a sandbox.
  package static let executable = "swab"
  /// The wrapper's name.
  package static let wrapper = "swab-job.sh"

  /// What was found.
  package struct Found: Sendable, Equatable {
    /// The executable's path here; nil where a path on the worker nodes is used.
    package var executable: String?
    /// A path on the worker nodes, or a URL that they fetch it from.
    package var onNode: String?
    /// The wrapper's path.
    package var wrapper: String
    /// What is odd about them.
    package var warnings: [String] = []
  }

  /// Finds both. What the campaign has already is taken, unless a path is given: all rounds use the same.
  ///
  /// - Parameters:
  ///   - payload: a path here, or one below `/cvmfs/`, which is used on the worker nodes in place, or an `https` URL,
  ///     which they fetch; nil: it is looked for.
  ///   - wrapper: a path; nil: it is looked for.
  ///   - program: the path of this program: the files lie beside it, or in the clone around it.
  /// - Throws: ``CampaignError``.
  package static func find(
    payload: String?, wrapper: String?, directory: CampaignDirectory, program: String?
  ) throws -> Found {
    let candidates = searched(from: program)
    let script = try file(
      given: wrapper, own: "\(directory.payload)/\(Self.wrapper)",
      beside: candidates.flatMap { ["\($0)/\(Self.wrapper)", "\($0)/Wrapper/\(Self.wrapper)"] },
      what: "the wrapper \(Self.wrapper)", option: "--wrapper")
    guard try bytes(script, 2) == Array("#!".utf8) else {
      throw CampaignError(.noInput, "\(script) is no script: --wrapper takes swab-job.sh")
    }
    var found = Found(wrapper: script)
    if let payload, payload.hasPrefix("/cvmfs/") {
      found.onNode = payload
      return found
    }
    if let payload, HTTPURL.isMeant(by: payload) {
      found.onNode = try url(payload)
      return found
    }
    let program = try file(
      given: payload, own: "\(directory.payload)/\(executable)",
      beside: candidates.flatMap { ["\($0)/\(executable)", "\($0)/.build/static/\(executable)"] },
      what: "the static executable swab", option: "--payload")
    found.executable = program
    switch try ELFKind.of(program) {
    case .none:
      throw CampaignError(.noInput, "\(program) is no Linux executable: --payload takes the static swab")
    case .dynamic:
      found.warnings.append(
        "\(program) is not static: it runs only where the worker nodes have its libraries (make static)")
    case .static: break
    }
    return found
  }

  /// A URL that HTCondor's file transfer on a worker node fetches, into a file of the payload's name.
  private static func url(_ text: String) throws(CampaignError) -> String {
    let address = try HTTPURL(option: text)
    guard HTTPURL.isSecure(text) else {
      throw CampaignError(
        .usage,
        "\(address): without TLS anybody in between can change what the jobs run: --payload takes an https URL"
      )
    }
    guard address.query.isEmpty, address.path.hasSuffix("/\(executable)"),
      !text.utf8.contains(where: { ", \"'$;".utf8.contains($0) })
    else {
      throw CampaignError(
        .usage,
        "\(address): --payload takes a URL that ends in /\(executable), without a query, a comma or a quote")
    }
    return text
  }

  /// How many bytes the schedd's spool gets of a round: everything that is sent goes once for each job.
  static func spooledBytes(
    _ found: Found, _ round: RoundRecord, _ roundDirectory: RoundDirectory, protected: Int
  )
    -> Int
  {
    func size(_ path: String) -> Int { ((try? Stat(FilePath(path)))?.size).map(Int.init) ?? 0 }
    let shared = size(found.wrapper) + (found.executable.map(size) ?? 0) + protected
    return round.jobs.reduce(0) { sum, job in
      sum + shared + size(roundDirectory.job(job.id).list) + size(roundDirectory.job(job.id).job)
    }
  }

  /// Copies both into the campaign's directory, where they are not those already.
  ///
  /// - Parameter onlyMissing: whether files that are there stay, because running jobs have begun with them.
  package static func copy(_ found: Found, to directory: CampaignDirectory, onlyMissing: Bool = false) throws
  {
    do {
      try NewFile.makeDirectory(directory.payload)
    } catch {
      throw CampaignError(.cannotReport, "\(error)")
    }
    for (source, name) in [(found.wrapper, wrapper), (found.executable, executable)] {
      let destination = "\(directory.payload)/\(name)"
      guard let source, !(onlyMissing && isFile(destination)) else { continue }
      try copy(source, destination)
    }
  }

  private static func copy(_ source: String, _ destination: String) throws {
    if source == destination { return }
    do {
      var input = try FileSource(path: source)
      let options = AtomicFile.Options(
        replacesOnlyRegularFiles: true,
        permissions: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
      try AtomicFile.replace(destination, options) { file in
        while let chunk = try input.next() { try file.write(chunk) }
      }
    } catch {
      throw CampaignError(.cannotReport, "\(error)")
    }
  }

  /// The directory of this program and those around it: in a clone it is in `.build/…`.
  private static func searched(from program: String?) -> [String] {
    guard let program, program.hasPrefix("/") else { return [] }
    var parts = program.split(separator: "/").dropLast()
    var directories: [String] = []
    while !parts.isEmpty, directories.count < 5 {
      directories.append("/" + parts.joined(separator: "/"))
      parts.removeLast()
    }
    return directories
  }

  private static func file(
    given: String?, own: String, beside candidates: [String], what: String, option: String
  ) throws -> String {
    if let given {
      guard isFile(given) else {
        throw CampaignError(.noInput, "\(given): there is no such file (\(option), or the configuration)")
      }
      return given
    }
    if let found = ([own] + candidates).first(where: {
      isFile($0) && FileManager.default.isExecutableFile(atPath: $0)
    }) {
      return found
    }
    throw CampaignError(
      .noInput,
      "\(what) is not beside swab-submit\(candidates.first.map { " (\($0))" } ?? ""): name it with \(option)")
  }

  private static func isFile(_ path: String) -> Bool {
    var isDirectory = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory
  }

  static func bytes(_ path: String, _ count: Int) throws -> [UInt8] {
    do {
      var source = try FileSource(path: path)
      return Array((try source.next() ?? []).prefix(count))
    } catch {
      throw CampaignError(.noInput, "\(error)")
    }
  }
}

/// What kind of executable a file is.
enum ELFKind: Sendable, Equatable {
  /// None.
  case none
  /// It names an interpreter, which loads its libraries.
  case dynamic
  /// It needs nothing else.
  case `static`

  /// By its program headers (ELF-64, little endian: what all pools run).
  static func of(_ path: String) throws -> ELFKind {
    let head = try PayloadFiles.bytes(path, 64 * 1024)
    guard head.count > 64, head.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { return .none }
    guard head[4] == 2, head[5] == 1 else { return .dynamic }
    func number(_ offset: Int, _ bytes: Int) -> Int {
      (0..<bytes).reversed().reduce(0) {
        offset + $1 < head.count ? $0 << 8 | Int(head[offset + $1]) : 0
      }
    }
    let start = number(32, 4)
    let size = number(54, 2)
    for index in 0..<number(56, 2) {
      // PT_INTERP
      if number(start + index * size, 4) == 3 { return .dynamic }
    }
    return .static
  }
}
