import DeletionModel
import Networking

/// A directory as an HTTP request names it. An object, as many names share it.
final class WebDAVDirectory: Sendable {
  /// As it stands, with a slash at its end.
  let path: [UInt8]
  /// The same, encoded.
  let encoded: String
  /// The directory of the LFN, where it is the end of the path.
  let lfn: [UInt8]

  fileprivate init(_ path: Substring, lfn: [UInt8]) throws(InexactName) {
    // Servers resolve these, before or behind their own rules.
    if path.utf8.split(separator: UInt8(ascii: "/")).contains(where: WebDAVNameMaker.isDots) {
      throw InexactName(reason: "a . or .. in the path")
    }
    self.path = Array(path.utf8)
    self.lfn = lfn
    encoded = PercentEncoding.encoded(path)
  }

  private init(root path: [UInt8]) {
    self.path = path
    lfn = []
    encoded = PercentEncoding.encoded(String(decoding: path, as: UTF8.self))
  }

  /// The first two directories of the LFN, as `/store/unmerged/`, which every server has that has any of its files; nil
  /// where the path does not end with the LFN.
  var root: WebDAVDirectory? {
    guard path.count >= lfn.count, path.suffix(lfn.count).elementsEqual(lfn) else { return nil }
    let slashes = lfn.indices.filter { lfn[$0] == UInt8(ascii: "/") }
    guard slashes.count > 2 else { return nil }
    return WebDAVDirectory(root: path.dropLast(lfn.count) + lfn[...slashes[2]])
  }

  /// For the answer to a listing.
  var requested: RequestedName { RequestedName(path: path, lfn: lfn) }
}

/// A file as an HTTP request names it. An object, as it is handed on often: that costs one count, not one for each
/// text.
final class WebDAVName: Sendable {
  /// The file's own name, as it is.
  let name: ExactName
  let directory: WebDAVDirectory
  /// What follows the `?` of the PFN.
  let opaque: String?

  fileprivate init(_ name: Substring, in directory: WebDAVDirectory, opaque: String?) {
    self.name = ExactName(name)
    self.directory = directory
    self.opaque = opaque
  }

  /// What a server is asked for: the path, encoded once, and the parameters: those of a redirect, to the letter, else
  /// those of the PFN.
  func target(_ location: WebLocation? = nil) -> String {
    let path = directory.encoded + PercentEncoding.encoded(name.text)
    return (location?.query ?? opaque).map { path + "?" + $0 } ?? path
  }

  /// The path as it stands.
  var path: [UInt8] { directory.path + Array(name.text.utf8) }

  /// For the answer to a PROPFIND or a DELETE.
  var requested: RequestedName {
    RequestedName(path: path, lfn: directory.lfn.isEmpty ? [] : directory.lfn + Array(name.text.utf8))
  }

  /// Expresses a target, or says why it cannot be sent exactly.
  static func of(_ target: DeletionTarget) throws(InexactName) -> WebDAVName {
    var maker = WebDAVNameMaker()
    return try maker.name(of: target)
  }
}

/// Makes the names of a batch. Files that follow each other are mostly of one directory, and always of one endpoint;
/// what they share is worked out once.
struct WebDAVNameMaker {
  private var endpoint: String?
  private var parent: WebDAVDirectory?

  /// The name of a target, or why it cannot be sent exactly.
  mutating func name(of target: DeletionTarget) throws(InexactName) -> WebDAVName {
    let pfn = target.pfn
    // Nothing of it is put on a command line, so its parameters may hold a right, as those of a redirect do.
    try RemoteName.check(target, allowsSecrets: true)
    try checkEndpoint(of: pfn)
    // In bytes: an accent behind the slash would make one character with it.
    var whole = pfn.path
    let (length, isSame) = whole.withUTF8 { bytes in
      let length = bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
      let isSame = self.parent.map { $0.path.count == length && zip($0.path, bytes).allSatisfy { $0 == $1 } }
      return (length, isSame ?? false)
    }
    guard length > 0 else { throw InexactName(reason: "no file in the PFN") }
    let start = whole.utf8.index(whole.startIndex, offsetBy: length)
    let last = Substring(whole.utf8[start...])
    if last.isEmpty || Self.isDots(last.utf8) { throw InexactName(reason: "no file in the PFN") }
    let directory: WebDAVDirectory
    if isSame, let parent {
      directory = parent
    } else {
      directory = try WebDAVDirectory(
        Substring(whole.utf8[..<start]), lfn: Self.directory(ofLFN: target, last))
      parent = directory
    }
    return WebDAVName(last, in: directory, opaque: pfn.opaque)
  }

  /// The directory of an LFN that has the same last part as the PFN; else empty.
  private static func directory(ofLFN target: DeletionTarget, _ last: Substring) -> [UInt8] {
    let lfn = Array(target.lfn.utf8)
    guard let slash = lfn.lastIndex(of: UInt8(ascii: "/")), lfn[(slash + 1)...].elementsEqual(last.utf8)
    else {
      return []
    }
    return Array(lfn[...slash])
  }

  private mutating func checkEndpoint(of pfn: PFN) throws(InexactName) {
    if let endpoint, ExactName.same(endpoint, pfn.endpoint) { return }
    guard PFN.httpSchemes.contains(pfn.scheme) else {
      throw InexactName(reason: "\(pfn.scheme): is no HTTP or WebDAV")
    }
    // It would be sent as a user name and an empty password.
    if pfn.authority.utf8.contains(UInt8(ascii: "@")) { throw InexactName(reason: "a user in the PFN") }
    do throws(EndpointAddress.ParseError) {
      _ = try EndpointAddress(scheme: pfn.scheme, authority: pfn.authority)
    } catch {
      throw InexactName(reason: error.text)
    }
    endpoint = pfn.endpoint
    parent = nil
  }

  fileprivate static func isDots(_ part: some Collection<UInt8>) -> Bool {
    part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8)
  }
}
