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
