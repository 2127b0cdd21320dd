import Credentials
import DeletionModel

/// What the state of a target says of the file: the one table of dCache's bulk service. Pure.
enum BulkOutcome: Equatable {
  case deleted
  case absent
  /// It is a directory, and stays.
  case directory
  case failed(DeletionError)
  /// Nothing has been said of it.
  case open(mayBeGone: Bool)

  init(_ target: BulkTarget) {
    switch target.state {
    case "COMPLETED": self = .deleted
    case "SKIPPED": self = .directory
    case "FAILED": self = Self.failure(target)
    // The time is set before the name space is asked to delete it.
    case "CANCELLED": self = .open(mayBeGone: target.startedAt != nil)
    case "CREATED", "READY": self = .open(mayBeGone: false)
    default: self = .open(mayBeGone: true)
    }
  }

  private static func failure(_ target: BulkTarget) -> BulkOutcome {
    let name = target.errorType?.split(separator: ".").last.map(String.init) ?? "FAILED"
    let message = target.errorMessage ?? ""
    func error(_ errorClass: ErrorClass, isAmbiguous: Bool = false) -> BulkOutcome {
      .failed(
        DeletionError(
          errorClass, code: name, message: message.isEmpty ? "not deleted" : Redaction.clean(message),
          isAmbiguous: isAmbiguous))
    }
    switch name {
    case "FileNotFoundCacheException": return .absent
    case "PermissionDeniedCacheException": return error(.auth)
    case "NotFileCacheException": return error(.permanent)
    case "LockedCacheException", "InProgressCacheException", "MissingResourceCacheException":
      return error(.transient)
    // The message may have been read all the same.
    case "TimeoutCacheException", "NoRouteToCellException": return error(.transient, isAmbiguous: true)
    default:
      let isFull = message.lowercased().contains("not empty")
      return isFull ? error(.permanent) : error(.unknown, isAmbiguous: true)
    }
  }
}

/// How a file is named to the service.
struct BulkName {
  /// As the service is asked for it: with one slash where the PFN has several.
  let path: String
  /// What stands before the LFN, which is the same for all files that one entry of the site's configuration maps.
  let root: String
  /// Why another backend has to be asked for it; nil where the service takes it for what it is.
  let hindrance: DeletionError?

  /// Before dCache 9.2 the service's own table cut longer ones.
  private static let longest = 255

  init(_ target: DeletionTarget) throws(InexactName) {
    try RemoteName.check(target, allowsSecrets: true)
    let parts = target.pfn.path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    guard !parts.isEmpty, !parts.contains(where: { $0 == "." || $0 == ".." }) else {
      throw InexactName(reason: "a . or .. in the path")
    }
    path = "/" + parts.joined(separator: "/")
    root =
      ExactName.ends(path, with: target.lfn)
      ? String(Substring(path.utf8.dropLast(target.lfn.utf8.count)))
      : "/" + parts.dropLast().joined(separator: "/")
    // The frontend strips the ends of each target (Java's String.strip), and would have another file deleted.
    if path.unicodeScalars.last?.properties.isWhitespace == true {
      hindrance = InexactName(reason: "the service would take off the blank at its end").error
    } else if path.utf8.count > Self.longest {
      hindrance = InexactName(reason: "it is too long for the service").error
    } else if target.pfn.opaque != nil {
      hindrance = InexactName(reason: "the service takes no parameters of a URL").error
    } else {
      hindrance = nil
    }
  }
}
