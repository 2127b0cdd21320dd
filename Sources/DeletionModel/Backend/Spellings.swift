/// Which targets of a batch are names of one file at their storage, such as PFNs that differ in their slashes only. One
/// request goes out for all of them.
package struct Spellings: Sendable {
  private var firsts: NameNumbers
  private var others: [Int: [Int]] = [:]

  /// - Parameter count: how many targets there will be.
  package init(count: Int) { firsts = NameNumbers(count: count) }

  /// Takes the next target, with the exact name that the storage has for it.
  /// - Returns: whether it is the one to be sent.
  package mutating func isFirst(_ index: Int, _ name: ExactName) -> Bool {
    let first = firsts.number(of: name, next: index)
    if first != index { others[first, default: []].append(index) }
    return first == index
  }

  /// Hears of the first target of each file, and lets the others hear of it as well.
  package func observer(_ inner: any BatchObserver) -> any BatchObserver {
    others.isEmpty ? inner : Observer(inner: inner, others: others)
  }

  private struct Observer: BatchObserver {
    let inner: any BatchObserver
    let others: [Int: [Int]]

    /// For each of them: each is written down under its own name.
    func mayBegin(_ index: Int) -> Bool {
      ([index] + (others[index] ?? [])).map(inner.mayBegin).allSatisfy { $0 }
    }

    /// Whoever comes second finds nothing to delete.
    func answered(_ index: Int, _ answer: Answer) {
      inner.answered(index, answer)
      for other in others[index] ?? [] {
        inner.answered(other, answer.kind == .deleted ? Answer(.absent, seconds: answer.seconds) : answer)
      }
    }
  }
}
