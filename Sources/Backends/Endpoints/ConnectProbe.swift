import Glibc
import SystemPackage

/// Opens TCP connections to the addresses of one host, all at once, until the first is there.
///
/// At once, since a host with a dead IPv6 address would otherwise use up the time before its IPv4 address is
/// asked. The connection is closed again without a byte being sent.
enum ConnectProbe {
  /// What came of it.
  struct Verdict: Equatable {
    let state: EndpointState
    let text: String
  }

  /// Connects. **Blocks** until the deadline at the latest.
  static func connect(to addresses: [SocketAddress], deadline: ContinuousClock.Instant) -> Verdict {
    switch ConnectRace.connect(to: addresses, pause: .zero, deadline: deadline) {
    case .success(let descriptor):
      close(descriptor)
      return answers
    case .failure(.verdict(let verdict)): return verdict
    case .failure(.woken): return timedOut
    }
  }

  static let answers = Verdict(state: .answers, text: "answers")
  static let timedOut = Verdict(state: .timedOut, text: "timed out")

  /// What an error of connect(2) means.
  static func verdict(_ error: Errno) -> Verdict {
    switch error {
    case .connectionRefused: Verdict(state: .refused, text: "connection refused")
    case .connectionReset: Verdict(state: .refused, text: "connection reset")
    case .timedOut: timedOut
    case .noRouteToHost: Verdict(state: .unreachable, text: "no route to host")
    case .networkUnreachable: Verdict(state: .unreachable, text: "network is unreachable")
    default: Verdict(state: .unreachable, text: String(describing: error))
    }
  }

  /// The verdict that says most when no address answered: a refusal comes from the host itself; a silence is
  /// worth more than a missing route, which is all that an IPv6 address gives on a machine without IPv6.
  static func worthiest(of verdicts: [Verdict]) -> Verdict {
    for state in [EndpointState.refused, .timedOut] {
      if let verdict = verdicts.first(where: { $0.state == state }) { return verdict }
    }
    return verdicts.first ?? Verdict(state: .unknownHost, text: "the host has no address")
  }
}
