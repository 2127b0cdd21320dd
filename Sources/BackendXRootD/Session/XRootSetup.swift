import DeletionModel
import XRootDProtocol
import Credentials

/// From the first byte on a connection to the end of the login: in which order handshake, TLS, login and
/// authentication come. Pure: answers and events in, actions out. ``XRootAuthentication`` says what is shown.
///
/// XRootD protocol specification 5.x, sections on the initial handshake, `kXR_protocol`, TLS, `kXR_login` and
/// `kXR_auth`.
struct XRootSetup {
  /// What does not change during a setup.
  struct Settings: Sendable {
    var user: XRootUser
    var process: Int32
    /// Nothing may be said without TLS: `roots://`.
    var requiresTLS: Bool
    var credential: EndpointCredential
    /// Whether this server may see the token.
    var mayShowToken = true
    /// What a login with `gsi` needs; nil where there is no X.509 credential.
    var gsi: GSIClient?
  }

  /// What the owner of the connection has to do, in order.
  enum Action: Equatable {
    case send([UInt8])
    /// Begin TLS, then call ``secured()``.
    case beginTLS
    /// Ask for another token instead of the refused one, then call ``retry(with:)``.
    case replaceToken(Secret)
    /// Wait, then call ``resend()``.
    case wait(Duration)
    case ready
    case fail(XRootSetupFailure)
  }

  private enum State: Equatable {
    case handshake
    case protocolAnswer(Purpose)
    case securing(Purpose)
    case login
    case auth
    case replacing
    case over
  }

  /// What `kXR_protocol` and TLS are for: the first is before the login, an upgrade may also come after it.
  private enum Purpose: Equatable {
    case start
    case upgradeBeforeLogin
    case upgradeBeforeAuth
  }

  private let settings: Settings
  private var state = State.handshake
  private var last: [UInt8] = []
  private var isSecured = false
  private(set) var traits: XRootServerTraits?
  /// Signs the requests that follow the login; nil where nobody has logged in, so that nothing is signed.
  private(set) var signer: XRootSigner?
  private var authentication: XRootAuthentication
  private var waits = 0
  private var shown: CredentialUse.Kind?

  /// More waits than this before the login are a loop.
  static let waitLimit = 20

  init(_ settings: Settings) {
    self.settings = settings
    authentication = XRootAuthentication(settings)
  }

  /// The first bytes.
  mutating func start() -> [Action] {
    var bytes: [UInt8] = []
    XRootRequest.appendHandshake(to: &bytes)
    XRootRequest.appendProtocol(wantsTLS: settings.requiresTLS, to: &bytes)
    last = bytes
    return [.send(bytes)]
  }

  /// Takes an answer.
  mutating func receive(_ reply: XRootReply) throws(XRootProtocolError) -> [Action] {
    switch reply.status {
    case .attention: return []
    case .wait:
      waits += 1
      guard waits <= Self.waitLimit else { return fail(.error(.xrootBusy(for: nil))) }
      return [.wait(max(.seconds(1), try XRootWait.seconds(reply.body)))]
    case .redirect: return fail(.redirected(try XRootRedirect(reply.body)))
    case .ok, .error, .authMore: break
    case .partial, .waitForReply, .status:
      throw XRootProtocolError(text: "the status \(reply.status.rawValue) before the login is over")
    }
    switch state {
    case .handshake:
      guard reply.status == .ok, reply.body.count == 8 else {
        throw XRootProtocolError(text: "no XRootD server: its handshake cannot be read")
      }
      state = .protocolAnswer(.start)
      return []
    case .protocolAnswer(let purpose): return try afterProtocol(reply, purpose)
    case .login: return try afterLogin(reply)
    case .auth: return try afterAuth(reply)
    case .securing, .replacing, .over: throw XRootProtocolError(text: "an answer that nobody asked for")
    }
  }

  /// TLS is there, and the server is who it says.
  mutating func secured() -> [Action] {
    guard case .securing(let purpose) = state else { return [] }
    isSecured = true
    return purpose == .upgradeBeforeAuth ? authenticate() : login()
  }

  /// Another token to try; nil where there is none.
  mutating func retry(with credential: EndpointCredential?) -> [Action] {
    guard state == .replacing else { return [] }
    if let step = authentication.replace(with: credential) { return act(step) }
    return authenticate()
  }

  /// The wait is over: the same request again.
  mutating func resend() -> [Action] { state == .over ? [] : [.send(last)] }

  /// What the bytes that are to be sent next show the server of us, once; nil: nothing.
  mutating func takeShown() -> CredentialUse.Kind? {
    defer { shown = nil }
    return shown
  }

  // MARK: Steps

  private mutating func afterProtocol(_ reply: XRootReply, _ purpose: Purpose) throws(XRootProtocolError)
    -> [Action]
  {
    guard reply.status == .ok else { return try failure(reply) }
    let traits = try XRootServerTraits(reply.body)
    if purpose == .start || self.traits == nil { self.traits = traits }
    if traits.beginsTLS {
      state = .securing(purpose)
      return [.beginTLS]
    }
    if settings.requiresTLS {
      return fail(.error(DeletionError(.permanent, code: "TLS", message: "the server offers no TLS")))
    }
    switch purpose {
    case .start where traits.hasTLS && traits.wantsTLS:
      // It would want TLS after the login; from the beginning is safer, and one way less to go wrong.
      state = .protocolAnswer(.upgradeBeforeLogin)
      return send { XRootRequest.appendProtocol(wantsTLS: true, to: &$0) }
    case .start, .upgradeBeforeLogin: return login()
    case .upgradeBeforeAuth:
      authentication.staysOpen()
      return authenticate()
    }
  }

  private mutating func login() -> [Action] {
    state = .login
    let settings = settings
    return send { XRootRequest.appendLogin(user: settings.user.name, process: settings.process, to: &$0) }
  }

  private mutating func afterLogin(_ reply: XRootReply) throws(XRootProtocolError) -> [Action] {
    guard reply.status == .ok else { return try failure(reply) }
    let offers = try XRootAuthOffer.read(reply.body)
    guard !offers.isEmpty else {
      state = .over
      return [.ready]
    }
    authentication.take(offers)
    return authenticate()
  }

  private mutating func authenticate() -> [Action] {
    act(authentication.next(isSecured: isSecured, hasTLS: traits?.hasTLS == true))
  }

  private mutating func act(_ step: XRootAuthentication.Step, isAnswer: Bool = false) -> [Action] {
    switch step {
    case .show(let name, let credential):
      // The first message of gsi has no certificate in it; those that answer the server have.
      switch name {
      case "ztn": shown = .token
      case "gsi" where isAnswer: shown = .x509
      default: break
      }
      state = .auth
      return send { XRootRequest.appendAuth(name, credential: credential, to: &$0) }
    case .secure:
      state = .protocolAnswer(.upgradeBeforeAuth)
      return send { XRootRequest.appendProtocol(wantsTLS: true, to: &$0) }
    case .fail(let failure): return fail(failure)
    }
  }

  private mutating func afterAuth(_ reply: XRootReply) throws(XRootProtocolError) -> [Action] {
    if reply.status == .ok {
      state = .over
      signer = XRootSigner(traits?.security ?? .none, session: authentication.session)
      return [.ready]
    }
    guard reply.status == .error else {
      return act(
        authentication.answer(reply.body, isSecured: isSecured, hasTLS: traits?.hasTLS == true),
        isAnswer: true)
    }
    let error = try XRootServerError(reply.body).error(isRemoval: false)
    // The server is overloaded; another credential would not help.
    if error.errorClass == .overload { return fail(.error(error)) }
    guard let token = authentication.refused(error.message) else { return authenticate() }
    state = .replacing
    return [.replaceToken(token)]
  }

  private mutating func failure(_ reply: XRootReply) throws(XRootProtocolError) -> [Action] {
    guard reply.status == .error else { throw XRootProtocolError(text: "kXR_authmore before kXR_auth") }
    return fail(.error(try XRootServerError(reply.body).error(isRemoval: false)))
  }

  private mutating func fail(_ failure: XRootSetupFailure) -> [Action] {
    state = .over
    return [.fail(failure)]
  }

  private mutating func send(_ append: (inout [UInt8]) -> Void) -> [Action] {
    last = []
    append(&last)
    return [.send(last)]
  }
}
