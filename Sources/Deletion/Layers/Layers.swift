import Logging

/// The order of the layers around every backend, written down once:
/// `gate(rate(circuit(timeLimit(log(announce(backend))))))`, without the rate for a backend that paces itself, without
/// the inner one for a backend that announces its files, and ``Retrier`` around that.
public enum Layers {
  /// How many calls of a backend that paces itself may be under way at one endpoint: a call is a connection or more,
  /// and an endpoint that is down must not be asked for everything before it has said so.
  static let callsAtOnce = 4

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
        circuits: circuits, time: time)
      let pacesItself = backend.traits.pacesItself
      return GateLayer(
        around: pacesItself ? limited : RateLayer(around: limited, pacer: pacer, time: time),
        concurrency: pacesItself ? callsAtOnce : concurrency, circuits: circuits)
    }
  }
}
