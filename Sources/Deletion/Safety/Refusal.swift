/// Why an LFN is refused before anything touches storage.
public struct Refusal: Error, Sendable, Equatable {
  /// The rules, each with the word that stands for it in reports.
  public enum Rule: String, Sendable, CaseIterable {
    /// The list held bytes that are not UTF-8.
    case invalidUTF8
    /// The name is empty or does not begin with a slash.
    case notAbsolute
    /// It ends in a slash, as a directory would be written.
    case trailingSlash
    /// It has an empty segment: two slashes in a row.
    case emptySegment
    /// It has a `.` or `..` segment, also percent-encoded.
    case dotSegment
    /// It has a control character, a newline or a NUL.
    case controlCharacter
    /// It is not strictly below an allowed root.
    case outsideAllowedRoots
    /// It is at, above or below a protected entry.
    case protected
    /// The catalog gives no PFN.
    case noPFN
    /// The catalog gives a PFN with a `$n` that stands for nothing.
    case unresolvedPFN
    /// The PFN is neither an absolute path nor a URL with a path.
    case malformedPFN
    /// The storage path in the PFN does not end in the LFN's last component.
    case otherName
    /// `--rse` names an entry that cannot be used, or no backend takes the PFN.
    case noBackend
  }

  /// The rule that was broken.
  public var rule: Rule
  /// What was found, for a person.
  public var detail: String

  /// Makes a refusal.
  public init(_ rule: Rule, _ detail: String) {
    self.rule = rule
    self.detail = detail
  }

  /// The rule and what was found, on one line.
  public var text: String { "\(rule.rawValue): \(detail)" }
}
