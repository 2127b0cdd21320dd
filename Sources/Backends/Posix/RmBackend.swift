import Deletion
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Deletes files of a mounted file system.
///
/// Each directory is opened once, in a way that follows no symbolic link below the storage root
/// (``ParentDirectory``), and its files are unlinked by name in it: nobody can swap a folder for a link in
/// between. unlink(2) never removes a directory. A link as the last component is a listed name like any other:
/// the link goes, what it points to stays.
public struct RmBackend: Backend {
  /// `rm`.
  public static let name = "rm"

  /// Its name in the registry.
  public var name: String { Self.name }
  /// How many files a call takes.
  public let traits = BackendTraits(
    batchLimit: 1000, allowancePerFile: .milliseconds(10), announcesFiles: true, removesDirectories: true)

  let time: any TimeSource
  let usesOpenat2: Bool

  /// Makes the backend.
  /// - Parameters:
  ///   - time: The clock that deadlines are given on.
  ///   - usesOpenat2: Whether openat2(2) is tried; without it the way is walked component by component.
  public init(time: any TimeSource, usesOpenat2: Bool = true) {
    self.time = time
    self.usesOpenat2 = usesOpenat2
  }

  /// As a batch of one.
  public func delete(_ target: DeletionTarget, deadline: Deadline) async -> Answer {
    let answers = await delete(batch: [target], deadline: deadline)
    return answers.first ?? Answer(.failed(.notTried))
  }

  /// Deletes files; the answers are aligned with them. Returns at the deadline even where the kernel does not.
  public func delete(batch targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    if Task.isCancelled || deadline.hasPassed(on: time) {
      return targets.map { _ in Answer(.failed(.notTried)) }
    }
    let usesOpenat2 = usesOpenat2
    let outcome = await BlockingBatch(count: targets.count, watch: CallWatch.current).run(
      limit: deadline.remaining(on: time)
    ) {
      batch in
      Self.work(on: targets, batch, usesOpenat2: usesOpenat2)
    }
    return outcome.answers.enumerated().map { index, answer in
      answer ?? Answer(.failed(index == outcome.inFlight ? .hanging : .notTried))
    }
  }

  private static func work(on targets: [DeletionTarget], _ batch: BlockingBatch, usesOpenat2: Bool) {
    var folders = FolderSorter()
    for (index, target) in targets.enumerated() where !folders.add(index, target) {
      guard batch.begin(index) else { return }
      batch.finish(index, Answer(.failed(.notAFile(target.pfn))))
    }
    for folder in folders.folders {
      guard let first = folder.files.first, batch.begin(first.index) else { return }
      var start = ContinuousClock.now
      do throws(PosixFailure) {
        let directory = try folder.parent.open(usesOpenat2: usesOpenat2)
        defer { try? directory.close() }
        for file in folder.files {
          guard batch.begin(file.index) else { return }
          let path = targets[file.index].pfn.path
          let result = path.withCString { unlinkat(directory.rawValue, $0 + file.nameStart, 0) }
          let kind = result == 0 ? Answer.Kind.deleted : kind(errno)
          let end = ContinuousClock.now
          batch.finish(file.index, Answer(kind, seconds: (end - start).inSeconds))
          start = end
        }
      } catch {
        let share = (ContinuousClock.now - start).inSeconds / Double(folder.files.count)
        for file in folder.files {
          guard batch.begin(file.index) else { return }
          batch.finish(file.index, Answer(error.kind, seconds: share))
        }
      }
    }
  }

  private static func kind(_ number: Int32) -> Answer.Kind {
    number == ENOENT ? .absent : .failed(.posix(number, doing: "unlink"))
  }
}

extension DeletionError {
  /// A call that did not come back before the deadline.
  static let hanging = DeletionError(
    .transient, code: "ETIMEDOUT", message: "no answer from the file system within the deadline",
    isAmbiguous: true, isUnavailable: true)

  /// A PFN that does not name a file of a file system.
  static func notAFile(_ pfn: PFN) -> DeletionError {
    DeletionError(.permanent, code: "EINVAL", message: "not the path of a local file")
  }
}
