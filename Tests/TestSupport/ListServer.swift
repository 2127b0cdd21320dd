extension StorageServer {
  /// nginx that gives away files, with the doors of ``nginxDoors(_:_:)``.
  ///
  /// - Parameter locations: what every door has besides its files, in nginx's words.
  public static func lists(_ pki: ServerPKI, locations: String) throws -> StorageServer {
    try nginxDoors(pki) { condition in "\(condition)\n\(locations)" }
  }
}
