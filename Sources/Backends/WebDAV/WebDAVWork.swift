import Deletion

/// What one request is for.
enum WebDAVWork {
  /// What the server is.
  case askServer
  /// What a directory has in it.
  case list(folder: String)
  /// What one name is.
  case look(WebDAVErrand)
  /// The deletion of one file.
  case delete(WebDAVErrand)
}

/// What the names of a batch are to be. What turns out to be something else stays.
enum WebDAVSubject {
  case files
  case emptyDirectories
}

/// One file on its way to an answer. It is in one place at a time: a queue, a directory's list or a transfer.
final class WebDAVErrand {
  let job: WebDAVJob
  let index: Int
  let name: WebDAVName
  /// Where it is asked for now, after redirects.
  var place: WebLocation?
  /// Redirects followed.
  var redirects = 0
  /// When the server said that it is a file.
  var knownSince: ContinuousClock.Instant?
  /// Whether it has been looked at before, too long ago.
  var isOverdue = false
  /// Whether it may be sent again with another credential.
  var mayRenew = true

  init(job: WebDAVJob, index: Int, name: WebDAVName) {
    self.job = job
    self.index = index
    self.name = name
  }

  /// The request target of a deletion at its own door. Where a file has taken the name of a directory, the slash keeps
  /// it from being deleted.
  var targetOfDeletion: String { job.subject == .files ? name.target : name.target + "/" }

  /// The URL of the next request, for those that read it.
  var url: String { place?.text ?? name.url }
}

/// One batch. Only the thread of its door touches it.
final class WebDAVJob {
  enum State { case waiting, underWay, settled }

  let id: Int
  let subject: WebDAVSubject
  let deadline: ContinuousClock.Instant?
  private(set) var states: [State]
  private var answers: [Answer?]
  private var left: Int
  private let reply: CheckedContinuation<[Answer?], Never>
  private let watch: CallWatch?

  init(_ order: WebDAVMailbox.Order) {
    id = order.id
    subject = order.subject
    deadline = order.deadline
    states = order.names.map { $0 == nil ? .settled : .waiting }
    left = states.count(where: { $0 == .waiting })
    answers = Array(repeating: nil, count: states.count)
    reply = order.reply
    watch = order.watch
  }

  /// Whether every file has its answer.
  var isOver: Bool { left == 0 }

  /// Whether the deletion may be sent.
  func mayDelete(_ index: Int) -> Bool { watch?.begin(index) ?? true }

  func begin(_ index: Int) { if states[index] == .waiting { states[index] = .underWay } }

  /// Between two requests for the same file.
  func rest(_ index: Int) { if states[index] == .underWay { states[index] = .waiting } }

  /// The first answer counts.
  func settle(_ index: Int, _ answer: Answer) {
    guard states[index] != .settled else { return }
    states[index] = .settled
    answers[index] = answer
    left -= 1
    watch?.answered(index, answer)
  }

  /// Sends the answers; once, when it is over.
  func sendReply() { reply.resume(returning: answers) }
}
