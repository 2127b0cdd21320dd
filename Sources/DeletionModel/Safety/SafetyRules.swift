import Glibc

/// What is never deleted. Every LFN and every PFN passes here before anything touches storage.
package struct SafetyRules: Sendable {
  /// Below which roots deletion is allowed.
  package let allowed: AllowedRoots
  /// The protected LFNs.
  package let protected: PathTree

  package init(allowed: AllowedRoots, protected: PathTree) {
    self.allowed = allowed
    self.protected = protected
  }

  /// Why an LFN may not be deleted; nil when it may, as far as its name goes.
  package func refusal(ofLFN lfn: String) -> Refusal? {
    if lfn.isEmpty { return Refusal(.notAbsolute, "the name is empty") }
    if let broken = PathRules.broken(by: lfn, slashes: .single) { return ListLine.explained(broken, lfn) }
    if let columns = ListLine.refusal(of: lfn) { return columns }
    guard allowed.contain(lfn: lfn) else {
      return Refusal(
        .outsideAllowedRoots, "not below \(allowed.texts.joined(separator: " or "))")
    }
    return Self.refusal(protected.relation(of: lfn))
  }

  /// Why a PFN may not be deleted for an LFN that itself may; nil when it may.
  ///
  /// - Parameter protectedPFNs: where the same stage-out entry has what is protected.
  package func refusal(ofPFN pfn: PFN, for lfn: String, protected protectedPFNs: ProtectedPFNs) -> Refusal? {
    let path = pfn.storagePath
    if let broken = PathRules.broken(by: path, slashes: .repeated) { return broken }
    if ServerSyntax.isSpecial(pfn) {
      return Refusal(.wildcard, "the PFN \(pfn.text) has a &, at which some HTTP servers end a name")
    }
    guard Self.endAlike(path, lfn) else {
      return Refusal(.otherName, "the PFN \(pfn.text) does not end in the name of the LFN")
    }
    guard allowed.mayContain(storagePath: path) else {
      return Refusal(.outsideAllowedRoots, "the PFN \(pfn.text) lies in another area")
    }
    if let refusal = Self.refusal(protectedPFNs.relation(of: path, for: lfn)) { return refusal }
    return nil
  }

  private static func refusal(_ relation: PathTree.Relation?) -> Refusal? {
    switch relation {
    case nil: nil
    case .atOrBelow(let entry): Refusal(.protected, "at or below the protected \(entry)")
    case .above(let entry): Refusal(.protected, "above the protected \(entry)")
    }
  }

  /// Whether two paths have the same last component, byte by byte: two spellings of one Unicode character are two
  /// files.
  private static func endAlike(_ left: String, _ right: String) -> Bool {
    var left = left
    var right = right
    return left.withUTF8 { left -> Bool in
      right.withUTF8 { right -> Bool in
        guard let slash = right.lastIndex(of: UInt8(ascii: "/")) else { return left.elementsEqual(right) }
        let count = right.count - slash
        guard left.count >= count, let left = left.baseAddress.map({ $0 + (left.count - count) }),
          let right = right.baseAddress
        else { return false }
        return memcmp(left, right + slash, count) == 0
      }
    }
  }
}

/// Why a file is refused: nothing is sent that could delete it. All rules but ``Rule/newer`` go by the names, before anything
/// is sent at all.
package struct Refusal: Error, Sendable, Equatable {
  /// The rules, each with the word that stands for it in reports.
  package enum Rule: String, Sendable, CaseIterable {
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
    /// It has a character that some server takes for a pattern or for the end of the name (``ServerSyntax``).
    case wildcard
    /// It reads like a line of a list with columns: a name, and something behind it that is no part of it.
    case columns
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
    /// The storage says that it was written later than `--not-newer-than` allows.
    case newer
  }

  /// The rule that was broken.
  package var rule: Rule
  /// What was found, for a person.
  package var detail: String

  package init(_ rule: Rule, _ detail: String) {
    self.rule = rule
    self.detail = detail
  }

  /// The rule and what was found, on one line.
  package var text: String { "\(rule.rawValue): \(detail)" }
}
