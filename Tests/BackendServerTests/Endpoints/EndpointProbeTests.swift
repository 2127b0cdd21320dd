import Glibc
import SystemPackage
import Testing
@testable import Networking
import DeletionModel

/// Probes of addresses on loopback that answer, refuse or are silent.
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
}
