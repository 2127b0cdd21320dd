import DeletionModel
import Networking

/// A server that connections are made to.
struct XRootServer: Hashable, Sendable {
  let address: EndpointAddress
  /// Nothing is said to it without TLS.
  let requiresTLS: Bool
}

extension XRootServer {
  /// The server that a PFN names.
  init(_ pfn: PFN, requiresTLS: Bool) throws(InexactName) {
    do throws(EndpointAddress.ParseError) {
      self.init(
        address: try EndpointAddress(scheme: "root", authority: pfn.authority), requiresTLS: requiresTLS)
    } catch {
      throw InexactName(reason: "the host in the PFN cannot be read: \(error.text)")
    }
  }
}
