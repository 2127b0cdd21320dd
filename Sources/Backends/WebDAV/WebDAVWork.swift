/// What one request is for.
enum WebDAVWork {
  /// What the server is, where this directory is.
  case askServer(folder: String?)
  /// What a directory has in it, of which so many names may be asked for.
  case list(folder: String, wanted: Int)
  /// What one name is.
  case look(WebDAVErrand)
  /// The deletion of one file.
  case delete(WebDAVErrand)

  /// The file that it is for.
  var errand: WebDAVErrand? {
    switch self {
    case .look(let errand), .delete(let errand): errand
    case .askServer, .list: nil
    }
  }

  /// Whether it can change anything at the storage.
  var isDeletion: Bool { if case .delete = self { true } else { false } }
}
