import FoundationEssentials
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension ChildEnvironment {
  /// With the token itself in `BEARER_TOKEN`: gfal2 reads nothing but the value. Without one that can be used
  /// there is none, so that a tool which prefers tokens takes the proxy instead of one that has expired.
  ///
  /// The file is read anew each time, because tokens are renewed in place.
  public func withTokenValue(
    euid: UInt32 = geteuid(), read: CredentialFile.Reader = CredentialFile.read, now: Date = Date()
  ) -> ChildEnvironment {
    var result = self
    result["BEARER_TOKEN"] =
      TokenInspection.usable(environment: values, euid: euid, read: read, now: now)?.secret.reveal()
    return result
  }
}
