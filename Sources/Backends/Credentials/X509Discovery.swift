import SystemPackage

/// Where the tools look for X.509 credentials, in their order of preference.
public struct X509Discovery: Sendable, Equatable {
  /// A place where one may be.
  public enum Place: Sendable, Equatable {
    /// One file with certificate, key and chain.
    case proxy(CredentialSource)
    /// A certificate and its key. Either is nil where its variable is not set.
    case certificate(CredentialSource?, key: CredentialSource?)
  }

  /// The places, in order: `X509_USER_PROXY`; `/tmp/x509up_u<euid>`, which is tried whether or not the first is
  /// set, so that a person sees both; `X509_USER_CERT` with `X509_USER_KEY`.
  public let places: [Place]

  /// Looks through an environment, for an effective user id. No file is touched.
  public init(environment: [String: String], euid: UInt32) {
    func named(_ variable: String) -> CredentialSource? {
      environment[variable].map { CredentialSource(variable: variable, path: FilePath($0)) }
    }
    var places: [Place] = []
    let usual = FilePath("/tmp/x509up_u\(euid)")
    let proxy = named("X509_USER_PROXY")
    if let proxy { places.append(.proxy(proxy)) }
    if proxy?.path != usual { places.append(.proxy(CredentialSource(path: usual))) }
    let certificate = named("X509_USER_CERT")
    let key = named("X509_USER_KEY")
    if certificate != nil || key != nil { places.append(.certificate(certificate, key: key)) }
    self.places = places
  }
}
