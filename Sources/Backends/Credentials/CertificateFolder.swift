import Glibc

/// Where the certification authorities are that servers are held against.
public enum CertificateFolder {
  /// `X509_CERT_DIR`, where it is set; the grid's folder, where it is there; the system's.
  public static func path(variables: [String: String]) -> String {
    if let folder = variables["X509_CERT_DIR"], !folder.isEmpty { return folder }
    let grid = "/etc/grid-security/certificates"
    return access(grid, R_OK | X_OK) == 0 ? grid : "/etc/ssl/certs"
  }
}
