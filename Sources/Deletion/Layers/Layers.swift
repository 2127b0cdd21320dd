import Logging

/// The order of the layers around every backend, written down once:
/// `gate(rate(circuit(timeLimit(log(announce(backend))))))`, without the outer two for a backend that paces itself, without
/// the inner one for a backend that announces its files, and ``Retrier`` around that.
public enum Layers {
  /// Puts the layers around a backend.
  ///
  /// - Parameters:
  ///   - attemptLimit: how long one file may wait for its answer.
  ///   - circuits: which endpoints are ill.
  ///   - concurrency: how many calls may be under way at one endpoint, for a backend that doesn't pace itself.
  public static func around(
    _ backend: any Backend, attemptLimit: Duration, concurrency: Int, pacer: any RequestPacer,
    circuits: CircuitBoard, time: any TimeSource, log: Logger
  ) -> any Backend {
    backend.layered { backend in
      let announced: any Backend =
        backend.traits.announcesFiles ? backend : AnnounceLayer(around: backend)
      let limited = CircuitLayer(
        around: TimeLimitLayer(
          around: LogLayer(around: announced, log: log), attemptLimit: attemptLimit, time: time),
        circuits: circuits)
      return backend.traits.pacesItself
        ? limited
        : GateLayer(
          around: RateLayer(around: limited, pacer: pacer, time: time), concurrency: concurrency,
          circuits: circuits)
    }
  }
}
