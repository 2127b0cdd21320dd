import Synchronization
import Glibc
import TestSupport

/// Passes connections on to a server. Every so many it swallows the server's first answer and resets the connection,
/// so that the client cannot know what became of its request; the others end after some answers.
package final class ResettingProxy: Sendable {
  /// Where it listens.
  package var port: Int { acceptor.port }
  private let acceptor: Acceptor
  private let target: Int
  private let resetEvery: Int
  private let answers: Int
  private let counts = Mutex((connections: 0, resets: 0))

  /// Starts one.
  /// - Parameters:
  ///   - target: the server's port.
  ///   - resetEvery: which connections are reset.
  ///   - answers: how many answers the others pass on.
  package init(to target: Int, resetEvery: Int = 10, answers: Int = 20) throws {
    acceptor = try Acceptor()
    self.target = target
    self.resetEvery = resetEvery
    self.answers = answers
    try acceptor.start { [weak self] in self?.serve($0) }
  }

  /// How many connections were reset.
  package var resets: Int { counts.withLock { $0.resets } }

  private func serve(_ client: Int32) {
    guard let server = try? Loopback.connect(target) else { return }
    defer { close(server) }
    let isDoomed = counts.withLock { counts in
      counts.connections += 1
      return counts.connections % resetEvery == 0
    }
    var left = answers
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while left > 0 {
      var polls = [
        pollfd(fd: client, events: Int16(POLLIN), revents: 0),
        pollfd(fd: server, events: Int16(POLLIN), revents: 0),
      ]
      if poll(&polls, 2, 300_000) <= 0 { return }
      if polls[0].revents != 0 {
        let count = read(client, &buffer, buffer.count)
        if count <= 0 || send(server, buffer, count, Int32(MSG_NOSIGNAL)) != count { return }
      }
      if polls[1].revents != 0 {
        let count = read(server, &buffer, buffer.count)
        if count <= 0 { return }
        if isDoomed {
          counts.withLock { $0.resets += 1 }
          var hard = linger(l_onoff: 1, l_linger: 0)
          setsockopt(client, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
          return
        }
        if send(client, buffer, count, Int32(MSG_NOSIGNAL)) != count { return }
        left -= 1
      }
    }
  }
}
