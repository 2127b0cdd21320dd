import Glibc

/// Shows every endpoint the bearer token that is found in the environment, or nothing. The search is made anew each
/// time, so that a token that was renewed in its file is used from the next call on.
public struct DiscoveredToken: CredentialProvider {
  private let variables: [String: String]
  private let euid: UInt32
  private let read: CredentialFile.Reader

  /// A provider for this process's user.
  /// - Parameter variables: The environment of this process.
  public init(variables: [String: String]) {
    self.init(variables: variables, euid: geteuid(), read: CredentialFile.read)
  }

  init(variables: [String: String], euid: UInt32, read: @escaping CredentialFile.Reader) {
    self.variables = variables
    self.euid = euid
    self.read = read
  }

  /// The token that is there now.
  public func credential(for endpoint: String) -> EndpointCredential {
    BearerTokenDiscovery(environment: variables, euid: euid, read: read).token.map { .token($0) } ?? .none
  }

  /// The token that is there now, where it is another one.
  public func replacement(for rejected: EndpointCredential, at endpoint: String) -> EndpointCredential? {
    let current = credential(for: endpoint)
    return current == rejected || current == .none ? nil : current
  }
}
