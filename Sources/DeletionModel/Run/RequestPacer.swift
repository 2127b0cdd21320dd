import Synchronization

/// Decides how hard an endpoint may be worked. A backend that keeps many requests in flight asks here before it sends
/// more, and says how each of them ended; how the pace is found is decided in one place, not in each backend.
package protocol RequestPacer: Sendable {
  /// How many further requests may be sent to an endpoint now. Each of them has a ticket, and each ticket is given
  /// to ``note(_:of:at:)`` exactly once, also where the request is not sent after all.
  ///
  /// - Parameter wanted: how many the backend has ready, at least 1.
  func admit(_ wanted: Int, at endpoint: String) -> PaceAdmission

  /// Takes the end of one request.
  func note(_ end: PaceOutcome, of ticket: PaceTicket, at endpoint: String)

  /// How many further files may be begun now as far as the rate goes: for backends whose requests a pacer does not
  /// see, because a tool sends them.
  func admitByRate(_ wanted: Int) -> PaceAdmission

  /// What an error of an endpoint means by what came before it. dCache from 11.2 on answers 429 to everything for 10 s
  /// once it has refused a credential three times in 20 s (`RateLimitedHandlerList`): that is no overload.
  func interpret(_ error: DeletionError, at endpoint: String) -> DeletionError
}

extension RequestPacer {
  /// As it is.
  package func interpret(_ error: DeletionError, at endpoint: String) -> DeletionError { error }

  /// Without a bound on the rate: all of them.
  package func admitByRate(_ wanted: Int) -> PaceAdmission { PaceAdmission(count: wanted) }
}

/// The leave to send one request.
package struct PaceTicket: Sendable, Equatable {
  /// Requests to this host are numbered in the order in which they were admitted.
  package var id: Int
  /// When it was admitted.
  package var sent: Moment
  /// How many requests were in flight at the host then, this one included.
  package var inFlight: Int

  package init(id: Int, sent: Moment, inFlight: Int) {
    self.id = id
    self.sent = sent
    self.inFlight = inFlight
  }
}

/// How one request ended, as far as it says something about the pace of a host.
package enum PaceOutcome: Sendable, Equatable {
  /// A file or a directory was deleted.
  case deleted
  /// Anything else that a server says that lets us in and does its work: a listing, a stat, "is a directory".
  case served
  /// There is no such file. Some servers take seconds to say so, and that is no distress.
  case absent
  /// The server is overloaded: HTTP 429 or 503, `kXR_wait`.
  case refused(retryAfter: Duration?)
  /// The server does not accept the credential: HTTP 401.
  case unauthorized
  /// The server knows who we are, and does not allow this.
  case forbidden
  /// The connection broke, nothing came in time, or the server failed.
  case failed
  /// It was sent, and nobody waits for its answer any more.
  case abandoned
  /// It was not sent.
  case unsent

  /// What the answer for a file says about the host.
  package init(_ answer: Answer.Kind) {
    switch answer {
    case .deleted: self = .deleted
    case .absent: self = .absent
    case .failed(let error): self.init(error)
    }
  }

  /// What an error says about the host.
  package init(_ error: DeletionError) {
    if error.isUntried {
      self = .abandoned
      return
    }
    switch error.errorClass {
    case .absent: self = .absent
    case .overload: self = .refused(retryAfter: error.retryAfter)
    case .auth: self = .forbidden
    case .permanent, .endpoint: self = .served
    default: self = .failed
    }
  }
}

/// What a pacer allows.
package struct PaceAdmission: Sendable, Equatable {
  /// How many requests may be sent now; may be 0.
  package var count: Int
  /// When to ask again although no answer has come; nil where only an answer can make room.
  package var askAgainAfter: Duration?
  /// Whether nothing more may be sent for these batches: the run is ending, or the circuit of the endpoint is open. What
  /// has not been sent is ``DeletionError/notTried``; the engine gives it back when it may be tried.
  package var isOver: Bool
  /// The ticket of the first of the requests.
  private let first: PaceTicket

  package init(count: Int, askAgainAfter: Duration? = nil, isOver: Bool = false) {
    self.init(
      count: count, first: PaceTicket(id: 0, sent: Moment(sinceStart: .zero), inFlight: 1),
      askAgainAfter: askAgainAfter, isOver: isOver)
  }

  /// Makes an admission.
  /// - Parameter first: the ticket of the first request; those of the others follow from it.
  package init(count: Int, first: PaceTicket, askAgainAfter: Duration? = nil, isOver: Bool = false) {
    self.count = count
    self.first = first
    self.askAgainAfter = askAgainAfter
    self.isOver = isOver
  }

  /// The ticket of one of the requests.
  /// - Parameter index: from 0 to ``count`` - 1.
  package func ticket(_ index: Int) -> PaceTicket {
    PaceTicket(id: first.id + index, sent: first.sent, inFlight: first.inFlight + index)
  }
}

/// A pacer that allows so many requests at a time and thinks no further.
package final class FixedPacer: RequestPacer {
  private let limit: Int
  private let inFlight = Mutex<[String: Int]>([:])

  /// - Parameter limit: requests in flight at one endpoint, at least 1.
  package init(limit: Int) { self.limit = max(1, limit) }

  /// What is left of the limit.
  package func admit(_ wanted: Int, at endpoint: String) -> PaceAdmission {
    inFlight.withLock { inFlight in
      let before = inFlight[endpoint, default: 0]
      let count = max(0, min(wanted, limit - before))
      inFlight[endpoint] = before + count
      return PaceAdmission(
        count: count, first: PaceTicket(id: 0, sent: Moment(sinceStart: .zero), inFlight: before + 1),
        askAgainAfter: count == 0 ? .milliseconds(20) : nil)
    }
  }

  /// Makes room.
  package func note(_ end: PaceOutcome, of ticket: PaceTicket, at endpoint: String) {
    inFlight.withLock { $0[endpoint, default: 1] -= 1 }
  }
}
