/// Takes every file's fate as it becomes known.
public protocol RunRecorder: Sendable {
  /// Takes some records; each requested LFN comes once.
  ///
  /// Must not fail: a fate that is known can't be known again. What can't be kept is said at the end.
  func record(_ records: [FileRecord]) async
}
