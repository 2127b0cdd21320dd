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
  private let ageLimit: AgeLimit?
  private let evidence: MountEvidence

  /// Makes the backend.
  /// - Parameters:
  ///   - time: The clock that deadlines are given on.
  ///   - usesOpenat2: Whether openat2(2) is tried; without it the way is walked component by component.
  ///   - allowed: What the files are below; by these directories it is known whether the storage is mounted.
  ///   - ageLimit: What was written later stays. Then each file is asked for by fstatat(2) before it is unlinked.
  package init(
    time: any TimeSource, usesOpenat2: Bool = true, allowed: AllowedRoots? = nil, ageLimit: AgeLimit? = nil
  ) {
    self.time = time
    self.usesOpenat2 = usesOpenat2
    self.ageLimit = ageLimit
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
    let ageLimit = ageLimit
    let outcome = await BlockingBatch(count: targets.count, observer: observer).run(
      limit: batch.deadline.remaining(on: time)
    ) { work in
      switch kind {
      case .files: Self.work(on: targets, work, evidence, ageLimit, usesOpenat2: usesOpenat2)
      case .emptyDirectories: Self.removeDirectories(targets, work, usesOpenat2: usesOpenat2)
      }
    }
    for (index, isAnswered) in outcome.isAnswered.enumerated() where !isAnswered {
      observer.answered(index, Answer(.failed(index == outcome.inFlight ? .hanging : .notTried)))
    }
  }

  /// Opens the directory above it as for a deletion, and asks whether it is a directory that this process may write to.
  package func inspect(_ directory: DeletionTarget, deadline: Deadline) async -> Inspection {
    let answers = BatchAnswers(count: 1)
    let (usesOpenat2, evidence) = (usesOpenat2, evidence)
    _ = await BlockingBatch(count: 1, observer: answers).run(limit: deadline.remaining(on: time)) { work in
      guard work.begin(0) else { return }
      work.finish(0, Answer(Self.kind(of: directory, evidence, usesOpenat2: usesOpenat2)))
    }
    return Inspection(answer: answers.all[0]?.kind ?? .failed(.hanging), backend: name)
  }

  private static func work(
    on targets: [DeletionTarget], _ batch: BlockingBatch, _ evidence: MountEvidence, _ ageLimit: AgeLimit?,
    usesOpenat2: Bool
  ) {
    var directories = DirectorySorter()
    for (index, target) in targets.enumerated() where !directories.add(index, target) {
      guard batch.begin(index) else { return }
      batch.finish(index, Answer(.failed(.notAFile(target.pfn))))
    }
    for directory in directories.directories {
      guard let first = directory.files.first, batch.begin(first.index) else { return }
      var start = ContinuousClock.now
      let common = evidence.commonDirectory(of: targets[first.index])
      var isMounted: Bool?
      func checked(_ kind: Answer.Kind) -> Answer.Kind {
        guard case .absent = kind else { return kind }
        let known = isMounted ?? evidence.isMounted(common)
        isMounted = known
        return known ? .absent : .failed(.notMounted(common))
      }
      do throws(PosixFailure) {
        let opened = try directory.parent.open(usesOpenat2: usesOpenat2)
        defer { try? opened.close() }
        for file in directory.files {
          guard batch.begin(file.index) else { return }
          let (kind, facts) = remove(
            targets[file.index].pfn.path, from: file.nameStart, in: opened, ageLimit)
          if case .deleted = kind, isMounted != true {
            evidence.noteDeletion(below: common)
            isMounted = true
          }
          let answer = checked(kind)
          let end = ContinuousClock.now
          batch.finish(file.index, Answer(answer, seconds: (end - start).inSeconds, facts: facts))
          start = end
        }
      } catch {
        let kind = checked(error.kind)
        let share = (ContinuousClock.now - start).inSeconds / Double(directory.files.count)
        for file in directory.files {
          guard batch.begin(file.index) else { return }
          batch.finish(file.index, Answer(kind, seconds: share))
        }
      }
    }
  }
}

extension RmBackend {
  /// Unlinks the name that a path ends in, unless it was written too late.
  private static func remove(
    _ path: String, from nameStart: Int, in directory: FileDescriptor, _ ageLimit: AgeLimit?
  ) -> (kind: Answer.Kind, facts: FileFacts) {
    var facts = FileFacts()
    if let ageLimit {
      facts = path.withCString { Self.facts(directory, $0 + nameStart) }
      if let refusal = ageLimit.refusal(facts) { return (.failed(refusal), FileFacts()) }
    }
    let result = path.withCString { unlinkat(directory.rawValue, $0 + nameStart, 0) }
    if result == 0 { return (.deleted, facts) }
    let number = errno
    return (number == ENOENT ? .absent : .failed(unlinkError(number, in: directory, path)), facts)
  }

  /// What a name is, which may be a link itself. Of a directory, and of what can't be asked for, nothing is said: unlink(2)
  /// says what it is.
  private static func facts(_ directory: FileDescriptor, _ name: UnsafePointer<CChar>) -> FileFacts {
    var status = stat()
    guard fstatat(directory.rawValue, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
      status.st_mode & S_IFMT != S_IFDIR
    else { return FileFacts() }
    return FileFacts(
      size: Int(status.st_size),
      written: StorageTime(
        seconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int64(status.st_mtim.tv_nsec)))
  }

  private static func unlinkError(
    _ number: Int32, in directory: FileDescriptor, _ path: String
  ) -> DeletionError {
    var status = stat()
    guard number == EACCES || number == EPERM, fstat(directory.rawValue, &status) == 0 else {
      return .posix(number, doing: "unlink")
    }
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex
    return .denied(number, doing: "unlink", in: status, String(path[..<slash]))
  }

  /// What a directory is, as the answer to its deletion as a file.
  private static func kind(
    of directory: DeletionTarget, _ evidence: MountEvidence, usesOpenat2: Bool
  ) -> Answer.Kind {
    guard directory.pfn.scheme == "file", let parts = ParentDirectory.parts(of: directory) else {
      return .failed(.notAFile(directory.pfn))
    }
    do throws(PosixFailure) {
      let parent = try ParentDirectory(directory.pfn.path, parts).open(usesOpenat2: usesOpenat2)
      defer { try? parent.close() }
      return directory.pfn.path.withCString { path -> Answer.Kind in
        let name = path + parts.directoryEnd + 1
        var status = stat()
        guard fstatat(parent.rawValue, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
          return errno == ENOENT ? .absent : .failed(.posix(errno, doing: "stat"))
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return .deleted }
        if faccessat(parent.rawValue, name, W_OK | X_OK, AT_EACCESS) != 0 {
          return .failed(.denied(errno, doing: "write", in: status, directory.pfn.path))
        }
        // That of a file in it.
        let common = PFN(directory.pfn.path + "/x").flatMap {
          evidence.commonDirectory(of: DeletionTarget(lfn: directory.lfn + "/x", pfn: $0))
        }
        return .failed(evidence.isMounted(common) ? .posix(EISDIR, doing: "unlink") : .notMounted(common))
      }
    } catch {
      return error.kind
    }
  }
}

extension DeletionError {
  /// A call that did not come back before the deadline.
  static let hanging = DeletionError(
    .transient, code: "ETIMEDOUT", message: "no answer from the file system within the deadline",
    isAmbiguous: true, isUnavailable: true)

  /// A directory that this process may not change.
  fileprivate static func denied(
    _ number: Int32, doing call: String, in directory: stat, _ path: String
  ) -> DeletionError {
    var error = posix(number, doing: call)
    guard error.errorClass == .auth else { return error }
    let mode = String(directory.st_mode & 0o7777, radix: 8)
    error.message = MessageText.oneLine(
      "\(error.message): this process has the uid \(geteuid()), and \(path) has the owner \(directory.st_uid), the group \(directory.st_gid) and the mode 0\(mode)",
      limit: DeletionError.messageLimit)
    return error
  }

  /// A PFN that does not name a file of a file system.
  static func notAFile(_ pfn: PFN) -> DeletionError {
    DeletionError(.permanent, code: "EINVAL", message: "not the path of a local file")
  }
}
