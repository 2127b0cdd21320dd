import DeletionModel
import HTTPTransport
import Networking
import Credentials

/// What a server was shown of ours.
struct ShownCredential: Equatable {
  var identity: ClientIdentity?
  var token: Secret?

  var isNothing: Bool { identity == nil && token == nil }
}

/// What an endpoint, and the servers behind it, are shown of us, and when another credential is tried.
/// Only the thread of its event loop touches it.
///
/// - Nothing of ours goes over plain HTTP.
/// - An X.509 identity proves who we are without giving anything away, so every server gets it that is reached over https
///   only, each hop with its certificate verified. gfal2 and curl do the same.
/// - A token can be used by who sees it. It goes to the endpoint, and on to servers of the same storage
///   (``StorageHosts``), and not where the URL has a right of its own.
final class WebDAVCredentials {
  private let provider: any CredentialProvider
  private let endpoint: String
  private let home: WebOrigin
  private let storageHosts: StorageHosts
  private let onShown: @Sendable (CredentialUse) -> Void
  private var told: Set<CredentialUse> = []
  /// What was told last: mostly it is the same for every request.
  private var last: (kind: CredentialUse.Kind, origin: WebOrigin)?
  /// With the token in them, so they are of one credential.
  private let allHeaders = WebDAVHeaders()
  /// The one in use.
  private(set) var current: EndpointCredential = .none

  /// - Parameter storageHosts: the hosts that the site's configuration names.
  init(
    _ provider: any CredentialProvider, endpoint: String, home: WebOrigin, storageHosts: StorageHosts,
    onShown: @escaping @Sendable (CredentialUse) -> Void
  ) {
    self.provider = provider
    self.endpoint = endpoint
    self.home = home
    self.storageHosts = storageHosts
    self.onShown = onShown
  }

  func use(_ credential: EndpointCredential) {
    guard credential != current else { return }
    current = credential
    allHeaders.removeAll()
  }

  /// What a server is shown; nil is the endpoint itself.
  func shown(at location: WebLocation?) -> ShownCredential {
    switch current {
    case .none: return ShownCredential()
    case .x509(let certificate, let key):
      guard location?.isSecure ?? true else { return ShownCredential() }
      return ShownCredential(identity: ClientIdentity(certificate: certificate, key: key))
    case .token(let secret):
      guard home.isSecure else { return ShownCredential() }
      if let location,
        !location.isSecure || location.hasOwnRight
          || !storageHosts.areSameStorage(location.origin.host, home.host)
      {
        return ShownCredential()
      }
      return ShownCredential(token: secret)
    }
  }

  /// Tells who was shown what, once.
  func note(_ shown: ShownCredential, at location: WebLocation?) {
    let kind: CredentialUse.Kind
    if shown.token != nil {
      kind = .token
    } else if shown.identity != nil, location?.origin.isSecure ?? home.isSecure {
      kind = .x509
    } else if location?.hasOwnRight == true {
      kind = .url
    } else {
      return
    }
    let origin = location?.origin ?? home
    if let last, last.kind == kind, last.origin == origin { return }
    last = (kind, origin)
    let use = CredentialUse(endpoint: endpoint, server: origin.text, kind: kind)
    if told.insert(use).inserted { onShown(use) }
  }

  /// - Parameter token: what ``shown(at:)`` says.
  func headers(for request: WebDAVRequest, token: Secret?) -> CurlList {
    allHeaders.list(for: request, token: token)
  }

  /// Whether the same work may be sent again with another credential. A file gets one such chance.
  /// - Parameter used: what the server did not accept.
  func renew(_ file: WebDAVFile, after used: ShownCredential) -> Bool {
    guard file.mayRenew, !used.isNothing else { return false }
    if used == shown(at: nil) {
      guard let fresh = provider.replacement(for: current, at: endpoint), fresh != current else {
        return false
      }
      use(fresh)
    }
    file.mayRenew = false
    return true
  }
}
