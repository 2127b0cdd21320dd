import DeletionModel

/// A bound on requests per second: what is not used adds up to one second's worth and no more.
struct RateBudget: Sendable, Equatable {
  private let perSecond: Double
  private var available: Double
  private var last: Moment

  /// - Parameter perSecond: requests per second, more than 0.
  init(perSecond: Double, at moment: Moment) {
    self.perSecond = perSecond
    available = min(perSecond, 1)
    last = moment
  }

  /// Takes up to so many files out of the budget; how many that were.
  mutating func take(_ wanted: Int, at moment: Moment) -> Int {
    available = min(max(perSecond, 1), available + (moment - last).inSeconds * perSecond)
    last = moment
    let taken = max(0, min(wanted, Int(available)))
    available -= Double(taken)
    return taken
  }

  /// Gives back what was taken and not used.
  mutating func giveBack(_ count: Int) { available += Double(count) }

  /// How long until there is room for one file.
  var wait: Duration { .seconds(max(0, 1 - available) / perSecond) }
}
