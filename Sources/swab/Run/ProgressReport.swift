import ArgumentParser
import Deletion
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// Says on standard error how far a run has come: on a terminal in one line that changes every second, else in a
/// line every ten seconds.
struct ProgressReport: Sendable {
  /// When it is said.
  enum Wish: String, ExpressibleByArgument, CaseIterable {
    /// On a terminal.
    case auto
    case on, off
  }

  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let total: Int
  private let counts: @Sendable () async -> OutcomeCounts

  /// Nil where nothing is to be said.
  init?(_ wish: Wish, quiet: Bool, total: Int, counts: @escaping @Sendable () async -> OutcomeCounts) {
    guard wish == .on || (wish == .auto && !quiet && isatty(STDERR_FILENO) == 1) else { return nil }
    self.total = total
    self.counts = counts
  }

  /// Speaks until the work is done, and once more then.
  func during(_ work: () async throws -> Void) async throws {
    try await Meanwhile.every(
      isTerminal ? .seconds(1) : .seconds(10), { await say(isLast: false) }, during: work)
    await say(isLast: true)
  }

  private func say(isLast: Bool) async {
    let line = ProgressText.line(await counts(), of: total)
    if Task.isCancelled, !isLast { return }
    // To the beginning of the line, which is cleared first.
    let text = isTerminal ? "\r\u{1b}[K\(line)\(isLast ? "\n" : "")" : "swab: \(line)\n"
    _ = try? FileDescriptor.standardError.writeAll(text.utf8)
  }
}
