/// Decides how hard an endpoint may be worked. A backend that keeps many requests under way asks here before it
/// sends more, and says what came back; how the level is found is decided in one place, not in each backend.
public protocol RequestPacer: Sendable {
  /// How many further requests may be sent to an endpoint now.
  ///
  /// - Parameters:
  ///   - wanted: how many the backend has ready, at least 1.
  ///   - underWay: how many it has sent that are not answered.
  func admit(_ wanted: Int, underWay: Int, at endpoint: String) -> PaceAdmission

  /// Takes the answer to one request.
  func note(_ answer: Answer, at endpoint: String)

  /// How many further files may be begun now as far as the rate goes: for backends whose requests a pacer does not
  /// see, because a tool sends them.
  func admitByRate(_ wanted: Int) -> PaceAdmission
}

extension RequestPacer {
  /// Without a bound on the rate: all of them.
  public func admitByRate(_ wanted: Int) -> PaceAdmission { PaceAdmission(count: wanted) }
}

/// What a pacer allows.
public struct PaceAdmission: Sendable, Equatable {
  /// How many requests may be sent now; may be 0.
  public var count: Int
  /// When to ask again although no answer has come; nil where only an answer can make room.
  public var askAgainAfter: Duration?
  /// Whether the run is ending: nothing more may be sent, and what has not been is ``DeletionError/notTried``.
  public var isOver: Bool

  /// Makes an admission.
  public init(count: Int, askAgainAfter: Duration? = nil, isOver: Bool = false) {
    self.count = count
    self.askAgainAfter = askAgainAfter
    self.isOver = isOver
  }
}

/// A pacer that allows so many requests at a time and thinks no further.
public struct FixedPacer: RequestPacer {
  private let limit: Int

  /// - Parameter limit: requests under way at one endpoint, at least 1.
  public init(limit: Int) { self.limit = max(1, limit) }

  /// What is left of the limit.
  public func admit(_ wanted: Int, underWay: Int, at endpoint: String) -> PaceAdmission {
    PaceAdmission(count: max(0, min(wanted, limit - underWay)))
  }

  /// Does nothing.
  public func note(_ answer: Answer, at endpoint: String) {}
}
