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

  /// More addresses than this are not asked. Large sites have a dozen doors behind one name.
  static let addressLimit = 32

  /// Connects. **Blocks** until the deadline at the latest.
  static func connect(to addresses: [SocketAddress], deadline: ContinuousClock.Instant) -> Verdict {
    var verdicts: [Verdict] = []
    var pending: [pollfd] = []
    defer { for entry in pending { close(entry.fd) } }
    for address in addresses.prefix(addressLimit) {
      switch start(address) {
      case .success(let descriptor?):
        pending.append(pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0))
      case .success(nil): return answers
      case .failure(let error): verdicts.append(verdict(error))
      }
    }
    while !pending.isEmpty {
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero else {
        verdicts.append(timedOut)
        break
      }
      // Rounded up: a poll of zero milliseconds would spin through the last one.
      let milliseconds = min(left / .milliseconds(1) + 1, 60_000)
      guard poll(&pending, nfds_t(pending.count), Int32(milliseconds)) >= 0 else {
        if errno == EINTR { continue }
        verdicts.append(verdict(Errno(rawValue: errno)))
        break
      }
      var waiting: [pollfd] = []
      var isThere = false
      for entry in pending {
        if entry.revents == 0 {
          waiting.append(entry)
        } else {
          let error = outcome(of: entry.fd)
          close(entry.fd)
          if let error { verdicts.append(verdict(error)) } else { isThere = true }
        }
      }
      pending = waiting
      if isThere { return answers }
    }
    return worthiest(of: verdicts)
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

  /// Begins to connect: a descriptor to wait for, or nil where the connection was there at once.
  private static func start(_ address: SocketAddress) -> Result<Int32?, Errno> {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.family, type, 0)
    guard descriptor >= 0 else { return .failure(Errno(rawValue: errno)) }
    let code = address.bytes.withUnsafeBytes { bytes -> Int32 in
      guard let place = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
      return Glibc.connect(descriptor, place, socklen_t(bytes.count))
    }
    let error = Errno(rawValue: errno)
    if code != 0 && error == .nowInProgress { return .success(descriptor) }
    close(descriptor)
    return code == 0 ? .success(nil) : .failure(error)
  }

  /// What became of a connection that poll reported; nil for a good one.
  private static func outcome(of descriptor: Int32) -> Errno? {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else {
      return Errno(rawValue: errno)
    }
    return code == 0 ? nil : Errno(rawValue: code)
  }
}
