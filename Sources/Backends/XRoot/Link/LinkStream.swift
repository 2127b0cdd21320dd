import Deletion
import Glibc
import SystemPackage

/// A connection: non-blocking socket, TLS when it has begun, answers. For one thread.
final class LinkStream {
  private let socket: Int32
  private let wakeup: Wakeup
  private var tls: TLSChannel?
  private var isHandshaking = false
  /// Bytes for the network, from ``outputStart`` on.
  private var output: [UInt8] = []
  private var outputStart = 0
  private var input = [UInt8](repeating: 0, count: 1 << 16)
  private var reader = XRootReplyReader()
  /// What broke, while there may still be answers to read.
  private var trouble: LinkTrouble?

  /// Takes over a connected, non-blocking socket.
  init(_ socket: Int32, wakeup: Wakeup) {
    self.socket = socket
    self.wakeup = wakeup
    var yes: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, size)
    setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &yes, size)
  }

  deinit { close(socket) }

  /// Whether what is said cannot be read by others.
  var isSecure: Bool { tls != nil && !isHandshaking }

  /// Begins TLS. Bytes that came before it would be taken for part of it: whoever could put them in could speak
  /// for the server.
  func beginTLS(_ context: TLSContext, host: String) throws(LinkTrouble) {
    guard reader.isEmpty else { throw .flaw(XRootFlaw(text: "bytes between the answer and TLS")) }
    do throws(TLSTrouble) {
      tls = try TLSChannel(context, host: host)
      isHandshaking = true
      _ = try tls?.handshake()
    } catch {
      throw .tls(error)
    }
    tls?.drain(into: &output)
  }

  /// The next whole answer.
  func nextReply() throws(LinkTrouble) -> XRootReply? {
    do throws(XRootFlaw) { return try reader.next() } catch { throw .flaw(error) }
  }

  /// Takes bytes to send; ``turn(milliseconds:)`` sends them.
  func send(_ bytes: [UInt8]) throws(LinkTrouble) {
    guard !bytes.isEmpty else { return }
    guard let tls else {
      output.append(contentsOf: bytes)
      return
    }
    do throws(TLSTrouble) {
      // Typed errors don't pass through withUnsafeBytes.
      let result = bytes.withUnsafeBytes { buffer -> Result<Void, TLSTrouble> in
        do throws(TLSTrouble) { return .success(try tls.write(buffer)) } catch { return .failure(error) }
      }
      try result.get()
    } catch {
      throw .tls(error)
    }
    tls.drain(into: &output)
  }

  /// What a turn brought.
  struct Turn {
    var hasBytes = false
    var isWoken = false
    /// TLS has just been set up.
    var isSecured = false
  }

  /// Sends what can be sent, waits until something comes or the time is over, and takes what came.
  /// - Parameter milliseconds: how long to wait at most; -1 for ever.
  func turn(milliseconds: Int32) throws(LinkTrouble) -> Turn {
    flush()
    if let trouble {
      // Answers that came before the break count: each is one file less in doubt.
      var turn = Turn()
      try? receive(&turn)
      guard turn.hasBytes else { throw trouble }
      return turn
    }
    var entries = [
      pollfd(fd: socket, events: Int16(POLLIN) | (outputIsEmpty ? 0 : Int16(POLLOUT)), revents: 0),
      pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    var turn = Turn()
    guard poll(&entries, nfds_t(entries.count), milliseconds) >= 0 else {
      if errno == EINTR { return turn }
      throw .system(Errno(rawValue: errno))
    }
    if entries[1].revents != 0 {
      wakeup.clear()
      turn.isWoken = true
    }
    if entries[0].revents & Int16(POLLOUT) != 0 { flush() }
    if entries[0].revents & ~Int16(POLLOUT) != 0 { try receive(&turn) }
    return turn
  }

  private var outputIsEmpty: Bool { outputStart == output.count }

  private func flush() {
    while !outputIsEmpty {
      let count = output.withUnsafeBytes { buffer in
        Glibc.send(
          socket, buffer.baseAddress.map { $0 + outputStart }, buffer.count - outputStart,
          Int32(MSG_NOSIGNAL))
      }
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN || errno == EWOULDBLOCK { return }
        trouble = trouble ?? .system(Errno(rawValue: errno))
        break
      }
      outputStart += count
    }
    output.removeAll(keepingCapacity: true)
    outputStart = 0
  }

  private func receive(_ turn: inout Turn) throws(LinkTrouble) {
    while true {
      let count = input.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN || errno == EWOULDBLOCK { return }
        trouble = trouble ?? .system(Errno(rawValue: errno))
      } else if count == 0 {
        trouble = trouble ?? .closed
      }
      // What came before the end still counts; the next turn tells of the end.
      if count <= 0 {
        if turn.hasBytes { return }
        throw trouble ?? .closed
      }
      turn.hasBytes = true
      try take(count, &turn)
      if count < input.count { return }
    }
  }

  private func take(_ count: Int, _ turn: inout Turn) throws(LinkTrouble) {
    guard let tls else {
      input.withUnsafeBytes { reader.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      return
    }
    do throws(TLSTrouble) {
      let result = input.withUnsafeBytes { buffer -> Result<Void, TLSTrouble> in
        do throws(TLSTrouble) {
          return .success(try tls.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count])))
        } catch {
          return .failure(error)
        }
      }
      try result.get()
      if isHandshaking {
        let isOver: Bool
        do throws(TLSTrouble) {
          isOver = try tls.handshake()
        } catch {
          // The alert tells the server why we go.
          tls.drain(into: &output)
          flush()
          throw error
        }
        tls.drain(into: &output)
        if !isOver { return }
        isHandshaking = false
        turn.isSecured = true
      }
      let isEnded = try tls.read { reader.append($0) }
      tls.drain(into: &output)
      if isEnded, reader.isEmpty { throw TLSTrouble(text: "the server has ended TLS") }
    } catch {
      throw .tls(error)
    }
  }
}
