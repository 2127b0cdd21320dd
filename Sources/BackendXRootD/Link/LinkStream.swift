import DeletionModel
import Glibc
import SystemPackage
import XRootDProtocol
import Networking
import Threads

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
  private var failure: LinkError?

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
  func beginTLS(_ context: TLSContext, host: String) throws(LinkError) {
    guard reader.isEmpty else {
      throw .protocolError(XRootProtocolError(text: "bytes between the answer and TLS"))
    }
    do throws(TLSError) {
      tls = try TLSChannel(context, host: host)
      isHandshaking = true
      _ = try tls?.handshake()
    } catch {
      throw .tls(error)
    }
    tls?.drain(into: &output)
  }

  /// The next whole answer.
  func nextReply() throws(LinkError) -> XRootReply? {
    do throws(XRootProtocolError) { return try reader.next() } catch { throw .protocolError(error) }
  }

  /// Takes bytes to send; ``turn(milliseconds:)`` sends them.
  func send(_ bytes: [UInt8]) throws(LinkError) {
    guard !bytes.isEmpty else { return }
    guard let tls else {
      output.append(contentsOf: bytes)
      return
    }
    do throws(TLSError) {
      // Typed errors don't pass through withUnsafeBytes.
      let result = bytes.withUnsafeBytes { buffer -> Result<Void, TLSError> in
        do throws(TLSError) { return .success(try tls.write(buffer)) } catch { return .failure(error) }
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
  /// - Parameter milliseconds: how long to wait at most; -1 forever.
  func turn(milliseconds: Int32) throws(LinkError) -> Turn {
    flush()
    if let failure {
      // Answers that came before the break count: each is one file less in doubt.
      var turn = Turn()
      try? receive(&turn)
      guard turn.hasBytes else { throw failure }
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
        failure = failure ?? .system(Errno(rawValue: errno))
        break
      }
      outputStart += count
    }
    output.removeAll(keepingCapacity: true)
    outputStart = 0
  }

  private func receive(_ turn: inout Turn) throws(LinkError) {
    while true {
      let count = input.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN || errno == EWOULDBLOCK { return }
        failure = failure ?? .system(Errno(rawValue: errno))
      } else if count == 0 {
        failure = failure ?? .closed
      }
      // What came before the end still counts; the next turn tells of the end.
      if count <= 0 {
        if turn.hasBytes { return }
        throw failure ?? .closed
      }
      turn.hasBytes = true
      try take(count, &turn)
      if count < input.count { return }
    }
  }

  private func take(_ count: Int, _ turn: inout Turn) throws(LinkError) {
    guard let tls else {
      input.withUnsafeBytes { reader.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      return
    }
    do throws(TLSError) {
      let result = input.withUnsafeBytes { buffer -> Result<Void, TLSError> in
        do throws(TLSError) {
          return .success(try tls.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count])))
        } catch {
          return .failure(error)
        }
      }
      try result.get()
      if isHandshaking {
        let isOver: Bool
        do throws(TLSError) {
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
      if isEnded, reader.isEmpty { throw TLSError(text: "the server has ended TLS") }
    } catch {
      throw .tls(error)
    }
  }
}

/// Why a stream can no longer be used.
enum LinkError: Error, Equatable {
  /// The server has closed the connection.
  case closed
  case system(Errno)
  case tls(TLSError)
  case protocolError(XRootProtocolError)
  /// The server says nothing although answers are due.
  case silent
  /// The time is over.
  case timedOut
  /// The caller does not want it any more.
  case cancelled
}

extension DeletionError {
  /// A server that cannot be reached. Nothing was sent.
  static func xrootUnreachable(_ text: String, _ state: EndpointState) -> DeletionError {
    DeletionError(.transient, code: state.rawValue, message: text, isUnavailable: true)
  }

  /// A connection that broke before anything was asked of it.
  static func xrootBroken(_ failure: LinkError, doing: String) -> DeletionError {
    switch failure {
    case .tls(let error) where error.isCertificate:
      // As the other way round, when a server does not trust us.
      DeletionError(.auth, code: "certificate", message: error.text)
    case .tls(let error):
      DeletionError(.transient, code: "TLS", message: error.text, isUnavailable: true)
    case .protocolError(let problem):
      DeletionError(.unknown, code: "protocol", message: "\(problem.text), \(doing)", isUnavailable: true)
    case .timedOut, .silent:
      DeletionError(
        .transient, code: "timeout", message: "the server did not answer in time, \(doing)",
        isUnavailable: true)
    case .cancelled: .notTried
    case .closed:
      DeletionError(
        .transient, code: "closed", message: "the server closed the connection \(doing)",
        isUnavailable: true)
    case .system(let error):
      DeletionError(
        .transient, code: "connection", message: "the connection broke \(doing): \(error)",
        isUnavailable: true)
    }
  }
}

/// Durations as poll(2) takes them.
enum PollTime {
  /// Rounded up: a poll of zero milliseconds would spin through the last one. At most a minute.
  static func milliseconds(_ duration: Duration) -> Int32 {
    Int32(max(0, min(duration / .milliseconds(1) + 1, 60_000)))
  }
}
