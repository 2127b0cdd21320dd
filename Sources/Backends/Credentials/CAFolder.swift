#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Where the certificates of the authorities are that a server's certificate is checked against.
///
/// Always a folder with hashed names, never one big file: to read a file with all authorities takes 21 ms of
/// CPU for each new connection, to look one up in a folder 1 ms.
public enum CAFolder {
  /// Where grid sites have theirs.
  public static let grid = "/etc/grid-security/certificates"
  /// Where the operating system has its own.
  public static let system = "/etc/ssl/certs"

  /// What `X509_CERT_DIR` names, else the grid's folder if there is one, else the system's.
  public static func find(
    named: String?, exists: (String) -> Bool = { access($0, R_OK | X_OK) == 0 }
  ) -> String {
    if let named, !named.isEmpty { return named }
    return exists(grid) ? grid : system
  }
}
