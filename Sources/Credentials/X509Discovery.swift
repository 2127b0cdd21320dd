import FoundationEssentials
import SystemPackage

/// Where the tools look for X.509 credentials, in their order of preference.
package struct X509Discovery: Sendable, Equatable {
  /// A place where one may be.
  package enum Source: Sendable, Equatable {
    /// One file with certificate, key and chain.
    case proxy(CredentialSource)
    /// A certificate and its key. Either is nil where its variable is not set.
    case certificate(CredentialSource?, key: CredentialSource?)
  }

  /// The sources, in order: `X509_USER_PROXY`; `/tmp/x509up_u<euid>`, which is tried whether or not the first is
  /// set, so that a person sees both; `X509_USER_CERT` with `X509_USER_KEY`.
  package let sources: [Source]

  /// Looks through an environment, for an effective user id. No file is touched.
  package init(environment: [String: String], euid: UInt32) {
    let files = Self.files(environment: environment, euid: euid).map { $0.isSet(in: environment) ? $0 : nil }
    let (proxy, usual, certificate, key) = (files[0], files[1], files[2], files[3])
    var sources: [Source] = []
    if let proxy { sources.append(.proxy(proxy)) }
    if let usual, proxy?.path != usual.path { sources.append(.proxy(usual)) }
    if certificate != nil || key != nil { sources.append(.certificate(certificate, key: key)) }
    self.sources = sources
  }

  /// All files in order: of a proxy, the usual one, of a certificate, of its key; also where the variable is not set.
  static func files(environment: [String: String], euid: UInt32) -> [CredentialSource] {
    [
      CredentialSource(fileNamedBy: "X509_USER_PROXY", in: environment),
      CredentialSource(path: FilePath("/tmp/x509up_u\(euid)")),
      CredentialSource(fileNamedBy: "X509_USER_CERT", in: environment),
      CredentialSource(fileNamedBy: "X509_USER_KEY", in: environment),
    ]
  }
}

extension X509Discovery {
  /// The files of the first credential that can be used now; nil where there is none.
  ///
  /// - Parameters:
  ///   - read: how files are read.
  ///   - now: what time it is.
  package func usable(read: @escaping CredentialFile.Reader, now: Date) -> EndpointCredential? {
    let inspection = X509Inspection(read: read, now: now)
    for source in sources {
      guard let finding = inspection.finding(at: source), finding.hindrance(at: now) == nil else { continue }
      switch source {
      case .proxy(let source):
        if let path = source.path?.string { return .x509(certificate: path, key: path) }
      case .certificate(let certificate, let key):
        if let path = certificate?.path?.string {
          return .x509(certificate: path, key: key?.path?.string ?? path)
        }
      }
    }
    return nil
  }
}
