import Deletion

/// A file as an HTTP request names it. An object, as it is handed on often: that costs one count, not one for each
/// text.
final class WebDAVName: Sendable {
  /// `https://host:port`, as it is on the wire.
  let origin: String
  /// What the server is asked for: path and parameters, encoded once.
  let target: String
  /// The URL of the directory that the file is in, with its slash and without parameters.
  let folder: String
  /// The file's own name, as it is.
  let name: ExactName

  /// The whole URL.
  var url: String { origin + target }

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
  static func of(_ target: DeletionTarget) throws(InexactName) -> WebDAVName {
    var maker = WebDAVNameMaker()
    return try maker.name(of: target)
  }

  fileprivate init(origin: String, target: String, folder: String, name: ExactName) {
    self.origin = origin
    self.target = target
    self.folder = folder
    self.name = name
  }

  fileprivate static func origin(of pfn: PFN) throws(InexactName) -> String {
    guard let scheme = wireSchemes[pfn.scheme] else {
      throw InexactName(reason: "\(pfn.scheme): is no HTTP or WebDAV")
    }
    // It would be sent as a user name and an empty password.
    if pfn.authority.utf8.contains(UInt8(ascii: "@")) { throw InexactName(reason: "a user in the PFN") }
    do throws(EndpointAddress.Flaw) {
      _ = try EndpointAddress(scheme: pfn.scheme, authority: pfn.authority)
    } catch {
      throw InexactName(reason: error.text)
    }
    return "\(scheme)://\(pfn.authority)"
  }
}

/// Makes the names of a batch. Files that follow each other are mostly of one directory, and always of one endpoint;
/// what they share is worked out once.
struct WebDAVNameMaker {
  private var endpoint: (scheme: String, authority: String, origin: String)?
  private var parent: Directory?

  private struct Directory {
    /// As it stands.
    let path: [UInt8]
    /// Its URL.
    let folder: String
    /// The part of that behind the host.
    let target: String

    init(_ path: Substring, on origin: String) throws(InexactName) {
      // Servers resolve these, before or behind their own rules.
      if path.utf8.split(separator: UInt8(ascii: "/")).contains(where: WebDAVNameMaker.isDots) {
        throw InexactName(reason: "a . or .. in the path")
      }
      self.path = Array(path.utf8)
      target = PercentEncoding.encoded(path)
      folder = origin + target
    }
  }

  /// The name of a target, or why it cannot be sent exactly.
  mutating func name(of target: DeletionTarget) throws(InexactName) -> WebDAVName {
    let pfn = target.pfn
    try RemoteName.check(target)
    let origin = try origin(of: pfn)
    // In bytes: an accent behind the slash would make one character with it.
    var whole = pfn.path
    let (length, isSame) = whole.withUTF8 { bytes in
      let length = bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
      return (length, self.parent?.path.elementsEqual(bytes[..<length]) ?? false)
    }
    guard length > 0 else { throw InexactName(reason: "no file in the PFN") }
    let start = whole.utf8.index(whole.startIndex, offsetBy: length)
    let last = Substring(whole.utf8[start...])
    if last.isEmpty || Self.isDots(last.utf8) { throw InexactName(reason: "no file in the PFN") }
    let directory: Directory
    if isSame, let parent {
      directory = parent
    } else {
      directory = try Directory(Substring(whole.utf8[..<start]), on: origin)
      parent = directory
    }
    var name = directory.target + PercentEncoding.encoded(last)
    if let opaque = pfn.opaque { name += "?" + opaque }
    return WebDAVName(origin: origin, target: name, folder: directory.folder, name: ExactName(last))
  }

  private mutating func origin(of pfn: PFN) throws(InexactName) -> String {
    if let endpoint, MessageWords.same(endpoint.authority, pfn.authority), endpoint.scheme == pfn.scheme {
      return endpoint.origin
    }
    let origin = try WebDAVName.origin(of: pfn)
    endpoint = (pfn.scheme, pfn.authority, origin)
    parent = nil
    return origin
  }

  fileprivate static func isDots(_ part: some Collection<UInt8>) -> Bool {
    part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8)
  }
}
