import DeletionModel
import Logging

/// Logs each answer: at `debug` where the file is gone, at `info` where the attempt failed.
struct LogLayer: Backend {
  private let inner: any Backend
  private let log: Logger

  init(around inner: any Backend, log: Logger) {
    self.inner = inner
    self.log = log
  }

  var name: String { inner.name }
  var traits: BackendTraits { inner.traits }

  func delete(_ batch: Batch, observer: any BatchObserver) async {
    guard log.logLevel <= .info else { return await inner.delete(batch, observer: observer) }
    await inner.delete(
      batch, observer: Observer(whole: observer, targets: batch.targets, backend: name, log: log))
  }

  private struct Observer: BatchObserver {
    let whole: any BatchObserver
    let targets: [DeletionTarget]
    let backend: String
    let log: Logger

    func mayBegin(_ index: Int) -> Bool { whole.mayBegin(index) }

    func answered(_ index: Int, _ answer: Answer) {
      if targets.indices.contains(index) { note(targets[index], answer) }
      whole.answered(index, answer)
    }

    private func note(_ target: DeletionTarget, _ answer: Answer) {
      switch answer.kind {
      case .deleted: log.debug("deleted", metadata: about(target))
      case .absent: log.debug("absent", metadata: about(target))
      case .failed(let error):
        var metadata = about(target)
        metadata["class"] = "\(error.errorClass.rawValue)"
        metadata["code"] = "\(error.code)"
        metadata["message"] = "\(error.message)"
        log.info("attempt failed", metadata: metadata)
      }
    }

    private func about(_ target: DeletionTarget) -> Logger.Metadata {
      ["lfn": "\(target.lfn)", "pfn": "\(target.pfn.text)", "backend": "\(backend)"]
    }
  }
}
