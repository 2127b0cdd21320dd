import Deletion
import SystemPackage

/// Whether something listens at a host and port. Nothing is sent, so that no server has to know us.
public enum EndpointProbe {
  /// Probes one endpoint: resolves its name and connects to all of its addresses, within `timeout` for both.
  ///
  /// Returns in time even where the name service hangs: the thread that asked it is left behind. Returns at once
  /// when the task is cancelled, as `timedOut`.
  /// - Parameters:
  ///   - scheme: `root`, `davs`, …; gives the port where the authority has none.
  ///   - authority: `host`, `host:port`, `[2001:db8::1]:1094`, as ``PFN/authority`` has it.
  ///   - timeout: the longest that it may take.
  public static func probe(scheme: String, authority: String, timeout: Duration) async -> EndpointFinding {
    await probe(
      scheme: scheme, authority: authority, timeout: timeout, resolve: NameResolution.lookUp)
  }

  static func probe(
    scheme: String, authority: String, timeout: Duration, resolve: @escaping NameResolution.Resolver
  ) async -> EndpointFinding {
    let scheme = MessageText.oneLine(scheme.lowercased(), limit: 40)
    if scheme == "file" {
      return EndpointFinding(
        endpoint: "file://", state: .nothingToProbe, milliseconds: 0, text: "local files: nothing to probe")
    }
    let address: EndpointAddress
    do throws(EndpointAddress.Flaw) {
      address = try EndpointAddress(scheme: scheme, authority: authority)
    } catch {
      let shown = MessageText.oneLine(String(EndpointAddress.withoutUser(authority)), limit: 300)
      return EndpointFinding(
        endpoint: "\(scheme)://\(shown)", state: .badAddress, milliseconds: 0, text: error.text)
    }
    let start = ContinuousClock.now
    let verdict = await verdict(on: address, deadline: start + timeout, resolve: resolve)
    let milliseconds = start.duration(to: .now).inSeconds * 1000
    return EndpointFinding(
      endpoint: "\(scheme)://\(address.text)", state: verdict.state, milliseconds: milliseconds,
      text: verdict.text)
  }

  /// How long after the deadline the thread is given up. It knows more than that the time is over, and needs a
  /// moment to say it.
  private static let grace = Duration.milliseconds(50)

  private static func verdict(
    on address: EndpointAddress, deadline: ContinuousClock.Instant,
    resolve: @escaping NameResolution.Resolver
  ) async -> ConnectProbe.Verdict {
    let first = FirstAnswer<ConnectProbe.Verdict>()
    do throws(Errno) {
      try DetachedThread.start {
        do throws(NameResolution.Failure) {
          let addresses = try resolve(address)
          first.give(ConnectProbe.connect(to: addresses, deadline: deadline))
        } catch {
          first.give(ConnectProbe.Verdict(state: error.state, text: error.text))
        }
      }
    } catch {
      return ConnectProbe.Verdict(state: .unreachable, text: "no thread to ask with: \(error)")
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
      first.give(ConnectProbe.Verdict(state: .timedOut, text: "stopped before it answered"))
    }
  }
}
