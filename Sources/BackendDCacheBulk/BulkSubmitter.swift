import DeletionModel
import HTTPTransport
import Synchronization

/// Has the service of one door take requests, or finds out that it doesn't.
final class BulkSubmitter: Sendable {
  /// A request that the service has taken.
  struct Request {
    let id: String
    /// What it is written down under.
    let note: String
    let paths: [String]
    /// Whether it was sent more than once, as an answer was lost.
    let isInDoubt: Bool
  }

  /// What came of sending one.
  enum Submission {
    case accepted(Request)
    /// The service takes fewer targets in a request.
    case tooMany
    /// Nothing more is to be sent in this run. It may have been taken all the same, where an answer was lost.
    case stopped(isInDoubt: Bool)
    /// It takes none.
    case refused(DeletionError)
  }

  private struct State {
    /// How many targets it takes in a request.
    var targetLimit = DCacheBulkBackend.targetLimit
    /// The requests of this run.
    var ids: Set<String> = []
    var lastNote: Int
  }

  /// A request is sent so often where no answer comes.
  static let tryLimit = 3

  private let service: BulkService
  private let setting: BulkSetting
  private let state: Mutex<State>

  /// - Parameter lastNote: the highest number that an earlier note of this door has.
  init(_ service: BulkService, _ setting: BulkSetting, lastNote: Int) {
    self.service = service
    self.setting = setting
    state = Mutex(State(lastNote: lastNote))
  }

  /// How many targets the service takes in a request, as far as is known.
  var targetLimit: Int { state.withLock { $0.targetLimit } }

  /// Has the service take a request, or finds out that it doesn't.
  func submit(_ paths: [String], until deadline: Deadline) async -> Submission {
    let name = state.withLock { state in
      state.lastNote += 1
      return EarlierRequests.note(state.lastNote, service.door)
    }
    var note = BulkNote(frontend: service.name, marker: BulkMarker(paths))
    guard setting.notes.keep(note.text, as: name) else { return .stopped(isInDoubt: false) }
    let start = setting.time.now()
    var tries = 0
    var isInDoubt = false
    var pause = setting.patience.firstPause
    func accepted(_ id: String) -> Submission {
      note.id = id
      _ = setting.notes.keep(note.text, as: name)
      state.withLock { _ = $0.ids.insert(id) }
      return .accepted(Request(id: id, note: name, paths: paths, isInDoubt: isInDoubt))
    }
    func refused(_ error: DeletionError) -> Submission {
      setting.notes.drop(name)
      var error = error
      error.isAmbiguous = isInDoubt
      return .refused(error)
    }
    while true {
      let reply = await service.ask(.submit(paths))
      if reply.error == nil, let id = BulkService.identifier(in: reply) { return accepted(id.text) }
      let error = reply.error ?? .unreadable
      if error.isUntried {
        if !isInDoubt { setting.notes.drop(name) }
        return .stopped(isInDoubt: isInDoubt)
      }
      if Self.isTooLong(reply), paths.count > 1 {
        setting.notes.drop(name)
        state.withLock { $0.targetLimit = min($0.targetLimit, paths.count / 2) }
        return .tooMany
      }
      if error.isAmbiguous {
        // It may have been taken.
        let known = state.withLock { $0.ids }
        if let id = try? await service.find(note.marker, except: known) { return accepted(id) }
        isInDoubt = true
      }
      switch error.errorClass {
      case .overload: pause = max(pause, error.retryAfter ?? .zero)
      case .transient, .unknown: tries += 1
      case .absent, .permanent, .endpoint, .auth, .fatal: return refused(error)
      }
      if deadline.hasPassed(on: setting.time) || Task.isCancelled { return .stopped(isInDoubt: isInDoubt) }
      let isLate = setting.time.now() - start >= setting.patience.stallLimit
      if tries >= Self.tryLimit || isLate { return refused(error) }
      try? await setting.time.sleep(for: min(pause, setting.patience.stallLimit))
      pause = min(pause * 2, max(setting.patience.longestPause, error.retryAfter ?? .zero))
    }
  }

  /// 413 from dCache 10.2.25, 11.2.5 and 12.0 on; before that 400, with the words of `BulkService.java`.
  private static func isTooLong(_ reply: HTTPReply) -> Bool {
    if reply.failure != nil { return false }
    if reply.status == 413 { return true }
    return reply.status == 400 && HTTPErrorPage.text(reply.body).contains("exceeds maximum")
  }
}
