import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import Backends

@Suite struct EndpointProbeTests {
  @Test func answers() async throws {
    let listener = try LoopbackListener(backlog: 8)
    for host in ["127.0.0.1", "localhost"] {
      let finding = await EndpointProbe.probe(
        scheme: "root", authority: "user:pw@\(host):\(listener.port)", timeout: .seconds(30))
      #expect(finding.state == .answers)
      #expect(finding.text == "answers")
      #expect(finding.endpoint == "root://\(host):\(listener.port)")
      #expect(finding.milliseconds > 0)
    }
  }

  @Test func refused() async throws {
    let closed = try LoopbackListener(backlog: nil)
    let finding = await EndpointProbe.probe(
      scheme: "davs", authority: "127.0.0.1:\(closed.port)", timeout: .seconds(30))
    #expect(finding.state == .refused)
    #expect(finding.text == "connection refused")
  }

  /// `.invalid` never exists (RFC 6761); with or without a name service there is no address.
  @Test func unknownHost() async {
    let finding = await EndpointProbe.probe(
      scheme: "davs", authority: "no-such-host.invalid", timeout: .seconds(60))
    #expect(finding.state == .unknownHost)
    #expect(finding.endpoint == "davs://no-such-host.invalid:443")
  }

  @Test func silenceEndsAtTheTimeout() async throws {
    let listener = try LoopbackListener(backlog: 0)
    try listener.fill()
    let finding = await EndpointProbe.probe(
      scheme: "root", authority: "127.0.0.1:\(listener.port)", timeout: .milliseconds(200))
    #expect(finding.state == .timedOut)
    #expect(finding.text == "timed out")
    #expect(finding.milliseconds >= 200)
  }

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

  @Test func oneGoodAddressIsEnough() async throws {
    let silent = try LoopbackListener(backlog: 0)
    try silent.fill()
    let closed = try LoopbackListener(backlog: nil)
    let listener = try LoopbackListener(backlog: 8)
    func state(_ addresses: [SocketAddress], _ timeout: Duration) async -> EndpointState {
      await EndpointProbe.probe(
        scheme: "root", authority: "h", timeout: timeout,
        resolve: { _ throws(NameResolution.Failure) in addresses }
      ).state
    }
    let (quiet, shut, good) = (silent.socketAddress, closed.socketAddress, listener.socketAddress)
    #expect(await state([quiet, shut, good], .seconds(30)) == .answers)
    // Not through the probe, whose alarm may be earlier at a late hour.
    let refused = ConnectProbe.connect(to: [quiet, shut], deadline: .now + .seconds(2))
    #expect(refused.state == .refused)
    #expect(await state([], .seconds(30)) == .unknownHost)
    // TCP to the broadcast address: the kernel itself says that there is no way; nothing is sent.
    let nowhere = LoopbackListener.address(1, host: 0xFFFF_FFFF)
    #expect(await state([nowhere], .seconds(30)) == .unreachable)
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
    #expect(ConnectProbe.verdict(error) == ConnectProbe.Verdict(state: state, text: text))
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
