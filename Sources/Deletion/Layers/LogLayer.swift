import Logging

/// One line a file at `debug`, one a call at `info` where something went wrong.
struct LogLayer: Backend {
  private let inner: any Backend
  private let log: Logger

  init(around inner: any Backend, log: Logger) {
    self.inner = inner
    self.log = log
  }

  var name: String { inner.name }
  var traits: BackendTraits { inner.traits }

  func delete(_ target: DeletionTarget, deadline: Deadline) async -> Answer {
    let answer = await inner.delete(target, deadline: deadline)
    note([target], [answer])
    return answer
  }

  func delete(batch targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    let answers = await inner.delete(batch: targets, deadline: deadline)
    note(targets, answers)
    return answers
  }

  private func note(_ targets: [DeletionTarget], _ answers: [Answer]) {
    guard log.logLevel <= .info else { return }
    for (target, answer) in zip(targets, answers) {
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
  }

  private func about(_ target: DeletionTarget) -> Logger.Metadata {
    ["lfn": "\(target.lfn)", "pfn": "\(target.pfn.text)", "backend": "\(name)"]
  }
}
