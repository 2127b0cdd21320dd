import FoundationEssentials
import SystemPackage

/// What credentials a process has, by its environment and the usual files. Asks no server and verifies no
/// signature.
public enum CredentialInspection {
  /// Lists what is there: the token first, then proxies, then a certificate with its key.
  ///
  /// A default place where nothing is makes no finding; a file that a variable names and that is missing makes
  /// one. Of tokens only those up to the one that the discovery ends at are listed: no client sends another.
  /// - Parameters:
  ///   - environment: the variables of the process.
  ///   - euid: its effective user id, which the default file names have in them.
  ///   - read: how files are read; ``CredentialFile/read(_:)`` for real ones.
  ///   - now: what time it is.
  public static func inspect(
    environment: [String: String], euid: UInt32, read: @escaping CredentialFile.Reader, now: Date
  ) -> [CredentialFinding] {
    let tokens = BearerTokenDiscovery(environment: environment, euid: euid, read: read)
    let x509 = X509Discovery(environment: environment, euid: euid)
    let inspection = X509Inspection(read: read, now: now)
    return TokenInspection.findings(of: tokens, now: now)
      + x509.places.compactMap { inspection.finding(at: $0) }
  }

  /// Why a file could not be read, in words.
  static func text(of error: Errno) -> String {
    switch error {
    // These three are what `CredentialFile.read` says of files that it does not read.
    case .isDirectory: "it is a directory"
    case .invalidArgument: "not a regular file"
    case .fileTooLarge: "larger than \(CredentialFile.sizeLimit) bytes: not a credential"
    default: String(describing: error)
    }
  }
}
