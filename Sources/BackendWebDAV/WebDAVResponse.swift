import Networking
import CLibCurl
import DeletionModel
import HTTPTransport

/// What a request brought.
struct WebDAVResponse {
  /// What went wrong instead of an answer.
  var transportError: DeletionError?
  /// Whether the connection was one that had been used before and broke before its answer, so that the request goes out
  /// once more: the server may have closed it before it saw the request (RFC 9112 section 9.3.1).
  var isLost = false
  var status = 0
  var body: [UInt8] = []
  /// Whether the body was longer than was wanted.
  var isTooLong = false
  /// How long the server asked us to wait.
  var retryAfter: Duration?
  /// Where it sends us.
  var location: String?
  /// What a 207 to a PROPFIND has in it; nil if that cannot be read.
  var members: [MultistatusResponse]?

  /// For the table of statuses.
  var http: HTTPStatusTable.Reply { .init(status: status, body: body, retryAfter: retryAfter) }

  /// Whether the server did not accept the credential.
  var isUnauthorized: Bool { transportError == nil && status == 401 }

  var isRedirect: Bool { transportError == nil && (300...399).contains(status) }

  /// Whether the server has let us in: it did something, or says that there is nothing.
  var isGood: Bool { transportError == nil && ((200...299).contains(status) || [404, 410].contains(status)) }

  /// Whether a server of an XRootD cluster says that it may not be written to, so that another one has to be asked.
  var isFromReadOnlyServer: Bool {
    guard transportError == nil, status >= 400 else { return false }
    let text = HTTPErrorPage.text(body).lowercased()
    return ClusterMessages.readOnlyServer.contains(where: text.contains)
  }

  /// What it says about the pace of the server.
  func paceOutcome(isDeletion: Bool) -> PaceOutcome {
    if isTooLong { return .served }
    if let transportError { return PaceOutcome(transportError) }
    switch status {
    case 200..<300: return isDeletion && status != 207 ? .deleted : .served
    case 300..<400: return .served
    case 401: return .unauthorized
    default: return PaceOutcome(HTTPStatusTable.error(http))
    }
  }

  /// As an error, where it is one; of a redirect that is not followed, too.
  var error: DeletionError? {
    if let transportError { return transportError }
    return (200...299).contains(status) ? nil : HTTPStatusTable.error(http)
  }
}

extension WebDAVResponse {
  /// Takes all that counts out of a transfer that has ended, before its handle is used again.
  init(_ transfer: CurlTransfer, _ result: CURLcode, wallClock: () -> Int64) {
    self.init(status: transfer.status, body: transfer.body, isTooLong: transfer.isTooLong)
    guard result == CURLE_OK else {
      transportError = CurlErrors.error(
        result, text: transfer.errorMessage, authorities: transfer.authorities,
        wasSent: transfer.wasSent)
      isLost = transfer.isLost(result)
      return
    }
    switch status {
    case 207: members = (transfer.reader as? MultistatusReader)?.finish()
    case 300...399: location = transfer.field("Location")
    case 408, 425, 429, 503: retryAfter = transfer.retryAfter(now: wallClock())
    default: break
    }
  }
}

extension Answer.Kind {
  /// The answer to a DELETE. One that came as a 207 (RFC 4918 section 9.6.1) counts as success only where it says of the
  /// name itself, and of all that it speaks of, that it is gone; silence never does.
  ///
  /// - Parameter name: needed for a 207 only, which hardly any server gives.
  init(_ response: WebDAVResponse, toDeletionOf name: @autoclosure () -> RequestedName) {
    guard response.status == 207 else {
      self = HTTPStatusTable.answer(toDelete: response.http)
      return
    }
    let name = name()
    func unclear(_ text: String) -> Answer.Kind {
      .failed(DeletionError(.unknown, code: "HTTP 207", message: text, isAmbiguous: true))
    }
    guard let members = MultistatusReader.read(response.body), !members.isEmpty else {
      self = unclear("the answer cannot be read or is empty")
      return
    }
    let kinds = members.map { member in
      member.status.map { HTTPStatusTable.answer(toDelete: .init(status: $0)) }
        ?? unclear("a member without a status")
    }
    for case .failed(var error) in kinds {
      error.code = error.code.hasPrefix("HTTP 207") ? error.code : "HTTP 207, \(error.code)"
      self = .failed(error)
      return
    }
    guard members.contains(where: { name.relation(toHref: $0.href) == .same }) else {
      self = unclear("the answer is for another name")
      return
    }
    self = kinds.contains(.deleted) ? .deleted : .absent
  }

  /// "Not there" is an answer and no failure, however it came.
  var asCompleted: Answer.Kind {
    if case .failed(let error) = self, error.errorClass == .absent { return .absent }
    return self
  }
}

extension DeletionError {
  /// The server said so before anything was sent to delete it.
  static let isDirectory = DeletionError(
    .permanent, code: "EISDIR", message: "not sent: the server says that it is a directory")

  /// DELETE of a collection removes the whole tree (RFC 4918 section 9.6.1), and no server is known by its answers to do
  /// otherwise.
  static let noDirectoriesOverHTTP = DeletionError.directoriesStay(
    "not sent: over HTTP there is no request that removes a directory only where it is empty")

  /// The server has answered for the name, and nothing in it proves that it is a file.
  static func notProved(_ reason: String) -> DeletionError {
    DeletionError(
      .endpoint, code: "HTTP 207",
      message: "not sent: the server does not say that this is a file: \(reason); see --no-look")
  }

  /// The server does not answer a PROPFIND as one.
  static func noPropfind(_ status: Int) -> DeletionError {
    DeletionError(
      .endpoint, code: "HTTP \(status)",
      message:
        "not sent: the server does not say whether this is a file or a directory (HTTP \(status) to PROPFIND); see --no-look"
    )
  }

  /// The task was cancelled while the request was in flight.
  static let stopped = DeletionError(
    .transient, code: "cancelled", message: "stopped before the answer came", isAmbiguous: true)

  /// The deadline came while the request was in flight.
  static let noAnswerInTime = DeletionError(
    .transient, code: "timeout", message: "no answer in time", isAmbiguous: true, isUnavailable: true)

  /// Another endpoint than that of the first file: a mistake of the caller.
  static let notOfThisBatch = DeletionError(
    .fatal, code: "endpoint", message: "not sent: the files of one call are of several endpoints")

  /// libcurl has no memory or descriptors left.
  static let outOfHandles = DeletionError(
    .fatal, code: "curl", message: "this machine can make no more HTTP requests")

  /// Nothing was sent for this file: the endpoint does not answer or does not let us in, which another file has found.
  static let heldBackByEndpoint = DeletionError(
    .transient, code: "not tried", message: "not sent: the endpoint did not answer, or refused access",
    isUntried: true)
}
