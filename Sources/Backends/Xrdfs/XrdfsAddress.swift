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
    let address = try XRootAddress(target)
    server = ExactName("\(address.isSecure ? "roots" : "root")://\(target.pfn.authority)")
    let text = address.path
    guard let first = text.utf8.first, first != UInt8(ascii: "-") else {
      throw InexactName(reason: "xrdfs would take the path for an option")
    }
    // The tool prints "rm PATH : [STATUS] …".
    if text.utf8.count >= 4, XrdfsOutput.contains(" : [", in: text) {
      throw InexactName(reason: "the name cannot be told from the answer in the output of xrdfs")
    }
    path = ExactName(address.text)
  }
}
