/// Whether something answers at a storage endpoint.
public enum EndpointState: String, Sendable, CaseIterable, Codable {
  /// It takes a connection.
  case answers
  /// The host is there, and nothing listens.
  case refused
  /// The name has no address, or the name service has none to give.
  case unknownHost
  /// There is no way to the host.
  case unreachable
  /// Nothing was heard within the time: a firewall, a host that is down, a name service that hangs.
  case timedOut
  /// The endpoint cannot be asked: its text makes no host and port.
  case badAddress
  /// There is nothing to ask: files of this machine.
  case nothingToProbe
}

/// What a probe of one endpoint found.
public struct EndpointFinding: Sendable, Equatable {
  /// The endpoint as `scheme://host:port`, without user information, which may hold a password.
  public var endpoint: String
  /// Whether it answers.
  public var state: EndpointState
  /// How long it took, in milliseconds, name resolution included.
  public var milliseconds: Double
  /// The same in a few words, such as `connection refused`.
  public var text: String

  /// Makes a finding.
  public init(endpoint: String, state: EndpointState, milliseconds: Double, text: String) {
    self.endpoint = endpoint
    self.state = state
    self.milliseconds = milliseconds
    self.text = text
  }
}
