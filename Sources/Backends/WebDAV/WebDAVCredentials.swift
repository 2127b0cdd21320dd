import Deletion

/// What a door shows of us: the credential in use, who sees it, and when another one is tried.
/// Only the thread of its door touches it.
final class WebDAVCredentials {
  private let provider: any CredentialProvider
  private let endpoint: String
  private let home: WebLocation?
  /// With the token in them, so they are of one credential.
  private let allHeaders = WebDAVHeaders()
  /// The one in use.
  private(set) var current: EndpointCredential = .none

  /// - Parameter root: the endpoint's own URL.
  init(_ provider: any CredentialProvider, endpoint: String, root: String) {
    self.provider = provider
    self.endpoint = endpoint
    home = WebLocation(root)
  }

  func use(_ credential: EndpointCredential) {
    guard credential != current else { return }
    current = credential
    allHeaders.removeAll()
  }

  /// What a place is shown; nil is our own door. A token goes through TLS only. Another server is shown nothing of
  /// ours: what it may want is in the URL that it was named with.
  func shown(at place: WebLocation?) -> (identity: ClientIdentity?, token: Secret?) {
    if let place, home?.isSameDoor(as: place) != true { return (nil, nil) }
    switch current {
    case .x509(let certificate, let key): return (ClientIdentity(certificate: certificate, key: key), nil)
    case .token(let secret): return (nil, home?.scheme == "https" ? secret : nil)
    case .none: return (nil, nil)
    }
  }

  /// - Parameter token: what ``shown(at:)`` says.
  func headers(for request: WebDAVRequest, token: Secret?) -> HeaderList {
    allHeaders.list(depth: request.depth, hasBody: request.hasBody, token: token)
  }

  /// The same work with another credential, where there is one. A file gets one such chance.
  /// - Parameter used: what the server did not accept.
  func renewed(_ work: WebDAVWork, after used: EndpointCredential) -> WebDAVWork? {
    if let errand = work.errand {
      guard errand.mayRenew, errand.place == nil else { return nil }
    } else if used != current {
      return work
    }
    if used == current {
      guard let fresh = provider.replacement(for: used, at: endpoint), fresh != used else { return nil }
      use(fresh)
    }
    work.errand?.mayRenew = false
    return work
  }
}

/// The files that TLS proves who we are with.
struct ClientIdentity: Equatable {
  let certificate: String
  let key: String
}
