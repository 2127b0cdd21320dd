import TestSupport

extension StorageServer {
  /// nginx that gives away files, with the doors of ``nginxEndpoints(_:_:)``.
  ///
  /// - Parameter locations: what every door has besides its files, in nginx's words.
  package static func lists(_ pki: ServerPKI, locations: String) throws -> StorageServer {
    try nginxEndpoints(pki) { condition in "\(condition)\n\(locations)" }
  }
}
