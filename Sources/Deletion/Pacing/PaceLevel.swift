/// The level at which one host is worked: how many requests may be under way there.
///
/// It starts low, doubles while all goes well, then rises by one a round, and falls when the storage says that it
/// is too much, fails, or answers ever more slowly. No clock of its own: the time comes with each answer.
struct PaceLevel: Sendable, Equatable {
  /// The bounds of the level.
  struct Bounds: Sendable, Equatable {
    /// Where it starts.
    var start: Int
    /// Where it ends.
    var cap: Int
  }

  private let bounds: Bounds
  private var level: Double
  private var isDoubling = true
  private var lastFall: Moment?
  /// The quickest answer, which nothing but the way and the work is in; and what answers take now, both in
  /// seconds. The quickest is forgotten slowly, as the way may have changed.
  private var quickest: Double?
  private var usual: Double?

  init(_ bounds: Bounds) {
    self.bounds = Bounds(start: max(1, min(bounds.start, bounds.cap)), cap: max(1, bounds.cap))
    level = Double(self.bounds.start)
  }

  /// How many requests may be under way.
  var limit: Int { Int(level) }

  /// Takes an answer.
  mutating func receive(_ answer: Answer, at moment: Moment) {
    guard case .failed(let error) = answer.kind else { return goOn(answer.seconds, at: moment) }
    switch error.errorClass {
    case .overload: fall(to: 0.5, at: moment)
    case .transient: fall(to: 0.7, at: moment)
    case .absent, .permanent, .auth, .fatal, .unknown: goOn(answer.seconds, at: moment)
    }
  }

  private mutating func goOn(_ seconds: Double, at moment: Moment) {
    let quickest = min((quickest ?? seconds) * 1.0001, seconds)
    let usual = (usual ?? seconds) + (seconds - (usual ?? seconds)) * 0.05
    self.quickest = quickest
    self.usual = usual
    // Below a tenth of a second a longer wait is our own queue, not a storage in distress.
    if usual > max(8 * quickest, 0.5) { return fall(to: 0.9, at: moment) }
    if usual > max(4 * quickest, 0.1) {
      isDoubling = false
      return
    }
    level = min(Double(bounds.cap), level + (isDoubling ? 1 : 1 / level))
  }

  /// Falls once a second at most: the answers to what was sent before the fall say nothing new.
  private mutating func fall(to share: Double, at moment: Moment) {
    isDoubling = false
    if let lastFall, moment - lastFall < .seconds(1) { return }
    lastFall = moment
    level = max(1, level * share)
  }
}
