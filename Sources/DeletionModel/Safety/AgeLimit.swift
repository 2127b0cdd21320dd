/// `--not-newer-than`: a file that was written after its list was made is another file than the one that the list means, and
/// stays.
///
/// Storages tell when a file was written where they are asked what it is anyway. Most tell whole seconds: such a file may
/// have been written up to a second later than they say.
package struct AgeLimit: Sendable, Equatable {
  /// The last moment at which a file may have been written that is deleted.
  package let latest: StorageTime

  package init(_ latest: StorageTime) { self.latest = latest }

  /// What a text has to be, for messages.
  package static let form = "an ISO 8601 time with a time zone, such as 2026-01-31T12:00:00Z"

  /// Why a file stays; nil where it may go, also where it is not known when it was written.
  package func refusal(_ facts: FileFacts) -> DeletionError? {
    guard let written = facts.written, written > latest else { return nil }
    return DeletionError(
      .permanent, code: Refusal.Rule.newer.rawValue,
      message: "not sent: it was written at \(written.text), after \(latest.text) (--not-newer-than)")
  }
}

extension DeletionError {
  /// Whether a file stays because it is newer than its list, and nothing was sent that could delete it.
  package var isNewer: Bool {
    errorClass == .permanent && !isAmbiguous && code == Refusal.Rule.newer.rawValue
  }
}
