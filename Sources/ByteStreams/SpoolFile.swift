import Glibc
import SystemPackage

/// An unnamed temporary file: written once, then read as often as needed. A kill leaves nothing behind.
package struct SpoolFile: Sendable {
  private let file: OpenFile

  /// Makes a file in a directory; `name` is what messages call it. Throws where the directory can't be written.
  package init(in directory: String, name: String = "temporary file") throws(FileError) {
    let title = "\(directory): \(name)"
    let descriptor = try doing(.create, title) {
      (try? Self.openUnnamed(in: directory)) ?? nil
    }
    if let descriptor {
      file = OpenFile(descriptor, name: title)
    } else {
      file = OpenFile(try doing(.create, title) { try Self.openAndUnlink(in: directory) }, name: title)
    }
  }

  /// The directory for temporary files: `TMPDIR`, else `/tmp`.
  package static func directory(environment: [String: String]) -> String {
    let directory = environment["TMPDIR"] ?? ""
    return directory.isEmpty ? "/tmp" : directory
  }

  /// Adds bytes at the end.
  package mutating func append(_ bytes: [UInt8]) throws(FileError) { try file.writeAll(bytes) }

  /// Adds everything that a source gives. Throws ``FileError`` and what the source throws.
  package mutating func append(contentsOf source: any ByteSource) throws {
    var source = source
    while let chunk = try source.next() { try append(chunk) }
  }

  /// How many bytes are free for us in the file system that the file is in; nil where that can't be told.
  package var freeBytes: Int64? {
    var status = statvfs()
    guard fstatvfs(file.descriptor.rawValue, &status) == 0 else { return nil }
    let (bytes, isTooLarge) = Int64(clamping: status.f_bavail).multipliedReportingOverflow(
      by: Int64(clamping: status.f_frsize))
    return isTooLarge ? .max : bytes
  }

  /// The file, to be read with ``FileSource/init(_:at:)``.
  package var openFile: OpenFile { file }

  /// What has been written, from the beginning on.
  package func source() -> FileSource { FileSource(file, at: 0) }

  /// O_TMPFILE is unknown to old kernels and to some file systems (NFS).
  private static func openUnnamed(in directory: String) throws -> FileDescriptor {
    // Glibc's own constant is hidden from Swift; this value is the same on all our architectures.
    let unnamed = 0o20_000_000 | FileDescriptor.OpenOptions.directory.rawValue
    return try FileDescriptor.open(
      FilePath(directory), .readWrite, options: [.init(rawValue: unnamed), .closeOnExec],
      permissions: .ownerReadWrite)
  }

  private static func openAndUnlink(in directory: String) throws -> FileDescriptor {
    var random = SystemRandomNumberGenerator()
    while true {
      let path = FilePath(directory).appending(".swab-\(getpid())-\(random.next() % 1_000_000)")
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
