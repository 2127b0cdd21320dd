import Deletion

/// A file as an HTTP request names it.
struct WebDAVName: Sendable, Equatable {
  /// The whole URL, encoded once.
  let url: String
  /// The URL of the directory that the file is in, with its slash and without parameters.
  let folder: String
  /// The file's own name, as it is.
  let name: ExactName

  /// The schemes of WebDAV doors and what they are on the wire.
  private static let wireSchemes = ["http": "http", "dav": "http", "https": "https", "davs": "https"]

  /// An endpoint, as the report calls it, with the scheme on the wire.
  static func wire(endpoint: String) -> String {
    guard let colon = endpoint.firstIndex(of: ":"), let scheme = wireSchemes[String(endpoint[..<colon])]
    else {
      return endpoint
    }
    return scheme + endpoint[colon...]
  }

  /// Expresses a target, or says why it cannot be sent exactly.
  init(_ target: DeletionTarget) throws(InexactName) {
    let pfn = target.pfn
    guard let scheme = Self.wireSchemes[pfn.scheme] else {
      throw InexactName(reason: "\(pfn.scheme): is no HTTP or WebDAV")
    }
    try RemoteName.check(target)
    // It would be sent as a user name and an empty password.
    if pfn.authority.utf8.contains(UInt8(ascii: "@")) { throw InexactName(reason: "a user in the PFN") }
    do throws(EndpointAddress.Flaw) {
      _ = try EndpointAddress(scheme: pfn.scheme, authority: pfn.authority)
    } catch {
      throw InexactName(reason: error.text)
    }
    // Servers resolve these, before or behind their own rules.
    let parts = pfn.path.utf8.split(separator: UInt8(ascii: "/"))
    if parts.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }) {
      throw InexactName(reason: "a . or .. in the path")
    }
    guard let last = parts.last else { throw InexactName(reason: "no file in the PFN") }
    name = ExactName(Substring(last))
    let parent = Substring(pfn.path.utf8.dropLast(last.count))
    folder = "\(scheme)://\(pfn.authority)\(PercentEncoding.encoded(parent))"
    let parameters = pfn.opaque.map { "?" + $0 } ?? ""
    url = folder + PercentEncoding.encoded(Substring(last)) + parameters
  }
}
