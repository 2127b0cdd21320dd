import CLinux
import Deletion
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// rmdir(2) fails on a directory with anything in it, on a file, and on a link, wherever that leads to.
extension RmBackend {
  /// Removes empty directories, each by its name in the directory above it, which is opened as for files.
  public func remove(emptyDirectories targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    if Task.isCancelled || deadline.hasPassed(on: time) {
      return targets.map { _ in Answer(.failed(.notTried)) }
    }
    let usesOpenat2 = usesOpenat2
    let outcome = await BlockingBatch(count: targets.count).run(limit: deadline.remaining(on: time)) {
      batch in
      for (index, target) in targets.enumerated() {
        guard batch.begin(index) else { return }
        let start = ContinuousClock.now
        let kind = Self.remove(target, usesOpenat2: usesOpenat2)
        batch.finish(index, Answer(kind, seconds: (ContinuousClock.now - start).inSeconds))
      }
    }
    return outcome.answers.enumerated().map { index, answer in
      answer ?? Answer(.failed(index == outcome.inFlight ? .hanging : .notTried))
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
        unlinkat(parent.rawValue, $0 + parts.folderEnd + 1, AT_REMOVEDIR)
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
