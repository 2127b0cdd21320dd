/// What kind of failure a storage answer is, and so what is done about it.
///
/// A backend classifies its own answers; nothing above it looks at status codes or message texts.
public enum ErrorClass: String, Sendable, CaseIterable, Codable {
  /// The file is not there. Counts as gone, not as a failure.
  case absent
  /// It will not go better next time: a directory, a name the storage refuses, a read-only area.
  case permanent
  /// The transport or the server failed in a way that passes: refused, reset, timed out, internal error.
  case transient
  /// The storage did not accept who we are, or forbids it to us.
  case auth
  /// The storage asks for patience (429, 503, "server busy"). Waited out; not counted as an attempt.
  case overload
  /// Nothing through this backend can work: its tool is missing or broken.
  case fatal
  /// No answer that can be understood: no result line, garbage, an unknown code.
  case unknown

  /// Whether another attempt may end differently.
  public var isWorthRetrying: Bool {
    switch self {
    case .transient, .overload, .unknown: true
    case .absent, .permanent, .auth, .fatal: false
    }
  }
}
