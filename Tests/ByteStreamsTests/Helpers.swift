import ByteStreams
import FoundationEssentials

/// Gzips in memory.
func gzipped(_ bytes: [UInt8]) throws -> [UInt8] {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/a.gz"
  try AtomicFile.replace(path) { try $0.write(bytes) }
  return try FileSource.contents(of: path)
}

/// Reads a source to its end.
func collected(_ source: any ByteSource) throws -> [UInt8] {
  var source = source
  return try source.collect(limit: .max) ?? []
}

/// A directory that is removed with the last reference to it.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/swab-tests-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  /// Writes a file and gives its path.
  func add(_ name: String, _ bytes: [UInt8]) throws -> String {
    try AtomicFile.replace(path + "/file") { try $0.write(bytes) }
    try FileManager.default.moveItem(atPath: path + "/file", toPath: path + "/" + name)
    return path + "/" + name
  }
}

/// Text that compresses, but not to nothing.
func sampleText(lines: Int) -> [UInt8] {
  (0..<lines).flatMap { Array("/store/unmerged/Era/Set/AOD/v\($0 % 7)/\($0 &* 2_654_435_761).root\n".utf8) }
}
