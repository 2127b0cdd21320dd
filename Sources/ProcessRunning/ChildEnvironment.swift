import FoundationEssentials
import Glibc

/// The environment that a tool gets: what is on a list, and nothing else.
///
/// A job's environment is full of things that break a system tool: `LD_LIBRARY_PATH`, `PYTHONPATH` and
/// `PYTHONHOME` of an experiment's software above all. Only what a tool needs to find its credentials, its
/// temporary directory and its settings is handed on.
package struct ChildEnvironment: Sendable, Equatable {
  /// The variables, by name.
  package private(set) var values: [String: String]

  /// Where system tools live; the child's `PATH`.
  package static let systemDirectories = [
    "/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin",
  ]

  /// Handed on under exactly these names.
  package static let allowedNames: Set<String> = [
    "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "XDG_RUNTIME_DIR", "BEARER_TOKEN", "BEARER_TOKEN_FILE",
    "KRB5CCNAME", "KRB5_CONFIG",
  ]

  /// Handed on by how the name begins.
  package static let allowedPrefixes = ["X509_", "XRD_", "XrdSec", "GFAL_", "DAVIX_"]

  /// Not handed on although the prefix allows it: log lines in between would hide the answers.
  package static let refusedNames: Set<String> = ["XRD_LOGLEVEL", "XRD_LOGMASK", "XRD_LOGFILE"]

  /// Takes from `inherited` what is allowed.
  package init(inheriting inherited: [String: String]) {
    values = inherited.filter { name, value in
      Self.isAllowed(name) && !value.utf8.contains(0)
    }
    values["PATH"] = Self.systemDirectories.joined(separator: ":")
    values["LANG"] = "C.UTF-8"
  }

  /// Takes from `inherited` what HTCondor's own tools need: their configuration, the credentials that they show to a
  /// schedd or send with a job, and the directories of `search`, where they find each other.
  package init(condorInheriting inherited: [String: String], search: ExecutableSearch) {
    values = inherited.filter { name, value in
      (Self.allowedNames.contains(name) || Self.condorNames.contains(name)
        || Self.condorPrefixes.contains { name.hasPrefix($0) }) && !value.utf8.contains(0)
    }
    values["PATH"] = search.directories.joined(separator: ":")
    values["LANG"] = inherited["LANG"] ?? "C.UTF-8"
  }

  /// Handed on to HTCondor's tools, besides those of every tool; the last one is read by what gets tokens for them.
  private static let condorNames: Set<String> = ["CONDOR_CONFIG", "CONDOR_IDS", "HTGETTOKENOPTS"]
  private static let condorPrefixes = ["_CONDOR_", "_condor_", "X509_", "KRB5"]

  /// Whether a variable of this name reaches a tool.
  package static func isAllowed(_ name: String) -> Bool {
    if refusedNames.contains(name) { return false }
    return allowedNames.contains(name) || allowedPrefixes.contains { name.hasPrefix($0) }
  }

  /// A variable; nil removes it.
  package subscript(name: String) -> String? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// The same with further variables, which win.
  package func setting(_ further: [String: String]) -> ChildEnvironment {
    var result = self
    result.values.merge(further) { _, new in new }
    return result
  }
}

/// Finds tools.
package struct ExecutableSearch: Sendable, Equatable {
  /// The directories that are searched, in order.
  package var directories: [String]

  /// Searches these directories.
  package init(directories: [String]) { self.directories = directories }

  /// Searches the absolute directories of a `PATH`, in its order, and then the system's.
  package init(path: String?) {
    var seen: Set<String> = []
    let own = (path ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
    directories = (own + ChildEnvironment.systemDirectories).filter { seen.insert($0).inserted }
  }

  /// The absolute path of a tool, or nil. A name with a slash in it must be an absolute path already.
  package func find(_ tool: String) -> String? {
    if tool.hasPrefix("/") { return Self.isExecutable(tool) ? tool : nil }
    if tool.isEmpty || tool.contains("/") { return nil }
    return directories.lazy.map { $0 + "/" + tool }.first(where: Self.isExecutable)
  }

  private static func isExecutable(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    return access(path, X_OK) == 0
  }
}
