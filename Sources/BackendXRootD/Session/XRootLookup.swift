import DeletionModel

/// How a connection to a manager finds out which server has a file. Pure.
///
/// A manager (`cmsd`) answers `kXR_stat` within milliseconds for a file that a server has, and only after some 0.4 s, mostly
/// by `kXR_wait`, for one that none has; meanwhile no other request of the connection is answered (seen with XRootD 5.5.3). To
/// `kXR_locate` for a file that it does not know it says `kXR_wait` at once, and asks its servers; when the wait is over
/// the answer to either request is immediate. So while files are there each is asked for by `kXR_stat`, and where many
/// are missing `kXR_locate` goes first: hundreds then wait at the same time.
struct XRootLookup {
  /// An answer that takes longer is of a file that no server has.
  static let slow = Duration.milliseconds(100)
  /// How much time missing files may cost before `kXR_locate` goes first.
  static let timeout = Duration.milliseconds(500)
  /// Requests in flight that are not known to be answered at once.
  static let fewest = 4
  private static let most = 16

  /// Whether files are located before they are asked for.
  private(set) var locatesFirst = false
  /// How many `kXR_stat` may be in flight.
  private(set) var statLimit = fewest
  private var canLocate = true
  private var lost = Duration.zero
  private var lastAnswer: Moment?
  private var missing = 0
  private var all = 0

  /// A stat or a locate of a file was answered.
  /// - Parameter isMissing: whether no server has it, as far as is known.
  mutating func answered(sent: Moment, now: Moment, isMissing: Bool) {
    all += 1
    if isMissing { missing += 1 }
    // One is answered after the other: what an answer took began when the one before had come.
    let taken = now - max(sent, lastAnswer ?? sent)
    lastAnswer = now
    guard taken > Self.slow else {
      statLimit = min(Self.most, statLimit + 1)
      return
    }
    statLimit = Self.fewest
    lost += taken
    if lost > Self.timeout, canLocate { locatesFirst = true }
  }

  /// The server does not tell where files are.
  mutating func cannotLocate() {
    canLocate = false
    locatesFirst = false
  }

  /// A new batch: where hardly anything was missing, nothing has to be located first.
  mutating func beginBatch() {
    if missing * 100 < all { locatesFirst = false }
    (lost, missing, all, lastAnswer) = (.zero, 0, 0, nil)
  }
}
