import Deletion

/// What the members of a 207 (RFC 4918 sections 9.1 and 9.6) say of one file. Pure.
enum Multistatus {
  /// What a look at a name has shown.
  enum Knowledge: Equatable {
    case file
    /// No deletion is needed, or none may be tried.
    case answer(Answer.Kind)
  }

  /// The answer to a DELETE that came as a 207: only what says of every member that it is gone counts as success,
  /// and silence never does.
  static func answer(_ body: [UInt8]) -> Answer.Kind {
    let reader = MultistatusReader()
    let isRead = body.withUnsafeBytes { reader.feed($0) }
    guard isRead, let members = reader.finish(), !members.isEmpty else {
      return .failed(
        DeletionError(
          .unknown, code: "HTTP 207", message: "the answer cannot be read or is empty", isAmbiguous: true))
    }
    let kinds = members.map { member in
      member.status.map { HTTPAnswers.answer(HTTPAnswers.Reply(status: $0)) }
        ?? .failed(
          DeletionError(.unknown, code: "HTTP 207", message: "a member without a status", isAmbiguous: true))
    }
    for case .failed(let error) in kinds {
      var error = error
      error.code = error.code.hasPrefix("HTTP 207") ? error.code : "HTTP 207, \(error.code)"
      return .failed(error)
    }
    return kinds.contains(.deleted) ? .deleted : .absent
  }

  /// What a PROPFIND with `Depth: 0` has shown.
  static func knowledge(_ reply: HTTPAnswers.Reply, members: [MultistatusReader.Member]?) -> Knowledge {
    switch reply.status {
    case 207: break
    case 404, 410: return .answer(.absent)
    case 200...299, 405, 501:
      return .answer(
        .failed(
          DeletionError(
            .permanent, code: "HTTP \(reply.status)",
            message: "not sent: the server does not say whether this is a directory (no PROPFIND)")))
    default: return .answer(.failed(HTTPAnswers.error(reply).unsent))
    }
    guard let members, let member = members.first else {
      return .answer(
        .failed(
          DeletionError(
            .unknown, code: "HTTP 207", message: "not sent: what the server says of the name cannot be read"))
      )
    }
    if members.contains(where: { $0.isCollection || $0.href.last == UInt8(ascii: "/") }) {
      return .answer(.failed(.isDirectory))
    }
    // A server that lists more than it was asked for lists a directory.
    if members.count > 1 { return .answer(.failed(.isDirectory)) }
    switch member.status ?? 200 {
    case 404, 410: return .answer(.absent)
    case 200...299: return .file
    case let status: return .answer(.failed(HTTPAnswers.error(.init(status: status)).unsent))
    }
  }
}
