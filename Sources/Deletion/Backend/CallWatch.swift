import Synchronization

/// Follows the files of one call of a backend while the call goes on, for those who can't wait for its end: what a
/// kill must not lose is written down before a request is sent and as soon as it is answered.
///
/// A backend whose traits say ``BackendTraits/announcesFiles`` looks for one in ``current`` when it is called, and
/// tells it of each file. For all others ``AnnounceLayer`` says that all files of a call begin at its start.
public final class CallWatch: Sendable {
  /// The watch of the call that this task makes; nil where nobody watches.
  @TaskLocal public static var current: CallWatch?

  /// Files are announced by so many neighbours at a time, so that it does not cost a write for each. Not many: what
  /// was announced and not sent before a kill is in doubt, and if it never existed it will be called deleted.
  static let stride = 8

  private let count: Int
  private let begun: Mutex<[Bool?]>
  private let whenBegun: @Sendable (Range<Int>) -> Bool
  private let whenAnswered: @Sendable (Int, Answer) -> Void

  /// A watch of a call.
  ///
  /// - Parameters:
  ///   - count: how many files the call has.
  ///   - begun: hears, before any request for them is sent, that the files at these places are about to be tried;
  ///     says whether they may be.
  ///   - answered: hears an answer that is final for this call.
  public init(
    count: Int, begun: @escaping @Sendable (Range<Int>) -> Bool,
    answered: @escaping @Sendable (Int, Answer) -> Void
  ) {
    self.count = count
    self.begun = Mutex(Array(repeating: nil, count: (count + Self.stride - 1) / Self.stride))
    whenBegun = begun
    whenAnswered = answered
  }

  /// Says that a request may be sent that could delete the file at this place of the call. Where it must not be
  /// sent the answer is ``DeletionError/notTried``.
  public func begin(_ place: Int) -> Bool {
    guard (0..<count).contains(place) else { return true }
    let part = place / Self.stride
    // Under the lock: a neighbour must not be sent before this is written down.
    return begun.withLock { begun in
      if let known = begun[part] { return known }
      let start = part * Self.stride
      let may = whenBegun(start..<min(start + Self.stride, count))
      begun[part] = may
      return may
    }
  }

  /// Says the same of all files.
  public func beginAll() -> Bool {
    var may = true
    for place in Swift.stride(from: 0, to: count, by: Self.stride) { may = begin(place) && may }
    return may
  }

  /// Says what the call will say of the file at this place.
  public func answered(_ place: Int, _ answer: Answer) {
    if (0..<count).contains(place) { whenAnswered(place, answer) }
  }

  /// A watch for some files of the call.
  func part(_ places: some Collection<Int>) -> CallWatch {
    let places = Array(places)
    return CallWatch(count: places.count) { range in
      range.allSatisfy { self.begin(places[$0]) }
    } answered: { place, answer in
      self.answered(places[place], answer)
    }
  }
}
