import DeletionModel
import Logging
import Synchronization

/// The circuits of a run, one an endpoint, shared by everyone who sends requests.
package final class CircuitBoard: Sendable {
  private let policy: CircuitPolicy
  private let time: any TimeSource
  private let log: Logger?
  private let circuits = Mutex<[String: EndpointCircuit]>([:])

  /// All closed.
  ///
  /// - Parameter log: hears when a circuit opens and closes, and when an endpoint is given up.
  package init(_ policy: CircuitPolicy, time: any TimeSource, log: Logger? = nil) {
    self.policy = policy
    self.time = time
    self.log = log
  }

  /// The circuit of an endpoint, which is closed to begin with.
  func circuit(of endpoint: String) -> EndpointCircuit {
    circuits.withLock { circuits in
      if let known = circuits[endpoint] { return known }
      let made = EndpointCircuit(of: endpoint, policy, time: time, log: log)
      circuits[endpoint] = made
      return made
    }
  }

  /// An endpoint whose circuit is open for now, or that has failed since its last good answer and is tried again
  /// later.
  package struct Waiting: Sendable, Equatable {
    /// `scheme://host:port`.
    package let endpoint: String
    /// How long until a file is tried there; nil while one is being tried.
    package let remaining: Duration?
    /// What the endpoint said last; nil where nothing was said.
    package let error: DeletionError?

    package init(endpoint: String, remaining: Duration?, error: DeletionError?) {
      self.endpoint = endpoint
      self.remaining = remaining
      self.error = error
    }
  }

  /// The endpoints that a run waits for, by name.
  package var waiting: [Waiting] {
    let now = time.now()
    return all.sorted { $0.endpoint < $1.endpoint }.compactMap { $0.waiting(at: now) }
  }

  /// Has the circuit of an endpoint open after the first few refusals, as long as the endpoint has let us in nowhere: what it
  /// will be shown hardly fits, and each file would be refused.
  package func expectRefusals(at endpoint: String) {
    var strict = policy
    strict.authLimit = min(strict.authLimit, CircuitPolicy.doubtfulAuthLimit)
    circuits.withLock { circuits in
      if circuits[endpoint] == nil {
        circuits[endpoint] = EndpointCircuit(of: endpoint, strict, time: time, log: log)
      }
    }
  }

  /// The endpoints whose circuit is open, or that have been given up, each with how long ago the first of these failures
  /// began.
  package var open: [String: Duration] {
    let now = time.now()
    return Dictionary(
      uniqueKeysWithValues: all.compactMap { one in one.outage(at: now).map { (one.endpoint, $0) } })
  }

  private var all: [EndpointCircuit] { circuits.withLock { Array($0.values) } }
}

/// The circuit of one endpoint, kept by whoever asks it for each file: a look-up by the endpoint's name for every answer
/// would cost more than what the circuit does with it.
final class EndpointCircuit: Sendable {
  /// `scheme://host:port`.
  let endpoint: String
  private let policy: CircuitPolicy
  private let time: any TimeSource
  private let log: Logger?
  private let circuit: Mutex<Circuit>
  /// When the first of the files that wait for another attempt is due, as far as that is known.
  private let nextRetry = Mutex<Moment?>(nil)

  init(of endpoint: String, _ policy: CircuitPolicy, time: any TimeSource, log: Logger?) {
    self.endpoint = endpoint
    self.policy = policy
    self.time = time
    self.log = log
    circuit = Mutex(Circuit(policy))
  }

  /// Whether the circuit is open, or the endpoint has been given up.
  var isOpen: Bool { circuit.withLock { $0.isOpen } }

  /// Whether the circuit is open for the time being.
  var isHeldBack: Bool { circuit.withLock { $0.isOpen && !$0.isGivenUp } }

  /// How long a call of so many files that begins now may take in all; nil where each of its files has its time.
  func limit(of files: Int) -> Duration? {
    circuit.withLock { circuit in
      if circuit.isOnTrial, files == 1 { return policy.trialLimit }
      return circuit.hasAnswered ? nil : policy.firstLimit
    }
  }

  /// For how long it has failed; nil where no requests are held back.
  func outage(at now: Moment) -> Duration? {
    circuit.withLock { $0.isOpen ? now - ($0.failingSince ?? now) : nil }
  }

  /// Asks for permission to send requests.
  func ask() -> Circuit.Decision {
    let now = time.now()
    return circuit.withLock { $0.ask(at: now) }
  }

  /// Whether a call that was allowed some time ago may still be made: one of a single file may be the trial.
  func lets(through files: Int) -> Bool {
    circuit.withLock { !$0.isOpen || ($0.isOnTrial && files == 1) }
  }

  /// How many more requests a backend that keeps many in flight may send now: nil for any number, one during a trial,
  /// none while the circuit is open.
  var requestLimit: Int? {
    circuit.withLock { $0.isOpen ? ($0.isOnTrial ? 1 : 0) : nil }
  }

  /// What a run that waits for this endpoint is told; nil where it does not wait for it.
  func waiting(at now: Moment) -> CircuitBoard.Waiting? {
    let retry = nextRetry.withLock { $0 }
    return circuit.withLock { circuit in
      guard !circuit.isGivenUp else { return nil }
      let next = circuit.isOpen ? circuit.nextTrial : retry
      if !circuit.isOpen {
        guard circuit.isFailing, let next, next > now else { return nil }
      }
      return CircuitBoard.Waiting(
        endpoint: endpoint, remaining: next.map { max(.zero, $0 - now) }, error: circuit.lastError)
    }
  }

  /// A file waits until this moment for another attempt.
  func noteRetry(at due: Moment, from now: Moment) {
    nextRetry.withLock { next in
      if let known = next, known > now, known <= due { return }
      next = due
    }
  }

  /// Takes the answer to one request.
  func note(_ answer: Answer) {
    // Nearly all answers are of this kind, and the clock costs more than the rest.
    if answer.error == nil, circuit.withLock({ $0.isWell }) { return }
    let now = time.now()
    let line = circuit.withLock { circuit -> (level: Logger.Level, text: String)? in
      let before = (isOpen: circuit.isOpen, isGivenUp: circuit.isGivenUp, nextTrial: circuit.nextTrial)
      circuit.receive(answer, at: now)
      if circuit.isGivenUp {
        guard !before.isGivenUp else { return nil }
        return (.warning, "given up for this run; it said last: \(circuit.lastMessage)")
      }
      if before.isOpen, !circuit.isOpen { return (.notice, "answers again") }
      guard let next = circuit.nextTrial, next != before.nextTrial else { return nil }
      let seconds = Int((next - now).inSeconds.rounded(.up))
      return (
        .warning,
        "requests are held back; the next try is in \(seconds) s; it said last: \(circuit.lastMessage)"
      )
    }
    if let line { log?.log(level: line.level, "\(endpoint): \(line.text)") }
  }
}

extension Circuit {
  /// What the endpoint said last, for a person.
  fileprivate var lastMessage: String { lastError?.text ?? "no answer" }
}
