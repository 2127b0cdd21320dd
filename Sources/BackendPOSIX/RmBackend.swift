import DeletionModel
import SystemPackage
import Glibc

/// Deletes files of a mounted file system.
///
/// Each directory is opened once, in a way that follows no symbolic link below the storage root
/// (``ParentDirectory``), and its files are unlinked by name in it: nobody can swap a directory for a link in
/// between. unlink(2) never removes a directory. A link as the last component is a listed name like any other:
/// the link goes, what it points to stays.
package struct RmBackend: Backend {
  /// `rm`.
  package static let name = "rm"

  /// Its name in the registry.
  package var name: String { Self.name }
  /// How many files a call takes.
  package let traits = BackendTraits(
    batchLimit: 1000, allowancePerFile: .milliseconds(10), announcesFiles: true, removesDirectories: true)

  let time: any TimeSource
  let usesOpenat2: Bool
  private let evidence: MountEvidence

  /// Makes the backend.
  /// - Parameters:
  ///   - time: The clock that deadlines are given on.
  ///   - usesOpenat2: Whether openat2(2) is tried; without it the way is walked component by component.
  ///   - allowed: What the files are below; by these directories it is known whether the storage is mounted.
  package init(time: any TimeSource, usesOpenat2: Bool = true, allowed: AllowedRoots? = nil) {
    self.time = time
    self.usesOpenat2 = usesOpenat2
    evidence = MountEvidence(allowed: allowed)
  }

  /// Deletes files or empty directories. Returns at the deadline even where the kernel does not.
  package func delete(_ batch: Batch, observer: any BatchObserver) async {
    if Task.isCancelled || batch.deadline.hasPassed(on: time) {
      return batch.answerAll(.notTried, observer)
    }
    let targets = batch.targets
    let usesOpenat2 = usesOpenat2
    let kind = batch.kind
    let evidence = evidence
    let outcome = await BlockingBatch(count: targets.count, observer: observer).run(
      limit: batch.deadline.remaining(on: time)
    ) { work in
      switch kind {
      case .files: Self.work(on: targets, work, evidence, usesOpenat2: usesOpenat2)
      case .emptyDirectories: Self.removeDirectories(targets, work, usesOpenat2: usesOpenat2)
      }
    }
    for (index, isAnswered) in outcome.isAnswered.enumerated() where !isAnswered {
      observer.answered(index, Answer(.failed(index == outcome.inFlight ? .hanging : .notTried)))
    }
  }

  private static func work(
    on targets: [DeletionTarget], _ batch: BlockingBatch, _ evidence: MountEvidence, usesOpenat2: Bool
  ) {
    var directories = DirectorySorter()
    for (index, target) in targets.enumerated() where !directories.add(index, target) {
      guard batch.begin(index) else { return }
      batch.finish(index, Answer(.failed(.notAFile(target.pfn))))
    }
    for directory in directories.directories {
      guard let first = directory.files.first, batch.begin(first.index) else { return }
      var start = ContinuousClock.now
      let trunk = evidence.trunk(of: targets[first.index])
      var isMounted: Bool?
      func absence() -> Answer.Kind {
        let known = isMounted ?? evidence.isMounted(trunk)
        isMounted = known
        return known ? .absent : .failed(.notMounted(trunk))
      }
      do throws(PosixFailure) {
        let opened = try directory.parent.open(usesOpenat2: usesOpenat2)
        defer { try? opened.close() }
        for file in directory.files {
          guard batch.begin(file.index) else { return }
          let path = targets[file.index].pfn.path
          let result = path.withCString { unlinkat(opened.rawValue, $0 + file.nameStart, 0) }
          let number = errno
          if result == 0, isMounted != true {
            evidence.noteDeletion(trunk)
            isMounted = true
          }
          let kind: Answer.Kind =
            result == 0
            ? .deleted : number == ENOENT ? absence() : .failed(.posix(number, doing: "unlink"))
          let end = ContinuousClock.now
          batch.finish(file.index, Answer(kind, seconds: (end - start).inSeconds))
          start = end
        }
      } catch {
        let kind = error.kind == .absent ? absence() : error.kind
        let share = (ContinuousClock.now - start).inSeconds / Double(directory.files.count)
        for file in directory.files {
          guard batch.begin(file.index) else { return }
          batch.finish(file.index, Answer(kind, seconds: share))
        }
      }
    }
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
