import Synchronization

/// What a backend writes down for the run that resumes after this one was killed: which requests a service works on by
/// itself. Without a journal nothing is kept, and nothing is found.
package final class RunNotes: Sendable {
  private struct State {
    var earlier: [String: String] = [:]
    var write: (@Sendable (_ text: String, _ name: String) -> Bool)?
  }

  private let state = Mutex(State())

  /// Until ``attach(earlier:write:)`` is called nothing is written down.
  package init() {}

  /// Has them kept from now on.
  ///
  /// - Parameters:
  ///   - earlier: what earlier runs have left, by name.
  ///   - write: writes down a text under a name before it returns, and forgets the name where the text is empty; false where
  ///     it can't.
  package func attach(
    earlier: [String: String], write: @escaping @Sendable (_ text: String, _ name: String) -> Bool
  ) {
    state.withLock { $0 = State(earlier: earlier, write: write) }
  }

  /// What earlier runs have left, by name.
  package var earlier: [String: String] { state.withLock { $0.earlier } }

  /// Keeps a text under a name.
  ///
  /// - Returns: false where it can't be kept although it should be: then what it announces must not be done.
  package func keep(_ text: String, as name: String) -> Bool {
    state.withLock { $0.write }?(text, name) ?? true
  }

  /// Takes away what has a name.
  package func drop(_ name: String) { _ = state.withLock { $0.write }?("", name) }
}
