import CLibCurl
import Deletion

/// What a request brought.
struct WebDAVReply {
  /// What went wrong instead of an answer.
  var trouble: DeletionError?
  var status = 0
  var body: [UInt8] = []
  /// Whether the body was longer than was wanted.
  var isTooLong = false
  /// How long the server asked us to wait.
  var retryAfter: Duration?
  /// Where it sends us.
  var location: String?
  /// What a 207 to a PROPFIND has in it; nil if that cannot be read.
  var members: [MultistatusReader.Member]?
  /// What an answer to OPTIONS says of the server; its name where a directory was asked about.
  var signs = ServerKind.Signs(status: 0)

  /// For the table of statuses.
  var http: HTTPAnswers.Reply { HTTPAnswers.Reply(status: status, body: body, retryAfter: retryAfter) }

  /// Whether the server did not accept the credential.
  var isUnauthorized: Bool { trouble == nil && status == 401 }

  /// What went wrong instead of an answer, or that the server asks for patience.
  var troubleOrOverload: DeletionError? {
    if let trouble { return trouble }
    let error = HTTPAnswers.error(http)
    return error.errorClass == .overload ? error : nil
  }
}

extension WebDAVReply {
  /// Takes all that counts out of a transfer that has ended, before its handle is used again.
  init(_ transfer: CurlTransfer, _ result: CURLcode, wallClock: () -> Int64) {
    let status = transfer.status
    self.init(status: status, body: transfer.body, isTooLong: transfer.isTooLong)
    signs.status = status
    guard result == CURLE_OK else {
      trouble = CurlErrors.error(result, text: transfer.words, wasSent: transfer.wasSent)
      return
    }
    switch status {
    case 207: members = transfer.reader?.finish()
    case 300...399: location = transfer.fields("Location").first
    case 408, 425, 429, 503:
      retryAfter = transfer.fields("Retry-After").first.flatMap {
        RetryAfter.duration($0, date: transfer.fields("Date").first, now: wallClock())
      }
    default: break
    }
    if case .askServer? = transfer.work {
      signs = ServerKind.Signs(
        status: status, server: transfer.fields("Server").first ?? "", dav: transfer.fields("DAV"),
        allow: transfer.fields("Allow").joined(separator: ","),
        msAuthorVia: transfer.fields("MS-Author-Via").first ?? "",
        body: String(decoding: body, as: UTF8.self))
    } else if transfer.work?.errand?.job.subject == .emptyDirectories {
      signs.server = transfer.fields("Server").first ?? ""
    }
  }
}
