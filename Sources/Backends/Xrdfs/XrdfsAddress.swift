import Deletion

/// A PFN as `xrdfs` takes it: the server, and the path exactly as it goes to the server.
///
/// Seen with xrdfs 5.5.3 and read in the sources of 4.12 to 6.1: outside its interactive mode each argument
/// is one path; nothing in it is split, unquoted, decoded or collapsed.
struct XrdfsAddress: Hashable, Sendable {
  /// `root://host:port`.
  let server: ExactName
  /// `/store/f`, with `?parameters` where the PFN has some.
  let path: ExactName

  /// Takes a PFN apart, or says why its name cannot be passed exactly.
  init(_ target: DeletionTarget) throws(InexactName) {
    let pfn = target.pfn
    let scheme: String
    switch pfn.scheme {
    case "root", "xroot": scheme = "root"
    case "roots", "xroots": scheme = "roots"
    default: throw InexactName(reason: "xrdfs does not speak \(pfn.scheme)")
    }
    try RemoteName.check(target)
    server = ExactName("\(scheme)://\(pfn.authority)")
    // As XrdCl reads a URL: one slash parts the host from the path, so root://h//store/f is /store/f and
    // root://h/store/f is the relative path store/f, which most servers refuse.
    var text = String(Substring(pfn.path.utf8.dropFirst()))
    guard let first = text.utf8.first, first != UInt8(ascii: "-") else {
      throw InexactName(reason: "xrdfs would take the path for an option")
    }
    // The tool prints "rm PATH : [STATUS] …".
    if text.utf8.count >= 4, XrdfsOutput.contains(" : [", in: text) {
      throw InexactName(reason: "the name cannot be told from the answer in the output of xrdfs")
    }
    if let opaque = pfn.opaque { text += "?" + opaque }
    guard text.utf8.count <= 65_536 else { throw InexactName(reason: "the name is too long") }
    path = ExactName(text)
  }
}
