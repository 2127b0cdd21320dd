import FoundationEssentials

/// The environment that a tool gets: what is on a list, and nothing else.
///
/// A job's environment is full of things that break a system tool: `LD_LIBRARY_PATH`, `PYTHONPATH` and
/// `PYTHONHOME` of an experiment's software above all. Only what a tool needs to find its credentials, its
/// temporary folder and its settings is handed on.
public struct ChildEnvironment: Sendable, Equatable {
  /// The variables, by name.
  public private(set) var values: [String: String]

  /// Where system tools live; the child's `PATH`.
  public static let systemFolders = [
    "/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin",
  ]

  /// Handed on under exactly these names.
  static let allowedNames: Set<String> = [
    "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "XDG_RUNTIME_DIR", "BEARER_TOKEN", "BEARER_TOKEN_FILE",
    "KRB5CCNAME", "KRB5_CONFIG",
  ]

  /// Handed on by how the name begins.
  static let allowedPrefixes = ["X509_", "XRD_", "XrdSec", "GFAL_", "DAVIX_"]

  /// Not handed on although the prefix allows it: log lines in between would hide the answers.
  static let refusedNames: Set<String> = ["XRD_LOGLEVEL", "XRD_LOGMASK", "XRD_LOGFILE"]

  /// Takes from `inherited` what is allowed.
  public init(inheriting inherited: [String: String]) {
    values = inherited.filter { name, value in
      Self.isAllowed(name) && !value.utf8.contains(0)
    }
    values["PATH"] = Self.systemFolders.joined(separator: ":")
    values["LANG"] = "C.UTF-8"
  }

  /// Takes from `inherited` what HTCondor's own tools need: their configuration, the credentials that they show to a
  /// schedd or send with a job, and the folders of `search`, where they find each other.
  public init(condorInheriting inherited: [String: String], search: ExecutableSearch) {
    values = inherited.filter { name, value in
      (Self.allowedNames.contains(name) || Self.condorNames.contains(name)
        || Self.condorPrefixes.contains { name.hasPrefix($0) }) && !value.utf8.contains(0)
    }
    values["PATH"] = search.folders.joined(separator: ":")
    values["LANG"] = inherited["LANG"] ?? "C.UTF-8"
  }

  /// Handed on to HTCondor's tools, besides those of every tool; the last one is read by what gets tokens for them.
  private static let condorNames: Set<String> = ["CONDOR_CONFIG", "CONDOR_IDS", "HTGETTOKENOPTS"]
  private static let condorPrefixes = ["_CONDOR_", "_condor_", "X509_", "KRB5"]

  /// Whether a variable of this name reaches a tool.
  public static func isAllowed(_ name: String) -> Bool {
    if refusedNames.contains(name) { return false }
    return allowedNames.contains(name) || allowedPrefixes.contains { name.hasPrefix($0) }
  }

  /// A variable; nil removes it.
  public subscript(name: String) -> String? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// The same with further variables, which win.
  public func setting(_ further: [String: String]) -> ChildEnvironment {
    var result = self
    result.values.merge(further) { _, new in new }
    return result
  }
}
