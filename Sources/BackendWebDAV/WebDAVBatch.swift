import DeletionModel
import Networking
import Credentials

/// One batch at its event loop: who has an answer, and who is told. Only the thread of its event loop touches it.
final class WebDAVBatch {
  /// A batch as it is handed in.
  struct Order: Sendable {
    let id: Int
    /// Nil for what must not be sent; the sender has the answer to those itself.
    let names: [WebDAVName?]
    let credential: EndpointCredential
    let deadline: ContinuousClock.Instant?
    let observer: any BatchObserver
    /// Is called once, after the last answer.
    let finished: @Sendable () -> Void
  }

  private enum State { case waiting, inFlight, completed }

  let deadline: ContinuousClock.Instant?
  let id: Int
  private let order: Order
  private var states: [State]
  private var left: Int
  private var hasRemoved: Set<Int> = []

  init(_ order: Order) {
    id = order.id
    deadline = order.deadline
    self.order = order
    states = order.names.map { $0 == nil ? .completed : .waiting }
    left = states.count(where: { $0 == .waiting })
  }

  /// Its files.
  func files() -> [WebDAVFile] {
    order.names.enumerated().compactMap { index, name in
      name.map { WebDAVFile(batch: self, index: index, name: $0) }
    }
  }

  /// Whether every file has its answer.
  var isOver: Bool { left == 0 }

  /// Whether nothing of a file is in flight, and it has no answer.
  func isWaiting(_ index: Int) -> Bool { states[index] == .waiting }

  /// Whether the deletion may be sent.
  func mayBegin(_ index: Int) -> Bool { order.observer.mayBegin(index) }

  /// A request for it has been sent.
  func begin(_ index: Int) { if states[index] == .waiting { states[index] = .inFlight } }

  /// Between two requests for the same file.
  func rest(_ index: Int) { if states[index] == .inFlight { states[index] = .waiting } }

  /// A replica of the file is removed; others may be left.
  func noteRemoval(_ index: Int) { hasRemoved.insert(index) }

  /// The first answer counts.
  func complete(_ index: Int, _ answer: Answer) {
    guard states[index] != .completed else { return }
    var answer = answer
    if case .failed(var error) = answer.kind, hasRemoved.contains(index) {
      // The next attempt finds out whether there are others.
      error.isUntried = false
      error.isAmbiguous = true
      answer.kind = .failed(error)
    }
    states[index] = .completed
    left -= 1
    order.observer.answered(index, answer)
  }

  /// Answers what waits.
  func completeWaiting(_ error: DeletionError) {
    for index in states.indices where states[index] == .waiting { complete(index, Answer(.failed(error))) }
  }

  /// Answers all that has no answer.
  func completeRest(_ error: DeletionError) {
    for index in states.indices where states[index] != .completed { complete(index, Answer(.failed(error))) }
  }

  /// Says that it is over.
  func finish() { order.finished() }
}

/// One file on its way to an answer. It is in one place at a time: a queue, a directory's list or a transfer.
final class WebDAVFile {
  let batch: WebDAVBatch
  let index: Int
  let name: WebDAVName
  /// Where the next request for it goes, after redirects; nil for the endpoint itself.
  var location: WebLocation?
  /// Redirects followed.
  var redirects = 0
  /// How often a deletion was sent on to another server than the question.
  var detours = 0
  /// Which server has said that it is a file.
  var evidence: Evidence?
  /// What that has said of it besides.
  var facts = FileFacts()
  /// Whether the endpoint has sent the question on to that server with a right that was good for the question only, so that
  /// the deletion has to ask the endpoint for its own.
  var isDelegated = false
  /// Whether it has been asked for before, too long ago.
  var isOverdue = false
  /// Whether it may be sent again with another credential.
  var mayRenew = true
  /// Whether a DELETE may have been carried out whose answer was lost.
  var mayBeGone = false
  /// Whether the endpoint has only now sent us to the server that it is at (302, 307): another one may have it, too.
  var isSentOn = false
  /// How often the endpoint was asked where the file may be deleted, as the server that has called it a file may not be
  /// written to.
  var writerRequests = 0
  /// The server that a replica was removed from last.
  var lastRemoval: WebOrigin?
  /// Replicas that were removed, and answers that named a server which has none any more.
  var replicas = 0
  /// Where all servers behind the endpoint have said whether they have it: the servers with a replica that still has to
  /// go, after the one that it is at; else nil.
  var otherReplicas: [WebLocation]?
  /// Why a replica stays at a server that may not be written to, while others go.
  var refusal: DeletionError?
  /// How many files of its batch are in its directory.
  var siblings = 1

  /// What has said that it is a file.
  struct Evidence {
    let origin: WebOrigin
    let since: ContinuousClock.Instant
    /// The listing that has the name, or that of all servers; neither where the name was asked for by itself.
    var listing: DirectoryListing?
    var whole: ClusterDirectory?

    /// The name is not what it was: it has been deleted there.
    func forget(_ name: ExactName) {
      listing?.forget(name)
      whole?.forget(name, at: origin)
    }
  }

  init(batch: WebDAVBatch, index: Int, name: WebDAVName) {
    self.batch = batch
    self.index = index
    self.name = name
  }

  var isWaiting: Bool { batch.isWaiting(index) }
}
