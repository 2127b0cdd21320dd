/// What is never deleted. Every LFN and every PFN passes here before anything touches storage.
public struct SafetyRules: Sendable {
  /// Below which roots deletion is allowed.
  public let allowed: AllowedRoots
  /// The protected LFNs.
  public let protected: PathTree

  /// Makes the rules.
  public init(allowed: AllowedRoots, protected: PathTree) {
    self.allowed = allowed
    self.protected = protected
  }

  /// Why an LFN may not be deleted; nil when it may, as far as its name goes.
  public func refusal(ofLFN lfn: String) -> Refusal? {
    if lfn.isEmpty { return Refusal(.notAbsolute, "the name is empty") }
    if let broken = PathRules.broken(by: lfn, slashes: .single) { return broken }
    guard allowed.contain(lfn: lfn) else {
      return Refusal(
        .outsideAllowedRoots, "not below \(allowed.texts.joined(separator: " or "))")
    }
    return Self.refusal(protected.relation(of: lfn))
  }

  /// Why a PFN may not be deleted for an LFN that itself may; nil when it may.
  ///
  /// - Parameter protectedPaths: the storage paths that the same stage-out entry gives for the protected LFNs.
  public func refusal(ofPFN pfn: PFN, for lfn: String, protectedPaths: PathTree) -> Refusal? {
    let path = pfn.storagePath
    if let broken = PathRules.broken(by: path, slashes: .repeated) { return broken }
    guard Self.endAlike(path, lfn) else {
      return Refusal(.otherName, "the PFN \(pfn.text) does not end in the name of the LFN")
    }
    guard allowed.mayContain(storagePath: path) else {
      return Refusal(.outsideAllowedRoots, "the PFN \(pfn.text) lies in another area")
    }
    if let refusal = Self.refusal(protectedPaths.relation(of: path)) { return refusal }
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
    return left.withUTF8 { left in
      right.withUTF8 { right in
        let slash = UInt8(ascii: "/")
        var fromEnd = 1
        while fromEnd <= left.count, fromEnd <= right.count {
          let byte = left[left.count - fromEnd]
          guard byte == right[right.count - fromEnd] else { return false }
          if byte == slash { return true }
          fromEnd += 1
        }
        return left.count == right.count
      }
    }
  }
}
