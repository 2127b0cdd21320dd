/// Puts numbers into the job ad, where everybody who looks at the queue sees them.
///
/// It needs no `WantIOProxy`. The starter hands the attributes on when it next speaks with the schedd, which may take
/// minutes (HTCondor manual, condor_chirp, `set_job_attr_delayed`).
public struct ChirpDoor: Sendable {
  private let configuration: ChirpConfiguration

  /// How long the starter may take to answer, in seconds. It runs on the same machine.
  private static let patience = 2

  /// The door of this job; nil outside of HTCondor.
  public init?(environment: [String: String]) {
    guard let configuration = ChirpConfiguration(environment: environment) else { return nil }
    self.configuration = configuration
  }

  /// Sets attributes, whose names begin with `Chirp`. Blocks for some seconds at most.
  ///
  /// Throws ``ChirpError``: a job does not mind, its progress is just not seen.
  public func set(_ attributes: [(name: String, value: Int)]) throws(ChirpError) {
    let connection = try ChirpConnection(
      host: configuration.host, port: configuration.port, patience: Self.patience)
    try connection.ask(ChirpCommand.cookie(configuration.cookie), "the cookie")
    for attribute in attributes {
      try connection.ask(
        ChirpCommand.setJobAttributeDelayed(attribute.name, attribute.value), attribute.name)
    }
  }
}

/// Why the starter did not take an attribute: one line, without the cookie.
public struct ChirpError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong.
  public var description: String
}
