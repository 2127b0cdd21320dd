import Deletion

/// Which credential is shown to a server, of those that it offers to take: the server's order counts. Pure.
struct XRootAuthentication {
  /// What comes next.
  enum Step {
    /// `kXR_auth` with this.
    case show(name: String, credential: [UInt8])
    /// The server is asked for TLS: a token is never shown in the open.
    case secure
    case fail(XRootSetupFailure)
  }

  /// A token where there is one; an X.509 credential is what GSI would be given.
  private let credential: EndpointCredential
  private let user: XRootUser
  private let mayShowToken: Bool
  private var token: Secret?
  private var offers: [XRootAuthOffer] = []
  private var untried: [XRootAuthOffer] = []
  private var isShowingToken = false
  private var isReplaced = false
  private var refusals: [String] = []

  init(_ settings: XRootSetup.Settings) {
    credential = settings.credential
    user = settings.user
    mayShowToken = settings.mayShowToken
    if case .token(let secret) = credential { token = secret }
  }

  /// What the server takes.
  mutating func take(_ offers: [XRootAuthOffer]) {
    self.offers = offers
    untried = offers
  }

  /// The next offer that we can take, or why there is none.
  /// - Parameters:
  ///   - isSecured: whether TLS has begun.
  ///   - hasTLS: whether it could.
  mutating func next(isSecured: Bool, hasTLS: Bool) -> Step {
    isShowingToken = false
    while let offer = untried.first {
      switch offer.name {
      // It would let anyone in as nobody by what it offers next.
      case "gsi" where credential.isX509: return .fail(.unspoken(["gsi"]))
      case "host":
        untried.removeFirst()
        return .show(name: "host", credential: XRootCredentials.host)
      case "unix":
        untried.removeFirst()
        return .show(name: "unix", credential: XRootCredentials.unix(user))
      case "ztn":
        if let step = showToken(offer, isSecured: isSecured, hasTLS: hasTLS) { return step }
        untried.removeFirst()
      default: untried.removeFirst()
      }
    }
    return .fail(exhausted)
  }

  /// Nil where a token is of no use here.
  private mutating func showToken(_ offer: XRootAuthOffer, isSecured: Bool, hasTLS: Bool) -> Step? {
    guard let token else { return nil }
    guard mayShowToken else {
      refusals.append("ztn: a server that was named without TLS is not shown a token")
      return nil
    }
    guard let bytes = XRootCredentials.ztn(token),
      token.reveal().utf8.count < XRootCredentials.longestToken(offer.parameters)
    else {
      refusals.append("ztn: the token is longer than the server allows")
      return nil
    }
    if !isSecured {
      if hasTLS { return .secure }
      refusals.append("ztn: the server has no TLS, and a token is not sent in the open")
      return nil
    }
    untried.removeFirst()
    isShowingToken = true
    return .show(name: "ztn", credential: bytes)
  }

  private var exhausted: XRootSetupFailure {
    let unspoken = offers.map(\.name).filter { !XRootCredentials.spoken.contains($0) }
    if !unspoken.isEmpty { return .unspoken(unspoken) }
    let wanted = offers.map(\.name).joined(separator: ", ")
    let why = refusals.isEmpty ? "there is no credential for it" : refusals.joined(separator: "; ")
    return .error(DeletionError(.auth, code: "authProtocol", message: "the server wants \(wanted): \(why)"))
  }

  /// The server was asked for TLS and did not begin it.
  mutating func staysOpen() {
    refusals.append("ztn: the server did not begin TLS")
    untried.removeAll { $0.name == "ztn" }
  }

  /// The server has questions to what it was shown, which none of ours has.
  mutating func wantsMore() { refusals.append("a longer conversation was wanted") }

  /// The server did not take what it was shown.
  /// - Returns: the token to be replaced, which is done once.
  mutating func refused(_ reason: String) -> Secret? {
    refusals.append(reason)
    guard isShowingToken, !isReplaced else { return nil }
    return token
  }

  /// Takes the credential that there is instead of the refused one, if there is one.
  /// - Returns: what to show; nil where it is no other token.
  mutating func replace(with credential: EndpointCredential?) -> Step? {
    isReplaced = true
    guard case .token(let secret)? = credential, secret != token, let bytes = XRootCredentials.ztn(secret)
    else { return nil }
    token = secret
    return .show(name: "ztn", credential: bytes)
  }
}
