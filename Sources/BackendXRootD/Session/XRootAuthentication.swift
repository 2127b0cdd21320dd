import DeletionModel
import XRootDProtocol
import Credentials

/// Which credential is shown to a server, of those that it offers to take: in the server's order, but the token before the
/// X.509 credential. Pure.
struct XRootAuthentication {
  /// What comes next.
  enum Step {
    /// `kXR_auth` with this.
    case show(name: String, credential: [UInt8])
    /// The server is asked for TLS: a token is never shown in the open.
    case secure
    case fail(XRootSetupFailure)
  }

  private let gsi: GSIClient?
  private let user: XRootUser
  private let mayShowToken: Bool
  private var token: Secret?
  private var offers: [XRootAuthOffer] = []
  private var untried: [XRootAuthOffer] = []
  private var isShowingToken = false
  private var handshake: GSIHandshake?
  private var isReplaced = false
  private var refusals: [String] = []

  init(_ settings: XRootSetup.Settings) {
    gsi = settings.gsi
    user = settings.user
    mayShowToken = settings.mayShowToken
    if case .token(let secret) = settings.credential { token = secret }
  }

  /// What the server takes.
  mutating func take(_ offers: [XRootAuthOffer]) {
    self.offers = offers
    untried = offers
    // The token was chosen for this endpoint; the X.509 credential is shown where it does not let us in.
    if token != nil, gsi != nil, let index = untried.firstIndex(where: { $0.name == "gsi" }) {
      untried.removeAll { $0.name == "ztn" }
      let tokenOffers = offers.filter { $0.name == "ztn" }
      untried.insert(contentsOf: tokenOffers, at: offers[..<index].count { $0.name != "ztn" })
    }
  }

  /// The key that the login has left; nil where the protocol has none.
  var session: GSISession? { handshake?.session }

  /// The next offer that we can take, or why there is none.
  /// - Parameters:
  ///   - isSecured: whether TLS has begun.
  ///   - hasTLS: whether it could.
  mutating func next(isSecured: Bool, hasTLS: Bool) -> Step {
    isShowingToken = false
    handshake = nil
    while let offer = untried.first {
      switch offer.name {
      case "gsi":
        untried.removeFirst()
        if let gsi { return start(gsi, offer) }
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

  private mutating func start(_ gsi: GSIClient, _ offer: XRootAuthOffer) -> Step {
    do throws(GSIHandshake.Failure) {
      let handshake = try GSIHandshake(gsi, parameters: offer.parameters)
      self.handshake = handshake
      return .show(name: "gsi", credential: handshake.firstMessage)
    } catch {
      return step(after: error)
    }
  }

  private func step(after failure: GSIHandshake.Failure) -> Step {
    switch failure {
    case .unsupported(let what): .fail(.unsupported([what]))
    case .failed(let error): .fail(.error(error))
    case .protocolError(let problem):
      .fail(.error(.xrootBroken(.protocolError(problem), doing: "during the login")))
    }
  }

  /// The server has a question to what it was shown. Only `gsi` has an answer.
  mutating func answer(_ body: [UInt8], isSecured: Bool, hasTLS: Bool) -> Step {
    guard var handshake else {
      refusals.append("more steps of authentication were wanted than there are")
      return next(isSecured: isSecured, hasTLS: hasTLS)
    }
    do throws(GSIHandshake.Failure) {
      let message = try handshake.answer(body)
      self.handshake = handshake
      return .show(name: "gsi", credential: message)
    } catch {
      return step(after: error)
    }
  }

  /// Nil where a token is of no use here.
  private mutating func showToken(_ offer: XRootAuthOffer, isSecured: Bool, hasTLS: Bool) -> Step? {
    guard let token else { return nil }
    guard mayShowToken else {
      refusals.append(
        "ztn: the server belongs to another storage than the endpoint, so it is not shown the token")
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
    let unsupported = offers.map(\.name).filter { !XRootCredentials.spoken.contains($0) }
    if !unsupported.isEmpty { return .unsupported(unsupported) }
    let wanted = offers.map(\.name).joined(separator: ", ")
    let why = refusals.isEmpty ? "there is no credential for it" : refusals.joined(separator: "; ")
    return .error(
      DeletionError(
        .auth, code: "authProtocol", message: "the server wants \(wanted): \(why)", rejectsCredential: true))
  }

  /// The server was asked for TLS and did not begin it.
  mutating func staysOpen() {
    refusals.append("ztn: the server did not begin TLS")
    untried.removeAll { $0.name == "ztn" }
  }

  /// The server did not take what it was shown.
  /// - Returns: the token to be replaced, which is done once.
  mutating func refused(_ reason: String) -> Secret? {
    refusals.append(reason + (handshake?.advice ?? ""))
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
