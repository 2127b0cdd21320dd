/// Waiting for what must come, however slow the machine is: only what hangs is given up.
package enum Waiting {
  /// How long is waited, in seconds. What a test must not wait for has to last longer.
  package static let limit = 300.0

  /// Asks again and again until something is so.
  ///
  /// - Parameters:
  ///   - what: what is waited for, for the error.
  ///   - pause: between two looks.
  ///   - state: what is so instead, for the error.
  /// - Throws: ``TestFailure`` when it is not so in time, and whatever a look throws.
  package static func wait(
    until what: String, within seconds: Double = limit, every pause: Duration = .milliseconds(3),
    state: () async throws -> String = { "" }, _ isSo: () async throws -> Bool
  ) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while try await !isSo() {
      guard ContinuousClock.now < end else {
        throw TestFailure("not in \(seconds) s: \(what); \(try await state())")
      }
      try await Task.sleep(for: pause)
    }
  }
}
