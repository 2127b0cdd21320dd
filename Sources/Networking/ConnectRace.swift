import Glibc
import SystemPackage

/// Opens a TCP connection to one of the addresses of a host: the first that takes it.
///
/// A further address is asked when the one before failed or has been silent for a while (RFC 8305, "happy
/// eyeballs"), so that a dead address costs little and a site with a dozen servers does not see a dozen connections.
package enum ConnectRace {
  /// More addresses than this are not asked.
  package static let addressLimit = 32

  /// Connects. **Blocks** until the deadline at the latest, or until `wakeup` becomes readable.
  ///
  /// - Parameters:
  ///   - pause: how long an address may be silent before the next one is asked too; zero asks all at once.
  ///   - wakeup: a descriptor that ends the wait when it becomes readable.
  /// - Returns: a non-blocking socket, which the caller closes; or what the addresses said.
  package static func connect(
    to addresses: [SocketAddress], pause: Duration, deadline: ContinuousClock.Instant, wakeup: Int32? = nil
  ) -> Result<Int32, Failure> {
    var findings: [ConnectProbe.Finding] = []
    var pending: [pollfd] = []
    defer { for entry in pending { close(entry.fd) } }
    var rest = addresses.prefix(addressLimit)
    var nextStart = ContinuousClock.now
    while !rest.isEmpty || !pending.isEmpty {
      let now = ContinuousClock.now
      while let address = rest.first, pending.isEmpty || now >= nextStart {
        rest.removeFirst()
        nextStart = now + pause
        switch start(address) {
        case .connected(let descriptor): return .success(descriptor)
        case .waiting(let descriptor):
          pending.append(pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0))
        case .failed(let error): findings.append(ConnectProbe.finding(error))
        }
      }
      if pending.isEmpty { continue }
      let until = rest.isEmpty ? deadline : min(deadline, nextStart)
      if now >= deadline {
        findings.append(ConnectProbe.timedOut)
        break
      }
      // Rounded up: a poll of zero milliseconds would spin through the last one.
      let milliseconds = min(now.duration(to: until) / .milliseconds(1) + 1, 60_000)
      var entries = pending
      if let wakeup { entries.append(pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0)) }
      guard poll(&entries, nfds_t(entries.count), Int32(max(0, milliseconds))) >= 0 else {
        if errno == EINTR { continue }
        findings.append(ConnectProbe.finding(Errno(rawValue: errno)))
        break
      }
      if wakeup != nil, let last = entries.popLast(), last.revents != 0 { return .failure(.woken) }
      pending = []
      var winner: Int32?
      for entry in entries {
        if entry.revents == 0 {
          pending.append(entry)
        } else if let error = outcome(of: entry.fd) {
          close(entry.fd)
          findings.append(ConnectProbe.finding(error))
        } else if winner == nil {
          winner = entry.fd
        } else {
          close(entry.fd)
        }
      }
      if let winner { return .success(winner) }
    }
    return .failure(.finding(ConnectProbe.mostSpecific(of: findings)))
  }

  /// Why there is no connection.
  package enum Failure: Error, Equatable {
    /// What the addresses said.
    case finding(ConnectProbe.Finding)
    /// The wait was ended from outside.
    case woken
  }

  private enum Start {
    case connected(Int32)
    case waiting(Int32)
    case failed(Errno)
  }

  private static func start(_ address: SocketAddress) -> Start {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.family, type, 0)
    guard descriptor >= 0 else { return .failed(Errno(rawValue: errno)) }
    let code = address.bytes.withUnsafeBytes { bytes -> Int32 in
      guard let address = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
      return Glibc.connect(descriptor, address, socklen_t(bytes.count))
    }
    let error = Errno(rawValue: errno)
    if code == 0 { return .connected(descriptor) }
    if error == .nowInProgress { return .waiting(descriptor) }
    close(descriptor)
    return .failed(error)
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
