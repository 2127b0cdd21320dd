import Deletion

/// What became of each file; the first word on a file counts. Pure.
struct XRootOutcomes {
  private var outcomes: [XRootWork.Outcome?]
  private let watch: XRootWork.Watch?
  /// Files without an outcome.
  private(set) var left: Int

  init(count: Int, watch: XRootWork.Watch?) {
    outcomes = Array(repeating: nil, count: count)
    left = count
    self.watch = watch
  }

  /// The files without an outcome.
  var open: [Int] { outcomes.indices.filter { outcomes[$0] == nil } }

  /// Aligned with the items.
  var all: [XRootWork.Outcome] { outcomes.map { $0 ?? .answered(Answer(.failed(.notTried))) } }

  /// Takes the answer of a server, or what stands for it. `note` hears of it in any case.
  mutating func settle(_ index: Int, _ answer: Answer, _ note: (Answer) -> Void) {
    note(answer)
    if outcomes[index] == nil { watch?.answered(index, answer) }
    settle(index, .answered(answer))
  }

  /// Takes what is no answer, or none that anyone has to hear of.
  mutating func settle(_ index: Int, _ outcome: XRootWork.Outcome) {
    guard outcomes[index] == nil else { return }
    outcomes[index] = outcome
    left -= 1
  }
}
