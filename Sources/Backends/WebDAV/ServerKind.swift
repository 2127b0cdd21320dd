/// What is known of how a server treats directories.
enum ServerKind: Equatable {
  /// It refuses DELETE with `Depth: 0` for a collection, be it full or empty, and leaves everything as it is. RFC
  /// 4918 section 9.6.1 lets a client send no other depth than infinity, which is why these two refuse.
  case refusesFolders
  /// It may remove one: what a name is has to be known before.
  case mustLook
  /// XRootD: likewise, and it was proved to refuse a full one. A name with a slash at its end is a directory's there.
  case removesOnlyEmptyFolders

  /// The parts of an answer to OPTIONS that tell.
  struct Signs: Equatable {
    var status: Int
    var server = ""
    var dav: [String] = []
    var allow = ""
    var msAuthorVia = ""
    var body = ""
  }

  /// Recognises the servers whose ways were proved, where they answer for themselves.
  ///
  /// nginx puts its own name on what it passes on from a server behind it (StoRM, XRootD, …), so the name is not
  /// enough: the answer has to be one that nginx's own WebDAV module gives, or nginx's own page for a method that
  /// it does not know. Apache leaves the name of a server behind it. Everything else is not known.
  init(_ signs: Signs) {
    let server = signs.server.lowercased()
    let properties = "<http://apache.org/dav/propset/fs/1>"
    if server == "nginx" || server.hasPrefix("nginx/") {
      let isModule =
        signs.status == 200 && !signs.dav.isEmpty && signs.msAuthorVia.isEmpty
        && !signs.dav.contains(where: { $0.contains(properties) })
        && signs.allow.hasPrefix("GET,HEAD,PUT,DELETE,MKCOL,COPY,MOVE,PROPFIND,OPTIONS")
      let isPage = signs.status == 405 && signs.body.contains("<center>nginx")
      self = isModule || isPage ? .refusesFolders : .mustLook
    } else if server == "apache" || server.hasPrefix("apache/") {
      let isModule =
        signs.status == 200 && signs.msAuthorVia == "DAV"
        && signs.dav.contains(where: { $0.contains(properties) })
      self = isModule ? .refusesFolders : .mustLook
    } else if Self.isXRootD(signs.server), signs.status == 200,
      signs.allow.hasPrefix("HEAD,GET,PUT,PROPFIND,DELETE,OPTIONS")
    {
      self = .removesOnlyEmptyFolders
    } else {
      self = .mustLook
    }
  }

  /// Whether a server calls itself XRootD, which puts its name on each answer.
  static func isXRootD(_ server: String) -> Bool { server.lowercased().hasPrefix("xrootd/v") }
}
