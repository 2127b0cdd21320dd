import DeletionModel

/// A PFN as XRootD's clients read it: the path exactly as it goes to the server.
package struct XRootAddress: Sendable, Equatable {
  /// Whether the scheme asks for TLS: `roots`, `xroots`.
  package let isSecure: Bool
  /// `/store/f`, without parameters.
  package let path: String
  /// What stands behind `?`: plain `key=value` pairs.
  package let opaque: String?

  /// The longest name that is sent.
  package static let lengthLimit = 65_536

  /// Takes a PFN apart, or says why its name cannot be passed exactly.
  ///
  /// - Parameter allowsSecrets: whether a parameter may hold one: where nothing is put on a command line.
  package init(_ target: DeletionTarget, allowsSecrets: Bool = false) throws(InexactName) {
    let pfn = target.pfn
    switch pfn.scheme {
    case "root", "xroot": isSecure = false
    case "roots", "xroots": isSecure = true
    default: throw InexactName(reason: "XRootD does not speak \(pfn.scheme)")
    }
    try RemoteName.check(target, allowsSecrets: allowsSecrets)
    // As XrdCl reads a URL: one slash parts the host from the path, so root://h//store/f is /store/f and
    // root://h/store/f is the relative path store/f, which most servers refuse.
    path = String(Substring(pfn.path.utf8.dropFirst()))
    opaque = pfn.opaque
    guard !path.utf8.isEmpty else { throw InexactName(reason: "no path in the PFN") }
    guard text.utf8.count <= Self.lengthLimit else { throw InexactName(reason: "the name is too long") }
  }

  /// The path, with `?parameters` where the PFN has some.
  package var text: String { opaque.map { path + "?" + $0 } ?? path }
}
