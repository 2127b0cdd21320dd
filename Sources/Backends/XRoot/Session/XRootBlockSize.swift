/// How many paths are asked for in one `kXR_statx`. Pure.
///
/// It answers all or nothing: one missing file costs the whole block. So blocks become smaller where files are
/// missing, down to one, which means `kXR_stat`, and larger again where they are there.
struct XRootBlockSize {
  /// Paths in a block at most. A server answers nothing else on the connection meanwhile.
  static let limit = 64

  /// The paths of the next block.
  private(set) var count: Int
  /// Whether the server can be asked for many paths at once, as far as is known.
  private(set) var knowsStatx: Bool
  /// Single looks since the last one that found nothing, or the last growth.
  private var foundAlone = 0

  init(usesStatx: Bool) {
    knowsStatx = usesStatx
    count = usesStatx ? Self.limit : 1
  }

  /// A block had its answer.
  mutating func blockSucceeded() { count = min(count * 2, Self.limit) }

  /// A block was refused.
  mutating func blockFailed(_ code: Int) {
    if code == XRootErrorCode.invalidRequest || code == XRootErrorCode.unsupported {
      giveUp()
    } else {
      count = max(1, count / 2)
    }
  }

  /// The server is not to be asked for many paths at once.
  mutating func giveUp() {
    knowsStatx = false
    count = 1
  }

  /// A path that was asked for by itself was there.
  mutating func pathFound() {
    foundAlone += 1
    // Hardly anything is missing any more: ask for more at a time again.
    if knowsStatx, foundAlone >= Self.limit { (count, foundAlone) = (min(count * 2, Self.limit), 0) }
  }

  /// A path that was asked for by itself was not there, or not to be seen.
  mutating func pathFailed() { foundAlone = 0 }
}
