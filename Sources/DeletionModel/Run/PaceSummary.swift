/// What was learnt of one host, for the report.
package struct PaceSummary: Sendable, Equatable, Decodable {
  /// What the host limits.
  package enum Kind: String, Sendable, Codable {
    /// Nothing that was met.
    case none
    /// Requests a second.
    case rate
    /// Requests in flight.
    case inFlight
  }

  /// What the host limits.
  package var kind = Kind.none
  /// Requests a second that were sent in the end; nil where they are not limited.
  package var ratePerSecond: Double?
  /// Requests in flight that the host allows; nil where they are not limited.
  package var inFlight: Int?
  /// Requests that were answered or given up.
  package var requests: Int
  /// Requests that the host refused: HTTP 429 or 503, `kXR_wait`.
  package var refused: Int

  package init(requests: Int, refused: Int) {
    self.requests = requests
    self.refused = refused
  }

  /// The sum of two runs: the limit that the later one found, where it found one.
  package func adding(_ later: PaceSummary) -> PaceSummary {
    var sum = later.kind == .none ? self : later
    sum.requests = requests + later.requests
    sum.refused = refused + later.refused
    return sum
  }
}
