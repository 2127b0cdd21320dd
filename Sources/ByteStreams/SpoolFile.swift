import Glibc
import SystemPackage

/// An unnamed temporary file: written once, then read as often as needed. A kill leaves nothing behind.
public struct SpoolFile: Sendable {
  private let file: OpenFile

  /// Makes a file in a folder; `name` is what messages call it. Throws where the folder can't be written.
  public init(in folder: String, name: String = "temporary file") throws(FileError) {
    let title = "\(folder): \(name)"
    let descriptor = try doing(.create, title) {
      (try? Self.openUnnamed(in: folder)) ?? nil
    }
    if let descriptor {
      file = OpenFile(descriptor, name: title)
    } else {
      file = OpenFile(try doing(.create, title) { try Self.openAndUnlink(in: folder) }, name: title)
    }
  }

  /// The folder for temporary files: `TMPDIR`, else `/tmp`.
  public static func folder(environment: [String: String]) -> String {
    let folder = environment["TMPDIR"] ?? ""
    return folder.isEmpty ? "/tmp" : folder
  }

  /// Adds bytes at the end.
  public mutating func append(_ bytes: [UInt8]) throws(FileError) { try file.writeAll(bytes) }

  /// Adds everything that a source gives. Throws ``FileError`` and what the source throws.
  public mutating func append(contentsOf source: any ByteSource) throws {
    var source = source
    while let chunk = try source.next() { try append(chunk) }
  }

  /// The file, to be read with ``FileSource/init(_:at:)``.
  public var openFile: OpenFile { file }

  /// What has been written, from the beginning on.
  public func source() -> FileSource { FileSource(file, at: 0) }

  /// O_TMPFILE is unknown to old kernels and to some file systems (NFS).
  private static func openUnnamed(in folder: String) throws -> FileDescriptor {
    // Glibc's own constant is hidden from Swift; this value is the same on all our architectures.
    let unnamed = 0o20_000_000 | FileDescriptor.OpenOptions.directory.rawValue
    return try FileDescriptor.open(
      FilePath(folder), .readWrite, options: [.init(rawValue: unnamed), .closeOnExec],
      permissions: .ownerReadWrite)
  }

  private static func openAndUnlink(in folder: String) throws -> FileDescriptor {
    var random = SystemRandomNumberGenerator()
    while true {
      let path = FilePath(folder).appending(".swab-\(getpid())-\(random.next() % 1_000_000)")
      do {
        let descriptor = try FileDescriptor.open(
          path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
          permissions: .ownerReadWrite)
        _ = unlink(path.string)
        return descriptor
      } catch Errno.fileExists {
        continue
      }
    }
  }
}
