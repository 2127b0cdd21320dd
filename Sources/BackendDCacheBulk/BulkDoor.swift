import DeletionModel
import HTTPTransport
import Synchronization

/// One door whose files are deleted by the service, for as long as that works.
final class BulkDoor: Sendable {
  private struct State {
    /// The probe and the requests of earlier runs, begun with the first files.
    var preparation: Task<Void, Never>?
    /// Why the service is not used any more.
    var reason: DeletionError?
    /// Before what names it has been seen to have files of ours.
    var knownRoots: Set<String> = []
  }

  private let service: BulkService
  private let setting: BulkSetting
  private let earlier: EarlierRequests
  private let submitter: BulkSubmitter
  private let state = Mutex(State())

  init(_ service: BulkService, _ setting: BulkSetting) {
    self.service = service
    self.setting = setting
    earlier = EarlierRequests(service, setting)
    submitter = BulkSubmitter(service, setting, lastNote: earlier.lastNote)
  }

  // MARK: Files

  /// Deletes files, or leaves them to another backend.
  func delete(_ files: BulkFiles, until deadline: Deadline) async {
    await prepare(until: deadline)
    for path in files.paths {
      if let target = earlier.take(path) { answerEarlier(target, files) }
    }
    await withDiscardingTaskGroup { group in
      var rest = files.paths.filter(files.isOpen)[...]
      while !rest.isEmpty {
        if let reason = state.withLock({ $0.reason }) {
          for path in rest { files.fail(path, reason.unsent.forAnother) }
          return
        }
        guard let part = await takePart(&rest, files, deadline) else { return }
        if part.isEmpty { continue }
        switch await submitter.submit(part, until: deadline) {
        case .accepted(let request): group.addTask { await self.follow(request, files, until: deadline) }
        case .tooMany: rest = part + rest
        case .stopped(let isInDoubt):
          for path in part { files.fail(path, isInDoubt ? .cancelledWithRun : .notTried) }
        case .refused(let error):
          giveUp(error)
          for path in part { files.fail(path, error.forAnother) }
        }
      }
    }
  }

  /// The next files that may be sent, at the rate of the run; nil where the run ends first, and all have their answers.
  private func takePart(
    _ rest: inout ArraySlice<String>, _ files: BulkFiles, _ deadline: Deadline
  ) async -> [String]? {
    while !Task.isCancelled, !deadline.hasPassed(on: setting.time) {
      let admission = setting.pacer.admitByRate(min(rest.count, submitter.targetLimit))
      if admission.isOver { break }
      if admission.count > 0 {
        let part = rest.prefix(admission.count)
        rest = rest.dropFirst(part.count)
        return part.filter(files.mayBegin)
      }
      try? await setting.time.sleep(for: admission.askAgainAfter ?? .milliseconds(50))
    }
    for path in rest { files.fail(path, .notTried) }
    return nil
  }

  /// The service is not used any more, and the report says why.
  private func giveUp(_ reason: DeletionError) {
    let isFirst = state.withLock { state in
      defer { state.reason = state.reason ?? reason }
      return state.reason == nil
    }
    if isFirst {
      setting.onNotice(
        "\(service.door): dCache's bulk service at \(service.name) is not used any more: \(reason.message)")
    }
  }

  // MARK: Before the first file

  func prepare(until deadline: Deadline) async {
    let task = state.withLock { state in
      if let task = state.preparation { return task }
      let task = Task { [self] in
        let reply = await probe()
        if let error = reply.error {
          if !error.isUntried { giveUp(error) }
        } else if !BulkJSON.isArray(reply.body) {
          giveUp(.oldService)
        } else {
          if let said = await earlier.findAll(until: deadline) { giveUp(.stalled(said)) }
        }
      }
      state.preparation = task
      return task
    }
    await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// Asks whether the service can be used; one that asks for patience, some times.
  private func probe() async -> HTTPReply {
    var pause = setting.patience.firstPause
    for _ in 1..<BulkSubmitter.tryLimit {
      let reply = await service.ask(.probe)
      guard let error = reply.error, error.errorClass == .overload, !error.isUntried else { return reply }
      try? await setting.time.sleep(for: min(error.retryAfter ?? pause, setting.patience.stallLimit))
      pause *= 4
    }
    return await service.ask(.probe)
  }

  /// Answers a file by what an earlier run's request has made of it. What that did not get to is sent again.
  private func answerEarlier(_ target: BulkTarget, _ files: BulkFiles) {
    let path = target.target
    switch BulkOutcome(target) {
    case .deleted:
      noteRoot(of: path, files)
      files.answer(path, Answer(.deleted))
    case .directory:
      noteRoot(of: path, files)
      files.fail(path, .isDirectoryInBulk)
    case .absent:
      guard isKnown(path, files) else { return }
      var answer = Answer(.absent)
      answer.mayHaveBeenDeleted = false
      files.answer(path, answer)
    case .failed, .open: break
    }
  }

  // MARK: Following

  private func follow(_ request: BulkSubmitter.Request, _ files: BulkFiles, until deadline: Deadline) async {
    let time = setting.time
    let start = time.now()
    var open = Set(request.paths.map { ExactName($0) })
    /// What may have been deleted of those without an outcome.
    var begun = open
    var missing: [ExactName] = []
    let (end, wasBegunTwice) = await service.follow(request.id, until: deadline, setting) { target in
      let name = ExactName(target.target)
      guard open.contains(name) else { return }
      let seconds = (time.now() - start).inSeconds
      switch BulkOutcome(target) {
      case .open(let mayBeGone):
        if mayBeGone { begun.insert(name) } else { begun.remove(name) }
        return
      case .deleted:
        noteRoot(of: name.text, files)
        files.answer(name.text, Answer(.deleted, seconds: seconds))
      case .directory:
        noteRoot(of: name.text, files)
        files.fail(name.text, .isDirectoryInBulk)
      case .absent: missing.append(name)
      case .failed(let error): files.answer(name.text, Answer(.failed(error), seconds: seconds))
      }
      open.remove(name)
    }
    answerMissing(
      missing.map(\.text), of: request, isInDoubt: request.isInDoubt || wasBegunTwice,
      seconds: (time.now() - start).inSeconds, files)
    answerRest(open.map(\.text), end, mayBeGone: { begun.contains(ExactName($0)) }, request, files)
    if end == .over {
      setting.notes.drop(request.note)
      _ = await service.ask(.clear(id: request.id))
    }
  }

  /// "Not there" is believed of a frontend that is known to call our files what the door calls them.
  private func answerMissing(
    _ paths: [String], of request: BulkSubmitter.Request, isInDoubt: Bool, seconds: Double, _ files: BulkFiles
  ) {
    var doubted = 0
    for path in paths {
      if isKnown(path, files) {
        var answer = Answer(.absent, seconds: seconds)
        if isInDoubt { answer.mayHaveBeenDeleted = true }
        files.answer(path, answer)
      } else {
        doubted += 1
        var error = DeletionError.unknownName
        error.isAmbiguous = isInDoubt
        files.fail(path, error.forAnother)
      }
    }
    if doubted == request.paths.count, doubted >= Self.doubtLimit { giveUp(.unknownName) }
  }

  /// A frontend that knows none of so many files is of no use.
  private static let doubtLimit = 20

  private func answerRest(
    _ paths: [String], _ end: BulkEnd, mayBeGone: (String) -> Bool, _ request: BulkSubmitter.Request,
    _ files: BulkFiles
  ) {
    let reason: DeletionError
    switch end {
    case .stopped:
      for path in paths { files.fail(path, mayBeGone(path) ? .cancelledWithRun : .notTried) }
      return
    case .over: reason = .noOutcome
    case .lost(let error):
      reason = error
      giveUp(error)
    case .stalled(let said):
      reason = .stalled(said)
      giveUp(reason)
    }
    for path in paths {
      var error = reason
      error.isAmbiguous = mayBeGone(path)
      files.fail(path, error.forAnother)
    }
  }

  private func noteRoot(of path: String, _ files: BulkFiles) {
    guard let root = files.roots[ExactName(path)] else { return }
    state.withLock { _ = $0.knownRoots.insert(root) }
  }

  private func isKnown(_ path: String, _ files: BulkFiles) -> Bool {
    guard let root = files.roots[ExactName(path)] else { return false }
    return state.withLock { $0.knownRoots.contains(root) }
  }
}

extension DeletionError {
  fileprivate static let oldService = DeletionError(
    .endpoint, code: "bulk",
    message: "not sent: it is none of dCache 9.2 or newer, and would remove empty directories")

  fileprivate static let unknownName = DeletionError(
    .endpoint, code: "FileNotFoundCacheException",
    message: "the frontend does not know it, and has not been seen to know any file of this storage")

  fileprivate static let noOutcome = DeletionError(
    .unknown, code: "bulk", message: "the service has not said what became of it")

  fileprivate static func stalled(_ said: String) -> DeletionError {
    DeletionError(
      .transient, code: "stalled",
      message: "a request made no progress and was cancelled; it said last: \(said)"
    )
  }
}
