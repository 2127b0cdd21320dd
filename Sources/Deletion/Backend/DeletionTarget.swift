/// One file to delete, at one place. It has passed the safety rules.
///
/// Every layer hands it on and keeps it for a while; as an object that costs one count, not one for each text.
public final class DeletionTarget: Sendable, Equatable {
  /// The logical name that was asked for.
  public let lfn: String
  /// Where it is.
  public let pfn: PFN

  /// Makes a target.
  public init(lfn: String, pfn: PFN) {
    self.lfn = lfn
    self.pfn = pfn
  }

  /// Whether both names are equal.
  public static func == (left: DeletionTarget, right: DeletionTarget) -> Bool {
    left === right || (left.lfn == right.lfn && left.pfn == right.pfn)
  }
}
