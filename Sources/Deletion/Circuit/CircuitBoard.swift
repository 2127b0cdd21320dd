import Synchronization

/// The circuits of a run, one an endpoint, shared by everyone who sends requests.
public final class CircuitBoard: Sendable {
  private let policy: CircuitPolicy
  private let time: any TimeSource
  private let circuits = Mutex<[String: Circuit]>([:])

  /// All well.
  public init(_ policy: CircuitPolicy, time: any TimeSource) {
    self.policy = policy
    self.time = time
  }

  /// How long a call of so many files that begins now may take in all; nil where each of its files has its time.
  func limit(of files: Int, at endpoint: String) -> Duration? {
    circuits.withLock { circuits in
      let circuit = circuits[endpoint]
      if circuit?.isOnTrial == true, files == 1 { return policy.trialLimit }
      return circuit?.hasAnswered == true ? nil : policy.firstLimit
    }
  }

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

  /// Whether a call that was allowed some time ago may still be made: one of a single file may be the trial.
  func lets(_ files: Int, through endpoint: String) -> Bool {
    circuits.withLock { circuits in
      guard let circuit = circuits[endpoint], circuit.isOpen else { return true }
      return circuit.isOnTrial && files == 1
    }
  }

  /// Whether an endpoint is held back, or has been given up.
  func isOpen(_ endpoint: String) -> Bool {
    circuits.withLock { $0[endpoint]?.isOpen ?? false }
  }

  /// The endpoints that requests are held back from, or that have been given up.
  public var open: Set<String> {
    circuits.withLock { circuits in Set(circuits.filter(\.value.isOpen).keys) }
  }
}
