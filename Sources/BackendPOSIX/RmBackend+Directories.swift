import DeletionModel
import Glibc
import SystemPackage

/// rmdir(2) fails on a directory with anything in it, on a file, and on a link, wherever that leads to.
extension RmBackend {
  /// Removes each by its name in the directory above it, which is opened as for files.
  static func removeDirectories(_ targets: [DeletionTarget], _ batch: BlockingBatch, usesOpenat2: Bool) {
    for (index, target) in targets.enumerated() {
      guard batch.begin(index) else { return }
      let start = ContinuousClock.now
      let kind = remove(target, usesOpenat2: usesOpenat2)
      batch.finish(index, Answer(kind, seconds: (ContinuousClock.now - start).inSeconds))
    }
  }

  private static func remove(_ target: DeletionTarget, usesOpenat2: Bool) -> Answer.Kind {
    guard target.pfn.scheme == "file", let parts = ParentDirectory.parts(of: target) else {
      return .failed(.notAFile(target.pfn))
    }
    do throws(PosixFailure) {
      let parent = try ParentDirectory(target.pfn.path, parts).open(usesOpenat2: usesOpenat2)
      defer { try? parent.close() }
      let result = target.pfn.path.withCString {
        unlinkat(parent.rawValue, $0 + parts.directoryEnd + 1, AT_REMOVEDIR)
      }
      if result == 0 { return .deleted }
      switch errno {
      case ENOENT: return .absent
      // rmdir(2): POSIX lets a system choose between these two.
      case EEXIST, ENOTEMPTY: return .failed(.posix(ENOTEMPTY, doing: "rmdir"))
      // Something is mounted on it.
      case EBUSY:
        return .failed(DeletionError(.permanent, code: "EBUSY", message: "rmdir: the directory is in use"))
      case let number: return .failed(.posix(number, doing: "rmdir"))
      }
    } catch {
      return error.kind
    }
  }
}
