import Deletion

/// What the names of a batch are to be. What turns out to be something else stays.
enum WebDAVSubject {
  case files
  case emptyDirectories
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
  private let reply: ([Answer?]) -> Void
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
  func sendReply() { reply(answers) }
}
