import DeletionModel

/// What an HTTP status of a storage says: the one table by which such a status becomes a class of error. Pure.
///
/// `permanent` is said only of what the server says of the file itself. What belongs to the server, to a proxy before it
/// or to its configuration is `endpoint`; a name that one of these refuses is good at the next.
package enum HTTPStatusTable {
  package struct Row: Sendable {
    package let errorClass: ErrorClass
    /// What is said where the server has no words.
    package let text: String
    package let isAmbiguous: Bool

    fileprivate init(_ errorClass: ErrorClass, _ text: String, isAmbiguous: Bool = false) {
      self.errorClass = errorClass
      self.text = text
      self.isAmbiguous = isAmbiguous
    }
  }

  /// - Parameter text: what the server has said of it.
  // swift-format-ignore: one row a line
  package static func row(_ status: Int, text: String) -> Row {
    let text = text.lowercased()
    return switch status {
    case 404, 410: Row(.absent, "not there")
    case 401: Row(.auth, "the credential was not accepted")
    // XRootD before 5.8 says so with 500, later with 403; it is no matter of the credential.
    case _ where status >= 400 && ClusterMessages.readOnlyServer.contains(where: text.contains):
      Row(.endpoint, "read-only")
    case 402, 403, 407, 451, 511: Row(.auth, "forbidden")
    // nginx's own: no certificate, one that it can't verify (ngx_http_request.h); with `error_page` they come out as
    // such, else as a 400 with the same words. 498 and 499 are of proxies that want a token.
    case 495, 496, 498, 499: Row(.auth, "the certificate or token was not accepted")
    case 400 where certificateMessages.contains(where: text.contains):
      Row(.auth, "the certificate was not accepted")
    case 408, 425, 429, 503: Row(.overload, "the server is overloaded")
    // A lock is given back or runs out (RFC 4918 section 6.6); a failed dependency hangs on one.
    case 423, 424: Row(.transient, "locked")
    case _ where status >= 400 && finalMessages.contains(where: text.contains): Row(.permanent, "refused")
    // EOS says so for EAGAIN (common/http/HttpServer.cc).
    case 409: Row(.transient, "in conflict with something else")
    // Of the request, the method, the size of the header: of the endpoint, not of the file. 405 is what rclone says of
    // everything that fails, and XRootD from 5.8 on of a full directory.
    case 400...499: Row(.endpoint, "the server does not accept the request")
    case 501, 505, 506, 508, 510: Row(.endpoint, "the server does not know the request")
    // EOS: the recycle bin is full (mgm/ofs/cmds/Rm.inc).
    case 507 where text.contains("recycle"): Row(.endpoint, "the recycle bin is full")
    case 507: Row(.transient, "no space")
    case 500...599 where endpointMessages.contains(where: text.contains):
      Row(.endpoint, "server error")
    case 500...599: Row(.transient, "server error", isAmbiguous: true)
    case 300...399: Row(.endpoint, "a redirect, which is not followed")
    default: Row(.unknown, "no answer to the request", isAmbiguous: true)
    }
  }

  /// What is true of the file and stays so: XRootD's words for a directory (XrdOfs), the operating system's for a name
  /// that is too long.
  private static let finalMessages = [
    "directory not empty", "is a directory", "not a directory", "file name too long",
  ]

  /// What is true of a whole file system: it may be writable again.
  private static let endpointMessages = ["read-only file system", "read only file system"]

  /// nginx's pages 400 for client certificates (ngx_http_special_response.c).
  private static let certificateMessages = [
    "no required ssl certificate", "the ssl certificate error", "ssl certificate verify",
  ]
}
