import ByteStreams
import Glibc
import SystemPackage

/// Directories that have to be there before something is written.
enum MissingDirectories {
  /// Makes a directory, and those above it that are missing.
  ///
  /// - Parameter path: absolute.
  /// - Throws: `FileError`, which names the one that can't be made.
  static func make(_ path: String) throws(FileError) {
    var made = ""
    for name in path.split(separator: "/") {
      made += "/\(name)"
      if mkdir(made, 0o777) != 0, errno != EEXIST {
        throw FileError(path: made, operation: .create, errno: Errno(rawValue: errno))
      }
    }
    var found = stat()
    if stat(made, &found) != 0 || found.st_mode & S_IFMT != S_IFDIR {
      throw FileError(path: made, operation: .create, errno: .notDirectory)
    }
  }
}
