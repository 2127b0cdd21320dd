import HTTPTransport
import Networking

/// What an event loop has learnt of the connections to each server.
struct KnownServers {
  private struct Server {
    /// Connections that broke under a request although they had been used before.
    var lost = 0
    var hasRedirected = false
    var hasRefused = false
    /// Whether it is known that it has nothing against our certificate.
    var takesCertificate = false

    /// XRootD managers before 5.7.2 close after each redirect, and XRootD after each error, without saying so. Once that
    /// has been seen twice, connections are not used again after such answers.
    var habits: ConnectionHabits {
      ConnectionHabits(
        closesAfterRedirects: lost >= 2 && hasRedirected, closesAfterErrors: lost >= 2 && hasRefused)
    }
  }

  private var servers: [WebOrigin: Server] = [:]
  /// The one that was asked last: mostly it is the same for every request.
  private var last: (origin: WebOrigin, server: Server)?

  /// After which answers its connections are not used again.
  mutating func habits(of origin: WebOrigin) -> ConnectionHabits { server(origin).habits }

  /// Whether it is known that a server has nothing against our certificate.
  mutating func takesCertificate(_ origin: WebOrigin) -> Bool { server(origin).takesCertificate }

  /// A server has nothing against our certificate.
  mutating func noteCertificateTaken(at origin: WebOrigin) { change(origin) { $0.takesCertificate = true } }

  /// Takes a response.
  ///
  /// - Parameter isFresh: whether its connection was made for this request.
  mutating func learn(_ response: WebDAVResponse, from origin: WebOrigin, isFresh: Bool) {
    change(origin) { server in
      if response.isLost, !isFresh { server.lost += 1 }
      guard response.transportError == nil else { return }
      server.takesCertificate = true
      if (300...399).contains(response.status) { server.hasRedirected = true }
      if response.status >= 400 { server.hasRefused = true }
    }
  }

  private mutating func server(_ origin: WebOrigin) -> Server {
    if let last, last.origin == origin { return last.server }
    if let last { servers[last.origin] = last.server }
    let server = servers[origin] ?? Server()
    last = (origin, server)
    return server
  }

  private mutating func change(_ origin: WebOrigin, _ body: (inout Server) -> Void) {
    var server = server(origin)
    body(&server)
    last = (origin, server)
  }
}
