import Deletion

/// What a door works with.
struct WebDAVDoorSettings: Sendable {
  /// As the report and the pacer call it.
  let endpoint: String
  let transfer: CurlTransfer.Settings
  /// How long it is believed that a name is a file.
  let lookLifetime: Duration
  let pacer: any RequestPacer
  let credentials: any CredentialProvider
  /// Seconds since 1970, for a date in `Retry-After`.
  let wallClock: @Sendable () -> Int64
}
