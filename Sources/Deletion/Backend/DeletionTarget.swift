/// One file to delete, at one place. It has passed the safety rules.
public struct DeletionTarget: Sendable, Equatable {
  /// The logical name that was asked for.
  public let lfn: String
  /// Where it is.
  public let pfn: PFN

  /// Makes a target.
  public init(lfn: String, pfn: PFN) {
    self.lfn = lfn
    self.pfn = pfn
  }
}
