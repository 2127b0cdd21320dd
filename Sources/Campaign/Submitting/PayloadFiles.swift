import ByteStreams
import Deletion
import FoundationEssentials

/// What is sent with the jobs: the static executable `swab`, and `swab-job.sh`, which runs it.
public enum PayloadFiles {
  /// The executable's name in ``CampaignFolder/payload`` and in a sandbox.
  public static let executable = "swab"
  /// The wrapper's name.
  public static let wrapper = "swab-job.sh"

  /// What was found.
  public struct Found: Sendable, Equatable {
    /// The executable's path here; nil where a path on the worker nodes is used.
    public var executable: String?
    /// A path on the worker nodes.
    public var onNode: String?
    /// The wrapper's path.
    public var wrapper: String
    /// What is odd about them.
    public var warnings: [String] = []
  }

  /// Finds both. What the campaign has already is taken, unless a path is given: all rounds use the same.
  ///
  /// - Parameters:
  ///   - payload: a path here, or one below `/cvmfs/`, which is used on the worker nodes in place; nil: it is looked for.
  ///   - wrapper: a path; nil: it is looked for.
  ///   - program: the path of this program: the files lie beside it, or in the clone around it.
  /// - Throws: ``CampaignError``.
  public static func find(
    payload: String?, wrapper: String?, folder: CampaignFolder, program: String?
  ) throws -> Found {
    let places = searched(from: program)
    let script = try file(
      given: wrapper, own: "\(folder.payload)/\(Self.wrapper)",
      places: places.flatMap { ["\($0)/\(Self.wrapper)", "\($0)/Wrapper/\(Self.wrapper)"] },
      what: "the wrapper \(Self.wrapper)", option: "--wrapper")
    guard try bytes(script, 2) == Array("#!".utf8) else {
      throw CampaignError(.noInput, "\(script) is no script: --wrapper takes swab-job.sh")
    }
    var found = Found(wrapper: script)
    if let payload, payload.hasPrefix("/cvmfs/") {
      found.onNode = payload
      return found
    }
    let program = try file(
      given: payload, own: "\(folder.payload)/\(executable)",
      places: places.flatMap { ["\($0)/\(executable)", "\($0)/.build/static/\(executable)"] },
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

  /// Copies both into the campaign's folder, where they are not those already.
  public static func copy(_ found: Found, to folder: CampaignFolder) throws {
    do {
      try NewFile.makeFolder(folder.payload)
    } catch {
      throw CampaignError(.cannotReport, "\(error)")
    }
    try copy(found.wrapper, "\(folder.payload)/\(wrapper)")
    if let executable = found.executable {
      try copy(executable, "\(folder.payload)/\(Self.executable)")
    }
  }

  private static func copy(_ source: String, _ destination: String) throws {
    if source == destination { return }
    do {
      var input = try FileSource(path: source)
      try AtomicFile.replace(destination) { file in
        while let chunk = try input.next() { try file.write(chunk) }
      }
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: destination)
    } catch let error as FileError {
      throw CampaignError(.cannotReport, "\(error)")
    } catch {
      throw CampaignError(.cannotReport, "\(destination) can't be made executable: \(error)")
    }
  }

  /// The folder of this program and those around it: in a clone it is in `.build/…`.
  private static func searched(from program: String?) -> [String] {
    guard let program, program.hasPrefix("/") else { return [] }
    var parts = program.split(separator: "/").dropLast()
    var folders: [String] = []
    while !parts.isEmpty, folders.count < 5 {
      folders.append("/" + parts.joined(separator: "/"))
      parts.removeLast()
    }
    return folders
  }

  private static func file(
    given: String?, own: String, places: [String], what: String, option: String
  ) throws -> String {
    if let given {
      guard isFile(given) else {
        throw CampaignError(.noInput, "\(given): there is no such file (\(option), or the configuration)")
      }
      return given
    }
    if let found = ([own] + places).first(where: {
      isFile($0) && FileManager.default.isExecutableFile(atPath: $0)
    }) {
      return found
    }
    throw CampaignError(
      .noInput,
      "\(what) is not beside swab-submit\(places.first.map { " (\($0))" } ?? ""): name it with \(option)")
  }

  private static func isFile(_ path: String) -> Bool {
    var isFolder = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder
  }

  fileprivate static func bytes(_ path: String, _ count: Int) throws -> [UInt8] {
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
