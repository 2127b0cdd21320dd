import Deletion

/// A PFN as XRootD's clients read it: the path exactly as it goes to the server.
struct XRootAddress: Sendable, Equatable {
  /// Whether the scheme asks for TLS: `roots`, `xroots`.
  let isSecure: Bool
  /// `/store/f`, without parameters.
  let path: String
  /// What stands behind `?`: plain `key=value` pairs.
  let opaque: String?

  /// The longest name that is sent.
  static let lengthLimit = 65_536

  /// Takes a PFN apart, or says why its name cannot be passed exactly.
  init(_ target: DeletionTarget) throws(InexactName) {
    let pfn = target.pfn
    switch pfn.scheme {
    case "root", "xroot": isSecure = false
    case "roots", "xroots": isSecure = true
    default: throw InexactName(reason: "XRootD does not speak \(pfn.scheme)")
    }
    try RemoteName.check(target)
    // As XrdCl reads a URL: one slash parts the host from the path, so root://h//store/f is /store/f and
    // root://h/store/f is the relative path store/f, which most servers refuse.
    path = String(Substring(pfn.path.utf8.dropFirst()))
    opaque = pfn.opaque
    guard !path.utf8.isEmpty else { throw InexactName(reason: "no path in the PFN") }
    guard text.utf8.count <= Self.lengthLimit else { throw InexactName(reason: "the name is too long") }
  }

  /// The path, with `?parameters` where the PFN has some.
  var text: String { opaque.map { path + "?" + $0 } ?? path }
}
