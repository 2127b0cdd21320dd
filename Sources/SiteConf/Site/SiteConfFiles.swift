/// The files that a site's configuration is read from, so that this library opens none itself.
public protocol SiteConfFiles: Sendable {
  /// The whole content of a file.
  ///
  /// - Throws: whatever says best why it can't be read.
  func read(_ path: String) throws -> [UInt8]

  /// Whether something is there: a file or a folder, links followed.
  func exists(_ path: String) -> Bool

  /// The path without links, `.` and `..`, as realpath(3) gives it; nil where it can't be resolved.
  func canonical(_ path: String) -> String?
}

extension SiteConfFiles {
  /// ``read(_:)`` with an error that says what to do.
  func bytes(of path: String) throws(SiteConfProblem) -> [UInt8] {
    do {
      return try read(path)
    } catch {
      throw SiteConfProblem(
        file: path, what: "it can't be read: \(error)", whatToDo: "check the path and its permissions")
    }
  }
}
