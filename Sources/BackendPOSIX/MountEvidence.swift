import DeletionModel
import Synchronization
import Glibc

/// Whether a storage is where its paths lead. Where a file system is not mounted its mount point is there, and empty: then
/// "no such file" is the answer for every file, and says nothing of any.
///
/// What counts is the directory that all files have in common, which no deletion takes away: that of the first two components of
/// the LFN, such as `/store/unmerged`, below the storage root, or that of the allowed root, where this is longer. If it is
/// missing or empty the storage is not mounted here, unless this process itself has deleted something below it.
final class MountEvidence: Sendable {
  /// The common directories below which files were deleted.
  private let deletedBelow = Mutex<Set<String>>([])
  private let allowed: AllowedRoots?

  /// How many components of an LFN every file of an area has in common.
  private static let depth = 2

  /// - Parameter allowed: what nothing is deleted outside of, so that these directories stay; nil: not known.
  init(allowed: AllowedRoots?) { self.allowed = allowed }

  /// The common directory above a file; nil where a rule has rewritten all of its directories, so that nobody can say which one
  /// it is.
  func commonDirectory(of target: DeletionTarget) -> String? {
    let depth = max(Self.depth, allowed?.depth(above: target.lfn) ?? 0)
    let slash = UInt8(ascii: "/")
    let lfn = target.lfn.utf8.split(separator: slash)
    let path = target.pfn.path.utf8.split(separator: slash)
    var common = 0
    while common < min(lfn.count, path.count),
      lfn[lfn.count - 1 - common].elementsEqual(path[path.count - 1 - common])
    {
      common += 1
    }
    // The name alone tells nothing of the directories.
    guard common > 1 || lfn.count == 1 && common == 1 else { return nil }
    let rewritten = lfn.count - common
    let below = rewritten < depth ? lfn.count - min(depth, lfn.count - 1) : common
    let parts = path.prefix(path.count - below)
    return "/" + parts.map { String(Substring($0)) }.joined(separator: "/")
  }

  /// Notes that a file below a common directory was there.
  func noteDeletion(below common: String?) {
    guard let common else { return }
    deletedBelow.withLock { _ = $0.insert(common) }
  }

  /// Whether "no such file" is an answer below this common directory.
  func isMounted(_ common: String?) -> Bool {
    guard let common, !deletedBelow.withLock({ $0.contains(common) }) else { return true }
    guard let directory = opendir(common) else { return errno == EACCES && Self.hasDirectories(common) }
    defer { closedir(directory) }
    // At most the two that every directory has, and one more.
    for _ in 0..<3 {
      guard let entry = readdir(directory) else { return false }
      let isItsOwn = withUnsafeBytes(of: entry.pointee.d_name) { name in
        name.starts(with: ".\0".utf8) || name.starts(with: "..\0".utf8)
      }
      if !isItsOwn { return true }
    }
    return false
  }

  /// Of a directory that can't be listed: most file systems count its subdirectories as links (stat(2), `st_nlink`).
  private static func hasDirectories(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_nlink > 2
  }
}

extension DeletionError {
  /// A file that is not there, where nothing is.
  static func notMounted(_ common: String?) -> DeletionError {
    DeletionError(
      .transient, code: "ENOENT",
      message:
        "the storage is not mounted here, or the catalog's prefix is wrong: \(common ?? "its tree") is missing or empty",
      isUnavailable: true)
  }
}
