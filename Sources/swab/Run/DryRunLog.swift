import DeletionModel
import Logging

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
