#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Finds tools.
public struct ExecutableSearch: Sendable, Equatable {
  /// The folders that are searched, in order.
  public var folders: [String]

  /// Searches these folders.
  public init(folders: [String]) { self.folders = folders }

  /// Searches the absolute folders of a `PATH`, in its order, and then the system's.
  public init(path: String?) {
    var seen: Set<String> = []
    let own = (path ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
    folders = (own + ChildEnvironment.systemFolders).filter { seen.insert($0).inserted }
  }

  /// The absolute path of a tool, or nil. A name with a slash in it must be an absolute path already.
  public func find(_ tool: String) -> String? {
    if tool.hasPrefix("/") { return Self.isExecutable(tool) ? tool : nil }
    if tool.isEmpty || tool.contains("/") { return nil }
    return folders.lazy.map { $0 + "/" + tool }.first(where: Self.isExecutable)
  }

  private static func isExecutable(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    return access(path, X_OK) == 0
  }
}
