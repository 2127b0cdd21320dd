import Deletion

/// What an HTTP status says about a file. Pure.
enum HTTPAnswers {
  /// The parts of a reply that count.
  struct Reply: Sendable {
    var status: Int
    var body: [UInt8] = []
    var retryAfter: Duration?
  }

  /// The answer to a DELETE, but for 207, 401 and redirects, which are not final.
  ///
  /// RFC 9110 section 9.3.5: 200, 202 and 204 say that the file is deleted, or will be. A 201 or a 206 is no
  /// answer to a DELETE.
  static func answer(_ reply: Reply) -> Answer.Kind {
    switch reply.status {
    case 200, 202, 204: .deleted
    case 404, 410: .absent
    default: .failed(error(reply))
    }
  }

  /// The error that a status stands for.
  ///
  /// Whatever a server does before it says 5xx, the file may be gone; with 4xx it has not begun.
  static func error(_ reply: Reply) -> DeletionError {
    let code = "HTTP \(reply.status)"
    let words = BodyText.words(reply.body)
    func error(_ errorClass: ErrorClass, _ text: String, isAmbiguous: Bool = false) -> DeletionError {
      DeletionError(
        errorClass, code: code, message: words.isEmpty ? text : words, isAmbiguous: isAmbiguous,
        retryAfter: errorClass == .overload ? reply.retryAfter : nil)
    }
    switch reply.status {
    case 404, 410: return error(.absent, "not there")
    case 401: return error(.auth, "the credential was not accepted")
    case 402, 403, 407, 451, 511: return error(.auth, "forbidden")
    case 408, 425, 429, 503: return error(.overload, "the server asks for patience")
    // A lock is given back or runs out (RFC 4918 section 6.6); a failed dependency hangs on one.
    case 423, 424: return error(.transient, "locked")
    // What servers say to a DELETE with Depth: 0 of a collection, among other things.
    case 400, 405, 409:
      return DeletionError(
        .permanent, code: code, message: "refused, as a directory is: \(words.isEmpty ? code : words)")
    case 400...499: return error(.permanent, "refused")
    case 501, 505: return error(.permanent, "the server does not know DELETE")
    case 500...599:
      let isFinal = finalWords.contains(where: words.lowercased().contains)
      return error(isFinal ? .permanent : .transient, "trouble in the server", isAmbiguous: !isFinal)
    case 300...399: return error(.permanent, "redirected to nowhere")
    default: return error(.unknown, "no answer to a DELETE", isAmbiguous: true)
    }
  }

  /// What XRootD says with a 500 of things that stay as they are.
  private static let finalWords = [
    "directory not empty", "is a directory", "not a directory", "read-only file system",
  ]
}
