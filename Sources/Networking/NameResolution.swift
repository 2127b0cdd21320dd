import DeletionModel
import Glibc
import Synchronization
import SystemPackage
import Threads

/// A socket address as the kernel takes it.
package struct SocketAddress: Sendable, Equatable {
  package let family: Int32
  /// A `sockaddr` of that family.
  package let bytes: [UInt8]
}

/// The addresses of a host, from the machine's name service.
package enum NameResolution {
  /// Why there are none.
  package struct Failure: Error, Equatable {
    package let state: EndpointState
    package let text: String
  }

  /// How a host is looked up; passed in, so that a name service that hangs can be tested.
  package typealias Resolver = @Sendable (EndpointAddress) throws(Failure) -> [SocketAddress]

  /// Asks `getaddrinfo`. **Blocks**, as long as the name service likes.
  package static func resolve(_ address: EndpointAddress) throws(Failure) -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(address.host, String(address.port), &hints, &list)
    let systemError = errno
    guard code == 0 else { throw failure(code, systemError: systemError) }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next {
      if let address = entry.pointee.ai_addr {
        let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen))
        addresses.append(SocketAddress(family: entry.pointee.ai_family, bytes: Array(bytes)))
      }
      next = entry.pointee.ai_next
    }
    return addresses
  }

  /// What a code of `getaddrinfo` means. A name service that is not there gives no address either, but the
  /// text has to say which of the two it was.
  package static func failure(_ code: Int32, systemError: Int32) -> Failure {
    switch code {
    // EAI_NODATA: the name exists, but without an address. glibc declares it for GNU sources only.
    case EAI_NONAME, -5: Failure(state: .unknownHost, text: "unknown host")
    case EAI_SYSTEM:
      Failure(
        state: .unknownHost, text: "name lookup failed: \(String(describing: Errno(rawValue: systemError)))")
    default:
      Failure(state: .unknownHost, text: "name lookup failed: \(String(cString: gai_strerror(code)))")
    }
  }
}

/// Name resolution that comes back in time, whatever the name service does.
package enum TimedResolution {
  /// Looks up a host within `limit`; nil for no limit. The thread that asked is left behind when it hangs.
  /// Comes back at once when the task is cancelled.
  package static func resolve(
    _ address: EndpointAddress, limit: Duration?, with resolve: @escaping NameResolution.Resolver
  ) async -> Result<[SocketAddress], NameResolution.Failure> {
    let first = FirstAnswer<Result<[SocketAddress], NameResolution.Failure>>()
    do throws(Errno) {
      try DetachedThread.start {
        do throws(NameResolution.Failure) {
          first.give(.success(try resolve(address)))
        } catch {
          first.give(.failure(error))
        }
      }
    } catch {
      return .failure(.init(state: .unreachable, text: "no thread to ask the name service with: \(error)"))
    }
    let timedOut = NameResolution.Failure(
      state: .timedOut, text: "the name service did not answer in time")
    let alarm = limit.map { limit in
      Task {
        // A cancelled sleep means that the answer is there; giving a second one does nothing.
        try? await Task.sleep(for: limit, clock: .continuous)
        first.give(.failure(timedOut))
      }
    }
    defer { alarm?.cancel() }
    return await withTaskCancellationHandler {
      await first.wait()
    } onCancel: {
      first.give(.failure(timedOut))
    }
  }
}

/// A place for one value, which the first to come leaves and one task awaits. Later values are dropped.
package final class FirstAnswer<Value: Sendable>: Sendable {
  private enum State {
    case open
    case awaited(CheckedContinuation<Value, Never>)
    case given(Value)
    case taken
  }

  private let state = Mutex(State.open)

  /// Leaves a value, unless one is there.
  package func give(_ value: Value) {
    let waiting: CheckedContinuation<Value, Never>? = state.withLock { state in
      switch state {
      case .open:
        state = .given(value)
        return nil
      case .awaited(let continuation):
        state = .taken
        return continuation
      case .given, .taken:
        return nil
      }
    }
    waiting?.resume(returning: value)
  }

  /// Waits for the value. For one caller, once.
  package func wait() async -> Value {
    await withCheckedContinuation { continuation in
      let value: Value? = state.withLock { state in
        if case .given(let value) = state {
          state = .taken
          return value
        }
        state = .awaited(continuation)
        return nil
      }
      if let value { continuation.resume(returning: value) }
    }
  }
}
