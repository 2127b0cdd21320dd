/// A server that connections are made to.
struct XRootServer: Hashable, Sendable {
  let address: EndpointAddress
  /// Nothing is said to it without TLS.
  let requiresTLS: Bool
}
