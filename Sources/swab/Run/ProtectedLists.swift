import DeletionModel
import ListReading
import Logging

/// The protected lists of a run, united.
struct ProtectedLists {
  let files: [String]
  private(set) var tree = PathTree()
  private(set) var lfns: [String] = []

  /// - Throws: for a list that is missing, damaged, empty, or has an entry that is no clean absolute path: a
  ///   protected list that is not understood must stop everything.
  ///
  /// - Parameters:
  ///   - allowed: below which roots deletion is allowed.
  ///   - planned: those of a campaign, whose plan has judged whether they are the right ones.
  init(_ files: [String], below allowed: AllowedRoots, planned: [String]) throws {
    self.files = files
    for file in files {
      _ = try ProtectedListReader.read(file, below: allowed, mayBeElsewhere: planned.contains(file)) {
        entry in
        tree.insert(entry)
        lfns.append(entry)
      }
    }
  }

  var isEmpty: Bool { tree.isEmpty }
}

/// Says of each file what a dry run would do with it: with `-v`, as that is what a dry run is for.
struct DryRunLog: RunRecorder {
  private let inner: any RunRecorder
  private let log: Logger

  /// Hands everything on to another recorder.
  init(around inner: any RunRecorder, log: Logger) {
    self.inner = inner
    self.log = log
  }

  func record(_ records: [FileRecord]) async {
    for record in records {
      var metadata: Logger.Metadata = ["lfn": "\(record.lfn)"]
      if record.outcome != .refused, let pfn = record.pfn {
        log.info("would delete \(pfn) by \(record.backend ?? "no backend")", metadata: metadata)
        continue
      }
      if let failure = record.failure { metadata["message"] = "\(failure.message)" }
      log.info("refused", metadata: metadata)
    }
    await inner.record(records)
  }
}
