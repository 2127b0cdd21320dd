import Glibc
import SystemPackage
import Testing
@testable import Networking
import DeletionModel

/// What a probe says of errors, and where nobody has to answer it.
@Suite struct EndpointFindingTests {
  /// `.invalid` never exists (RFC 6761); with or without a name service there is no address.
  @Test func hangingNameServiceIsLeftBehind() async {
    // Ends with the test, as the thread of a real resolver ends at last.
    let gate = Gate()
    let finding = await EndpointProbe.probe(
      scheme: "root", authority: "h", timeout: .milliseconds(100),
      resolve: { _ throws(NameResolution.Failure) in
        gate.wait()
        return []
      })
    gate.open()
    #expect(finding.state == .timedOut)
  }

  @Test func cancellationEndsIt() async {
    let gate = Gate()
    let probe = Task {
      await EndpointProbe.probe(
        scheme: "root", authority: "h", timeout: .seconds(600),
        resolve: { _ throws(NameResolution.Failure) in
          gate.wait()
          return []
        })
    }
    probe.cancel()
    let finding = await probe.value
    gate.open()
    #expect(finding.state == .timedOut)
    #expect(finding.text == "stopped before it answered")
  }

  @Test func nothingToConnectTo() async {
    let local = await EndpointProbe.probe(scheme: "file", authority: "", timeout: .seconds(1))
    #expect(local.state == .nothingToProbe)
    let bad = await EndpointProbe.probe(scheme: "root", authority: "user:pw@h:port", timeout: .seconds(1))
    #expect(bad.state == .badAddress)
    #expect(bad.text == "not a port number")
    #expect(bad.endpoint == "root://h:port")
  }

  @Test(arguments: [
    (Errno.connectionRefused, EndpointState.refused, "connection refused"),
    (.connectionReset, .refused, "connection reset"), (.timedOut, .timedOut, "timed out"),
    (.noRouteToHost, .unreachable, "no route to host"),
    (.networkUnreachable, .unreachable, "network is unreachable"),
    (.permissionDenied, .unreachable, "Permission denied"),
  ])
  func errors(error: Errno, state: EndpointState, text: String) {
    #expect(ConnectProbe.finding(error) == ConnectProbe.Finding(state: state, text: text))
  }

  @Test func resolverCodes() {
    #expect(NameResolution.failure(EAI_NONAME, systemError: 0).text == "unknown host")
    #expect(
      NameResolution.failure(EAI_AGAIN, systemError: 0).text
        == "name lookup failed: Temporary failure in name resolution")
    #expect(NameResolution.failure(EAI_SYSTEM, systemError: EMFILE).text.contains("Too many open files"))
  }
}

/// Blocks a thread until it is opened.
private final class Gate: Sendable {
  private let ends: [Int32]

  init() {
    var ends: [Int32] = [-1, -1]
    _ = pipe(&ends)
    self.ends = ends
  }

  deinit { close(ends[0]) }

  func wait() {
    var byte: UInt8 = 0
    _ = read(ends[0], &byte, 1)
  }

  func open() { close(ends[1]) }
}
