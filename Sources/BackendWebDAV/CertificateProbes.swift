import DeletionModel
import Credentials
import SystemPackage
import HTTPTransport
import Networking
import Threads

/// The requests that broke in a way that can hide what a server has against our certificate. Each waits for its server to
/// be asked that, by a thread of its own.
struct CertificateProbes {
  /// A request, and the response that stands unless the server says more.
  struct Probe {
    let origin: WebOrigin
    let work: WebDAVWork
    var response: WebDAVResponse
    let seconds: Double
  }

  private var probes: [Int: Probe] = [:]
  private var lastID = 0

  /// Asks the server; what it says comes through the inbox.
  ///
  /// - Returns: whether it could be asked.
  mutating func begin(
    _ probe: Probe, _ identity: ClientIdentity?, _ settings: CurlTransfer.Settings, _ inbox: WebDAVInbox
  ) -> Bool {
    lastID += 1
    let (id, origin) = (lastID, probe.origin)
    do throws(Errno) {
      try DetachedThread.start {
        let error = CertificateProbe.error(origin, settings: settings, identity: identity)
        inbox.put { $0.findings.append((id, error)) }
      }
    } catch {
      return false
    }
    probes[id] = probe
    return true
  }

  /// Takes what the server has said: nil where it has nothing against the certificate.
  ///
  /// - Returns: the request, with the response that is true now.
  mutating func end(_ id: Int, with error: DeletionError?) -> Probe? {
    guard var probe = probes.removeValue(forKey: id) else { return nil }
    if let error { probe.response.transportError = error }
    return probe
  }
}
