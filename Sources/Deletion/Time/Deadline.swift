/// When something must have ended. One deadline is passed down, from the job to the attempt, and each level
/// can only make it earlier.
public struct Deadline: Sendable, Equatable {
  /// The moment, or nil for none.
  public let moment: Moment?

  /// No deadline.
  public static let none = Deadline(at: nil)

  /// A deadline at a moment, or none.
  public init(at moment: Moment?) { self.moment = moment }

  /// This deadline, or `limit` from now where that is earlier.
  public func within(_ limit: Duration?, of time: any TimeSource) -> Deadline {
    guard let limit else { return self }
    let end = time.now() + limit
    guard let moment else { return Deadline(at: end) }
    return Deadline(at: min(moment, end))
  }

  /// The time that is left, never negative; nil without a deadline.
  public func remaining(on time: any TimeSource) -> Duration? {
    moment.map { max(.zero, $0 - time.now()) }
  }

  /// Whether the moment has come.
  public func hasPassed(on time: any TimeSource) -> Bool {
    moment.map { time.now() >= $0 } ?? false
  }
}
