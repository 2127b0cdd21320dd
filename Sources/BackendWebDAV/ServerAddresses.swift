import DeletionModel
import Glibc
import SystemPackage
import HTTPTransport
import Networking
import Threads

/// To which address of a server its connections go. Only the thread of its event loop touches it.
///
/// libcurl asks the addresses of one family one after the other, and gives a silent one all of the time there is
/// (measured with 7.88). So a server with several addresses is connected to once to find the first that takes it
/// (``ConnectRace``), and libcurl is told that address.
final class ServerAddresses {
  private enum State {
    /// Somebody has been asked; nothing can be sent yet.
    case pending
    /// As libcurl takes it; nil where it may choose itself.
    case known(CurlList?)
  }

  private var states: [WebOrigin: State] = [:]
  /// The server that was found last to be known, as mostly it is the same one for every request.
  private var last: (origin: WebOrigin, connectTo: CurlList?)?
  private let inbox: WebDAVInbox
  private let limit: Duration
  private let resolve: NameResolution.Resolver

  init(_ inbox: WebDAVInbox, limit: Duration, resolve: @escaping NameResolution.Resolver) {
    self.inbox = inbox
    self.limit = limit
    self.resolve = resolve
  }

  /// Whether requests can be sent to a server now. If not, its addresses are being asked for, and the inbox will have
  /// them.
  func isReady(_ origin: WebOrigin) -> Bool {
    if let last, last.origin == origin { return true }
    switch states[origin] {
    case .known(let list)?:
      last = (origin, list)
      return true
    case .pending?: return false
    case nil:
      if HostName.isAddress(origin.host) {
        states[origin] = .known(nil)
        return true
      }
      states[origin] = .pending
      do throws(Errno) {
        try DetachedThread.start { [inbox, limit, resolve] in
          let connectTo = Self.find(origin, limit: limit, resolve: resolve)
          inbox.put { $0.addresses.append((origin, connectTo)) }
        }
      } catch {
        states[origin] = .known(nil)
        return true
      }
      return false
    }
  }

  /// For ``CurlTransfer/prepare(_:headers:identity:connectTo:isFresh:leaves:)``.
  func connectTo(_ origin: WebOrigin) -> CurlList? {
    if let last, last.origin == origin { return last.connectTo }
    return if case .known(let list)? = states[origin] { list } else { nil }
  }

  /// Takes what was found.
  func learn(_ origin: WebOrigin, _ connectTo: String?) {
    states[origin] = .known(connectTo.map { CurlList([$0]) })
    last = nil
  }

  /// No connection came about: another address may be better.
  func forget(_ origin: WebOrigin) {
    if case .known(.some)? = states[origin] { states[origin] = nil }
    last = nil
  }

  /// `host:port:address:port`, or nil where there is only one address, or none that answers: then libcurl finds out
  /// itself, and has the words for it. **Blocks**, in a thread of its own.
  private static func find(_ origin: WebOrigin, limit: Duration, resolve: NameResolution.Resolver) -> String?
  {
    guard let all = try? resolve(origin.address) else { return nil }
    var addresses: [SocketAddress] = []
    for address in all where !addresses.contains(address) { addresses.append(address) }
    guard addresses.count > 1,
      case .success(let descriptor) = ConnectRace.connect(
        to: addresses, pause: .milliseconds(250), deadline: .now + limit)
    else { return nil }
    defer { close(descriptor) }
    guard let peer = peer(of: descriptor) else { return nil }
    let address = peer.contains(":") ? "[\(peer)]" : peer
    return "\(origin.host):\(origin.port):\(address):\(origin.port)"
  }

  /// The address at the other end, in numbers.
  private static func peer(of descriptor: Int32) -> String? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let code = withUnsafeMutableBytes(of: &storage) { bytes -> Int32 in
      guard let address = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
        getpeername(descriptor, address, &length) == 0
      else { return -1 }
      return getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
    }
    guard code == 0 else { return nil }
    let end = text.firstIndex(of: 0) ?? text.endIndex
    return String(decoding: text[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
