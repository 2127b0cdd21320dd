import CLibCurl
import DeletionModel
import HTTPTransport
import Networking
import Credentials

/// What one request is for.
enum WebDAVWork {
  /// What a directory has in it: PROPFIND with `Depth: 1`.
  case list(WebDAVListing)
  /// Which servers are behind the endpoint: PROPFIND with `Depth: 0` of the directory that all files are below.
  case survey(ServerSurvey)
  /// What one name is: PROPFIND with `Depth: 0`.
  case stat(WebDAVFile)
  /// The deletion of one file.
  case delete(WebDAVFile)

  /// The file whose answer it can become.
  var file: WebDAVFile {
    switch self {
    case .list(let listing): listing.owner
    case .survey(let survey): survey.owner
    case .stat(let file), .delete(let file): file
    }
  }

  /// Where a redirect has led it; nil for the endpoint itself.
  var location: WebLocation? {
    switch self {
    case .list(let listing): listing.location
    case .survey: nil
    case .stat(let file), .delete(let file): file.location
    }
  }

  /// Whether it can change anything at the storage.
  var isDeletion: Bool { if case .delete = self { true } else { false } }
}

/// How a piece of work is asked for, but for the credential. Pure.
struct WebDAVRequest: Equatable {
  /// What is sent.
  let http: HTTPRequest
  /// 0 or 1 (RFC 4918 section 10.2). A DELETE with `Depth: 0` is refused for a collection by nginx and Apache, and is the same as
  /// one without for a file.
  let depth: Int

  /// Who is asked.
  var origin: WebOrigin { http.origin }
  /// Whether XML is sent, and comes back.
  var hasBody: Bool { http.body != nil }

  /// - Parameter asksForTime: whether it matters when files were written.
  init(_ work: WebDAVWork, home: WebOrigin, asksForTime: Bool = false) {
    let question = asksForTime ? Self.questionWithTime : Self.question
    let location = work.location
    let origin = location?.origin ?? home
    switch work {
    case .delete(let file):
      depth = 0
      http = HTTPRequest(
        method: "DELETE", origin: origin, target: file.name.target(location), body: nil, limit: 64 << 10)
    case .stat(let file):
      depth = 0
      http = HTTPRequest(
        method: "PROPFIND", origin: origin, target: file.name.target(location), body: question,
        limit: 1 << 20)
    case .survey(let survey):
      depth = 0
      http = HTTPRequest(
        method: "PROPFIND", origin: home, target: survey.target, body: question, limit: 1 << 20)
    case .list(let listing):
      depth = 1
      http = HTTPRequest(
        method: "PROPFIND", origin: origin,
        target: listing.directory.encoded + (location?.query.map { "?" + $0 } ?? ""), body: question,
        limit: ListingCache.limit(wanted: listing.wanted))
    }
  }

  /// What a PROPFIND asks for: servers have the size at hand where they have the type (RFC 4918 section 15.4).
  static let question = propfind("<D:resourcetype/><D:getcontentlength/>")
  static let questionWithTime = propfind("<D:resourcetype/><D:getcontentlength/><D:getlastmodified/>")

  private static func propfind(_ properties: String) -> String {
    #"<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop>\#(properties)</D:prop></D:propfind>"#
  }
}

/// The request fields, made once for each kind of request.
final class WebDAVHeaders {
  /// By depth, body and token, each of which is there or not.
  private var lists = [CurlList?](repeating: nil, count: 8)

  /// - Parameter token: for `Authorization` (RFC 6750 section 2.1).
  func list(for request: WebDAVRequest, token: Secret?) -> CurlList {
    let kind = (request.depth == 0 ? 0 : 4) + (request.hasBody ? 2 : 0) + (token == nil ? 0 : 1)
    if let list = lists[kind] { return list }
    var lines = ["Depth: \(request.depth)"]
    if request.hasBody { lines.append("Content-Type: application/xml; charset=utf-8") }
    if let token { lines.append("Authorization: Bearer \(token.reveal())") }
    let list = CurlList(lines)
    lists[kind] = list
    return list
  }

  /// Forgets them all, as the token is another one.
  func removeAll() { lists = Array(repeating: nil, count: lists.count) }
}
