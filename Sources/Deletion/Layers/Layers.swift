import Logging

/// The order of the layers around every backend, written down once:
/// `gate(timeLimit(log(backend)))`, and ``Retrier`` around that.
public enum Layers {
  /// Puts the layers around a backend.
  ///
  /// - Parameters:
  ///   - attemptLimit: how long one file may wait for its answer.
  ///   - concurrency: how many calls may be under way at one endpoint.
  public static func around(
    _ backend: any Backend, attemptLimit: Duration, concurrency: Int, time: any TimeSource, log: Logger
  ) -> any Backend {
    GateLayer(
      around: TimeLimitLayer(
        around: LogLayer(around: backend, log: log), attemptLimit: attemptLimit, time: time),
      concurrency: concurrency)
  }
}
