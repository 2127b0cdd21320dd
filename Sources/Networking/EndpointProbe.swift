import DeletionModel
import Glibc
import SystemPackage
import Threads

/// Whether something listens at a host and port. Nothing is sent, so that no server has to know us.
package enum EndpointProbe {
  /// Probes one endpoint: resolves its name and connects to all of its addresses, within `timeout` for both.
  ///
  /// Returns in time even where the name service hangs: the thread that asked it is left behind. Returns at once
  /// when the task is cancelled, as `timedOut`.
  /// - Parameters:
  ///   - scheme: `root`, `davs`, …; gives the port where the authority has none.
  ///   - authority: `host`, `host:port`, `[2001:db8::1]:1094`, as ``PFN/authority`` has it.
  ///   - timeout: the longest that it may take.
  package static func probe(scheme: String, authority: String, timeout: Duration) async -> EndpointFinding {
    await probe(
      scheme: scheme, authority: authority, timeout: timeout, resolve: NameResolution.resolve)
  }

  package static func probe(
    scheme: String, authority: String, timeout: Duration, resolve: @escaping NameResolution.Resolver
  ) async -> EndpointFinding {
    let scheme = MessageText.oneLine(scheme.lowercased(), limit: 40)
    if scheme == "file" {
      return EndpointFinding(
        endpoint: "file://", state: .nothingToProbe, milliseconds: 0, text: "local files: nothing to probe")
    }
    let address: EndpointAddress
    do throws(EndpointAddress.ParseError) {
      address = try EndpointAddress(scheme: scheme, authority: authority)
    } catch {
      let shown = MessageText.oneLine(String(EndpointAddress.withoutUser(authority)), limit: 300)
      return EndpointFinding(
        endpoint: "\(scheme)://\(shown)", state: .badAddress, milliseconds: 0, text: error.text)
    }
    let start = ContinuousClock.now
    let finding = await finding(on: address, deadline: start + timeout, resolve: resolve)
    let milliseconds = start.duration(to: .now).inSeconds * 1000
    return EndpointFinding(
      endpoint: "\(scheme)://\(address.text)", state: finding.state, milliseconds: milliseconds,
      text: finding.text)
  }

  /// How long after the deadline the thread is given up. It knows more than that the time is over, and needs a
  /// moment to say it.
  private static let grace = Duration.milliseconds(50)

  private static func finding(
    on address: EndpointAddress, deadline: ContinuousClock.Instant,
    resolve: @escaping NameResolution.Resolver
  ) async -> ConnectProbe.Finding {
    let first = FirstAnswer<ConnectProbe.Finding>()
    do throws(Errno) {
      try DetachedThread.start {
        do throws(NameResolution.Failure) {
          let addresses = try resolve(address)
          first.give(ConnectProbe.connect(to: addresses, deadline: deadline))
        } catch {
          first.give(ConnectProbe.Finding(state: error.state, text: error.text))
        }
      }
    } catch {
      return ConnectProbe.Finding(state: .unreachable, text: "no thread to ask with: \(error)")
    }
    let alarm = Task {
      // A cancelled sleep means that the answer is there; giving a second one does nothing.
      try? await Task.sleep(until: deadline + grace, clock: .continuous)
      first.give(ConnectProbe.timedOut)
    }
    defer { alarm.cancel() }
    return await withTaskCancellationHandler {
      await first.wait()
    } onCancel: {
      first.give(ConnectProbe.Finding(state: .timedOut, text: "stopped before it answered"))
    }
  }
}

/// Whether something answers at a storage endpoint.
package enum EndpointState: String, Sendable {
  /// It takes a connection.
  case answers
  /// The host is there, and nothing listens.
  case refused
  /// The name has no address, or the name service has none to give.
  case unknownHost
  /// There is no way to the host.
  case unreachable
  /// Nothing was heard within the time: a firewall, a host that is down, a name service that hangs.
  case timedOut
  /// The endpoint cannot be asked: its text makes no host and port.
  case badAddress
  /// There is nothing to ask: files of this machine.
  case nothingToProbe
}

/// What a probe of one endpoint found.
package struct EndpointFinding: Sendable, Equatable {
  /// The endpoint as `scheme://host:port`, without user information, which may hold a password.
  package var endpoint: String
  /// Whether it answers.
  package var state: EndpointState
  /// How long it took, in milliseconds, name resolution included.
  package var milliseconds: Double
  /// The same in a few words, such as `connection refused`.
  package var text: String

  package init(endpoint: String, state: EndpointState, milliseconds: Double, text: String) {
    self.endpoint = endpoint
    self.state = state
    self.milliseconds = milliseconds
    self.text = text
  }
}

/// Opens TCP connections to the addresses of one host, all at once, until the first is there.
///
/// At once, since a host with a dead IPv6 address would otherwise use up the time before its IPv4 address is
/// asked. The connection is closed again without a byte being sent.
package enum ConnectProbe {
  /// What came of it.
  package struct Finding: Equatable {
    package let state: EndpointState
    package let text: String
  }

  /// Connects. **Blocks** until the deadline at the latest.
  package static func connect(to addresses: [SocketAddress], deadline: ContinuousClock.Instant) -> Finding {
    switch ConnectRace.connect(to: addresses, pause: .zero, deadline: deadline) {
    case .success(let descriptor):
      close(descriptor)
      return answers
    case .failure(.finding(let finding)): return finding
    case .failure(.woken): return timedOut
    }
  }

  package static let answers = Finding(state: .answers, text: "answers")
  package static let timedOut = Finding(state: .timedOut, text: "timed out")

  /// What an error of connect(2) means.
  package static func finding(_ error: Errno) -> Finding {
    switch error {
    case .connectionRefused: Finding(state: .refused, text: "connection refused")
    case .connectionReset: Finding(state: .refused, text: "connection reset")
    case .timedOut: timedOut
    case .noRouteToHost: Finding(state: .unreachable, text: "no route to host")
    case .networkUnreachable: Finding(state: .unreachable, text: "network is unreachable")
    default: Finding(state: .unreachable, text: String(describing: error))
    }
  }

  /// The finding that says most when no address answered: a refusal comes from the host itself; a silence is
  /// worth more than a missing route, which is all that an IPv6 address gives on a machine without IPv6.
  package static func mostSpecific(of findings: [Finding]) -> Finding {
    for state in [EndpointState.refused, .timedOut] {
      if let finding = findings.first(where: { $0.state == state }) { return finding }
    }
    return findings.first ?? Finding(state: .unknownHost, text: "the host has no address")
  }
}
