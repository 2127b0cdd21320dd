import FoundationEssentials
import TestServers
import TestSupport

import Glibc

/// In what state a credential is when a run begins.
enum CredentialState: String, CaseIterable {
  case none, valid, expired, unreadable, worldReadable, empty

  /// Each state of a token with each state of an X.509 credential.
  static let allPairs = allCases.flatMap { token in allCases.map { (token: token, x509: $0) } }

  var mode: mode_t {
    switch self {
    case .unreadable: 0o000
    case .worldReadable: 0o644
    default: 0o600
    }
  }

  /// What must be said of it: one of these.
  var message: String {
    switch self {
    case .none, .valid: ""
    case .expired: "expired at"
    case .unreadable: "Permission denied"
    case .worldReadable: "mode 0644"
    case .empty: "empty|no token in it"
    }
  }
}

/// Which credential an endpoint has to be shown, for each pair of states.
enum ShownCredential: String {
  case token, x509, nothing

  /// Rows are states of the token, columns states of the proxy or certificate.
  private static let table = """
    token \\ x509  none     valid  expired  unreadable  worldReadable  empty
    none          nothing  x509   nothing  nothing     nothing        nothing
    valid         token    token  token    token       token          token
    expired       nothing  x509   nothing  nothing     nothing        nothing
    unreadable    nothing  x509   nothing  nothing     nothing        nothing
    worldReadable token    token  token    token       token          token
    empty         nothing  x509   nothing  nothing     nothing        nothing
    """

  static func expected(token: CredentialState, x509: CredentialState) -> ShownCredential? {
    let lines = table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    guard let column = lines[0].dropFirst(2).firstIndex(of: x509.rawValue),
      let row = lines.dropFirst().first(where: { $0[0] == token.rawValue })
    else { return nil }
    // The heading has two words more than a row has before its cells, "\" and "x509".
    return ShownCredential(rawValue: row[column - 2])
  }
}

/// The credential files of one run.
struct CredentialFiles {
  let directory: TemporaryDirectory
  /// What `swab` is told of them.
  private(set) var environment: [String: String]
  /// Must appear nowhere.
  private(set) var secrets: [String] = []

  var token: String { directory.path + "/token" }
  var proxy: String { directory.path + "/proxy" }

  init() throws {
    directory = try TemporaryDirectory()
    environment = ["X509_CERT_DIR": try ServerCertificates.shared.get().trusted]
  }

  /// A token's file.
  mutating func addToken(_ state: CredentialState, valid: String, expired: String) {
    guard state != .none else { return }
    let text = state == .expired ? expired : valid
    Disk.write(token, state == .empty ? "" : text + "\n", mode: state.mode)
    environment["BEARER_TOKEN_FILE"] = token
    secrets.append(text)
  }

  /// A proxy's file, as `X509_USER_PROXY`; or a certificate and key, the key in that state.
  mutating func addX509(_ state: CredentialState, asProxy: Bool) throws {
    guard state != .none else { return }
    let certificates = try ServerCertificates.shared.get()
    let isOver = state == .expired
    let key: String
    if asProxy {
      let text = Disk.read(isOver ? certificates.expiredProxy : certificates.proxy)
      Disk.write(proxy, state == .empty ? "" : text, mode: state.mode)
      environment["X509_USER_PROXY"] = proxy
      key = text
    } else {
      key = Disk.read(certificates.userKey)
      Disk.write(proxy, state == .empty ? "" : key, mode: state.mode)
      environment["X509_USER_KEY"] = proxy
      environment["X509_USER_CERT"] =
        isOver ? certificates.expiredUserCertificate : certificates.userCertificate
    }
    // The lines of the key, each long enough to be told from chance.
    let lines = key.split(separator: "\n").drop { !$0.contains("PRIVATE KEY") }.dropFirst()
    secrets += lines.prefix { !$0.contains("PRIVATE KEY") }.filter { $0.count > 40 }.map(String.init)
  }

  /// Unsigned: for servers that know their tokens by name.
  static func plainToken(_ name: String, expiresIn seconds: Int = 3600, scope: String? = nil) -> String {
    let scopes = scope.map { #","scope":"\#($0)""# } ?? ""
    let claims = #"{"sub":"\#(name)","exp":\#(time(nil) + seconds)\#(scopes)}"#
    return [#"{"alg":"none"}"#, claims, "secret of \(name)"].map {
      Data($0.utf8).base64EncodedString().replacing("=", with: "").replacing("+", with: "-")
        .replacing("/", with: "_")
    }.joined(separator: ".")
  }
}
