/// How a piece of work is asked for, but for the credential. Pure.
struct WebDAVRequest: Equatable {
  /// What is asked of the server.
  enum Method: String {
    case delete = "DELETE"
    case options = "OPTIONS"
    case propfind = "PROPFIND"
  }

  let method: Method
  let url: String
  /// What the server is asked for, where that is not in the URL: the part that is another one each time. libcurl takes
  /// a URL apart, and puts it together again, for every request.
  let target: String?
  /// RFC 4918 section 10.2.
  let depth: Int
  /// The longest body that is taken.
  let limit: Int

  /// Whether XML is sent, and comes back.
  var hasBody: Bool { method == .propfind }

  /// - Parameter root: the endpoint's own URL.
  init(_ work: WebDAVWork, root: String) {
    var target: String?
    switch work {
    case .delete(let errand):
      method = .delete
      url = errand.place?.text ?? root
      if errand.place == nil { target = errand.targetOfDeletion }
      limit = 64 << 10
      depth = 0
    case .look(let errand):
      method = .propfind
      url = errand.place?.text ?? root
      if errand.place == nil { target = errand.name.target }
      limit = 1 << 20
      depth = 0
    case .list(let folder, let wanted):
      method = .propfind
      url = folder
      limit = WebDAVFolders.limit(wanted: wanted)
      depth = 1
    case .askServer(let folder):
      method = .options
      url = folder ?? root
      limit = BodyText.limit
      depth = 0
    }
    self.target = target
  }
}
