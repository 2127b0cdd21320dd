import FoundationEssentials
import SystemPackage

extension X509Discovery {
  /// The files of the first credential that can be used now; nil where there is none.
  ///
  /// - Parameters:
  ///   - read: how files are read.
  ///   - now: what time it is.
  public func usable(read: @escaping CredentialFile.Reader, now: Date) -> EndpointCredential? {
    let inspection = X509Inspection(read: read, now: now)
    for place in places {
      guard let finding = inspection.finding(at: place), finding.hindrance(at: now) == nil else { continue }
      switch place {
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
