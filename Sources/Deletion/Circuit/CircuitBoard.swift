import Synchronization

/// The circuits of a run, one an endpoint, shared by everyone who sends requests.
final class CircuitBoard: Sendable {
  private let policy: CircuitPolicy
  private let time: any TimeSource
  private let circuits = Mutex<[String: Circuit]>([:])

  init(_ policy: CircuitPolicy, time: any TimeSource) {
    self.policy = policy
    self.time = time
  }

  /// How long the one file of a trial may wait.
  var trialLimit: Duration { policy.trialLimit }

  /// Asks for permission to send requests to an endpoint.
  func ask(_ endpoint: String) -> Circuit.Verdict {
    let now = time.now()
    return circuits.withLock { circuits in
      circuits[endpoint, default: Circuit(policy)].ask(at: now)
    }
  }

  /// Takes the answers of one call, in their order.
  func note(_ answers: [Answer], at endpoint: String) {
    let now = time.now()
    circuits.withLock { circuits in
      for answer in answers { circuits[endpoint, default: Circuit(policy)].receive(answer, at: now) }
    }
  }

  /// Whether requests to an endpoint are held back for the time being.
  func isHeldBack(_ endpoint: String) -> Bool {
    circuits.withLock { circuits in circuits[endpoint].map { $0.isOpen && !$0.isGivenUp } ?? false }
  }

  /// The endpoints that have been given up.
  var givenUp: Set<String> {
    circuits.withLock { circuits in Set(circuits.filter(\.value.isGivenUp).keys) }
  }
}
