import CLibCurl

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The sockets that libcurl waits for, and when it wants to be called at the latest.
final class CurlSockets {
  /// The first is of whoever waits, the others are libcurl's.
  private var polls = [pollfd(fd: -1, events: Int16(POLLIN), revents: 0)]
  /// Where a socket is in `polls`, by its number; 0 for nowhere.
  private var places: [Int] = []
  private var due: ContinuousClock.Instant?
  private var found: [(socket: curl_socket_t, events: Int32)] = []

  /// What libcurl wants to know of a socket from now on.
  func watch(_ socket: curl_socket_t, _ wish: Int32) {
    guard socket >= 0 else { return }
    let number = Int(socket)
    if number >= places.count { places += Array(repeating: 0, count: number + 1 - places.count) }
    let place = places[number]
    guard let events = Self.events(wish) else {
      guard place > 0 else { return }
      let last = polls.removeLast()
      if place < polls.count {
        polls[place] = last
        places[Int(last.fd)] = place
      }
      places[number] = 0
      return
    }
    if place > 0 {
      polls[place].events = events
    } else {
      places[number] = polls.count
      polls.append(pollfd(fd: socket, events: events, revents: 0))
    }
  }

  /// When libcurl wants to be called though nothing is ready; -1 for never.
  func wake(in milliseconds: CLong) {
    due = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
  }

  /// Whether that moment has come; it is said once.
  func takeDue() -> Bool {
    guard let moment = due, moment <= .now else { return false }
    due = nil
    return true
  }

  /// Waits until a socket, or a descriptor of the caller, is ready, or the time is over.
  /// - Returns: libcurl's sockets that are ready, with its names for what they are ready for.
  func ready(
    within milliseconds: Int32, or descriptor: Int32
  ) -> [(socket: curl_socket_t, events: Int32)] {
    var patience = milliseconds
    if let due {
      let left = ((due - ContinuousClock.now).inSeconds * 1000).rounded(.up)
      patience = Int32(max(0, min(left, Double(milliseconds))))
    }
    polls[0].fd = descriptor
    found.removeAll(keepingCapacity: true)
    guard poll(&polls, nfds_t(polls.count), patience) > 0 else { return found }
    for place in polls.indices.dropFirst() where polls[place].revents != 0 {
      found.append((polls[place].fd, Self.wishes(polls[place].revents)))
    }
    return found
  }

  private static func events(_ wish: Int32) -> Int16? {
    switch wish {
    case CURL_POLL_IN: Int16(POLLIN)
    case CURL_POLL_OUT: Int16(POLLOUT)
    case CURL_POLL_INOUT: Int16(POLLIN | POLLOUT)
    default: nil
    }
  }

  private static func wishes(_ events: Int16) -> Int32 {
    let events = Int32(events)
    var wishes: Int32 = 0
    if events & (POLLIN | POLLHUP) != 0 { wishes |= CURL_CSELECT_IN }
    if events & POLLOUT != 0 { wishes |= CURL_CSELECT_OUT }
    if events & (POLLERR | POLLNVAL) != 0 { wishes |= CURL_CSELECT_ERR }
    return wishes
  }
}
