import FoundationEssentials
import SystemPackage

/// How time and permission bits make the state of a credential that is well formed.
enum CredentialValidity {
  /// How far the clocks of issuer and worker node may be apart, in seconds. A credential made this moment must
  /// not look as if it came from the future. Nothing is given at the other end: what has ended is not presented.
  static let clockSkew = 60.0

  /// The state, and what is wrong if something is. Time goes before permissions: an expired credential is not
  /// usable, whoever may read it.
  static func judge(
    notBefore: Date?, expires: Date?, permissions: FilePermissions?, now: Date
  ) -> (state: CredentialState, problem: String?) {
    if let expires, now >= expires {
      return (.expired, "expired at \(expires.formatted(.iso8601))")
    }
    if let notBefore, now.addingTimeInterval(clockSkew) < notBefore {
      return (.notYetValid, "not valid before \(notBefore.formatted(.iso8601))")
    }
    if let permissions, !permissions.isDisjoint(with: .anyoneElse) {
      return (.worldReadable, "others than the owner have rights to it: mode \(permissions.octal)")
    }
    return (.valid, nil)
  }
}
