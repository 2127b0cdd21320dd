import CommandSupport
import Credentials
import DeletionModel
import Networking

/// What to do about an endpoint that can't be used.
enum EndpointRemedy {
  /// Where nothing listens.
  static func text(for state: EndpointState) -> String? {
    switch state {
    case .answers, .nothingToProbe: nil
    case .refused: "see whether the server runs, and correct the port in the site's catalog"
    case .unknownHost: "correct the host in the site's catalog, or the name service of this machine"
    case .unreachable: "see whether this machine has a route there"
    case .timedOut: "see whether the server is up, and whether a firewall is in between"
    case .badAddress: "correct the URL in the site's catalog"
    }
  }

  /// Where something listens and does not do what a deletion needs.
  static func text(for error: DeletionError, _ endpoint: EndpointCheck) -> String {
    switch error.errorClass {
    case .auth where endpoint.directory.pfn.scheme == "file":
      "run as the owner of the files, or have owner or mode of the directory changed"
    case .auth where error.message.contains("is not trusted"):
      "put the authority that has signed it into \(authorities), or set X509_CERT_DIR; it must name this host"
    case .auth where endpoint.credential?.kind == CredentialSummary.Kind.none:
      "give it a credential, as said above"
    case .auth:
      "ask the storage to accept it, or get one with storage.read and storage.modify for \(endpoint.directory.lfn)"
    case .overload: "try again later; where it stays so, the storage behind that server is down"
    case .transient where error.isUnavailable && endpoint.directory.pfn.scheme == "file":
      "mount it, or correct the prefix in the site's catalog"
    case .transient where error.isUnavailable: "see whether the server is up: it takes connections only"
    case .transient, .unknown: "see the server's log"
    case .endpoint where endpoint.directory.pfn.scheme == "file":
      "have it mounted for writing, or correct the prefix in the site's catalog"
    case .endpoint where !PFN.httpSchemes.contains(endpoint.directory.pfn.scheme):
      "correct the URL in the site's catalog, or have the server let files be deleted there"
    case .endpoint:
      "correct the URL in the site's catalog, or switch WebDAV with PROPFIND and DELETE on there (nginx dav_ext_methods, Apache Dav On)"
    case .permanent, .absent: "correct the prefix in the site's catalog"
    case .fatal: "use another backend (--backend), or another stage-out command"
    }
  }

  private static var authorities: String {
    CADirectory.find(named: ProcessEnvironment.current["X509_CERT_DIR"])
  }
}
