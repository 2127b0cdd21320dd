import DeletionModel
import Logging
import Synchronization

/// The backends of a run, each in its layers. There is one of each name, so that all batches pass the same ``GateLayer``.
final class LayeredBackends: Sendable {
  private let options: Engine.Options
  private let time: any TimeSource
  private let circuits: CircuitBoard
  private let log: Logger
  private let made = Mutex<[String: any Backend]>([:])

  init(options: Engine.Options, circuits: CircuitBoard, time: any TimeSource, log: Logger) {
    self.circuits = circuits
    self.options = options
    self.time = time
    self.log = log
  }

  /// A backend in its layers, which are put on when it is first asked for.
  func layered(_ backend: any Backend) -> any Backend {
    made.withLock { made in
      if let known = made[backend.name] { return known }
      let layered = Layers.around(
        backend, attemptLimit: options.attemptLimit, concurrency: options.concurrency, pacer: options.pacer,
        circuits: circuits, time: time, log: log)
      made[backend.name] = layered
      return layered
    }
  }
}
