/// Something that is done from time to time while work goes on.
enum Meanwhile {
  /// Does `tick` after `first`, and then each time that `interval` has passed, until `work` is done; what it is about then
  /// is waited for.
  static func every(
    _ interval: Duration, first: Duration? = nil, _ tick: @escaping @Sendable () async -> Void,
    during work: () async throws -> Void
  ) async rethrows {
    let ticker = Task {
      var pause = first ?? interval
      while (try? await Task.sleep(for: pause)) != nil {
        await tick()
        pause = interval
      }
    }
    do {
      try await work()
    } catch {
      ticker.cancel()
      throw error
    }
    ticker.cancel()
    await ticker.value
  }
}
