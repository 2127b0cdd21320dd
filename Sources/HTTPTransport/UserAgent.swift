import DeletionModel

/// What the executables call themselves to HTTP servers (RFC 9110 section 10.1.5), so that an administrator finds them and
/// their version in a log.
package enum UserAgent {
  package static let swab = "swab/\(Release.version)"
  package static let swabSubmit = "swab-submit/\(Release.version)"
}
