import CLibCurl
import Deletion

/// What a finished transfer brought, taken out of libcurl before the handle is used again.
struct WebDAVReply {
  /// What went wrong instead of an answer.
  let trouble: DeletionError?
  let status: Int
  let body: [UInt8]
  let isTooLong: Bool
  /// How long the server asked us to wait.
  let retryAfter: Duration?
  /// Where it sends us.
  let location: String?
  /// What a 207 to a PROPFIND has in it; nil if that cannot be read.
  let members: [MultistatusReader.Member]?
  /// What an answer to OPTIONS says of the server; its name where a directory was asked about.
  let signs: ServerKind.Signs

  init(_ transfer: CurlTransfer, _ result: CURLcode, wallClock: () -> Int64) {
    isTooLong = transfer.isTooLong
    status = transfer.status
    body = transfer.body
    trouble =
      result == CURLE_OK
      ? nil : CurlErrors.error(result, text: transfer.words, wasSent: transfer.wasSent)
    let hasAnswer = result == CURLE_OK
    if hasAnswer, status == 429 || status == 503 || status == 408 || status == 425 {
      retryAfter = transfer.fields("Retry-After").first.flatMap {
        RetryAfter.duration($0, date: transfer.fields("Date").first, now: wallClock())
      }
    } else {
      retryAfter = nil
    }
    location = hasAnswer && status / 100 == 3 ? transfer.fields("Location").first : nil
    members = hasAnswer && status == 207 ? transfer.reader?.finish() : nil
    if hasAnswer, case .askServer? = transfer.work {
      signs = ServerKind.Signs(
        status: status, server: transfer.fields("Server").first ?? "", dav: transfer.fields("DAV"),
        allow: transfer.fields("Allow").joined(separator: ","),
        msAuthorVia: transfer.fields("MS-Author-Via").first ?? "",
        body: String(decoding: transfer.body, as: UTF8.self))
    } else if hasAnswer, transfer.work?.errand?.job.subject == .emptyDirectories {
      signs = ServerKind.Signs(status: status, server: transfer.fields("Server").first ?? "")
    } else {
      signs = ServerKind.Signs(status: status)
    }
  }

  /// For the table of statuses.
  var http: HTTPAnswers.Reply { HTTPAnswers.Reply(status: status, body: body, retryAfter: retryAfter) }
}
