import ByteStreams
import SystemPackage
import Glibc

/// Writes into a directory that nobody knows of yet: files come into being under their own names, and are not forced to
/// the disk one by one. See ``PartialDirectory``.
enum NewFile {
  /// Makes a directory and those above it. Throws `FileError`.
  static func makeDirectory(_ path: String) throws(FileError) {
    if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
      throw FileError(path: path, operation: .create, errno: Errno(rawValue: errno))
    }
    try makeDirectory(String(path[..<slash]))
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
      throw FileError(path: path, operation: .create, errno: Errno(rawValue: errno))
    }
  }

  /// Writes a whole file that is not there yet; gzipped where the name ends in `.gz`. Throws `FileError`.
  static func write(_ bytes: [UInt8], to path: String, permissions: FilePermissions = .newFile) throws {
    var sink: any ByteSink = try FileSink(creating: path, permissions: permissions)
    if path.utf8.suffix(3).elementsEqual(".gz".utf8) { sink = try GzipSink(sink) }
    try sink.write(bytes)
    try sink.finish()
  }

  /// Writes a JSON file as ``CampaignFiles/write(_:to:)`` does. Throws `FileError`.
  static func write(json value: some Encodable, to path: String) throws {
    try write(CampaignFiles.text(value), to: path)
  }
}
