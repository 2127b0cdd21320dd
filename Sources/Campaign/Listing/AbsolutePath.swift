import FoundationEssentials
import SystemPackage

/// Paths as a campaign keeps them: they still mean the same from another working directory.
enum AbsolutePath {
  /// From the working directory on, without `.`, `..` and a slash at its end.
  static func of(_ path: String) -> String {
    FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(path)).lexicallyNormalized().string
  }
}
