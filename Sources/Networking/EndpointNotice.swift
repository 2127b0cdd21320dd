/// What a report has to say of an endpoint behind which there is a cluster.
package enum EndpointNotice: Hashable, Sendable {
  case missingDependsOnServers
  case replicasUnknown
  case toolRemovesOneReplica

  /// As a warning.
  package func text(_ endpoint: String) -> String {
    switch self {
    case .missingDependsOnServers:
      "\(endpoint): it calls a file missing where none of the servers that are connected to it has the file; "
        + "a file on a server that is down is missing, too"
    case .replicasUnknown:
      "\(endpoint): it does not tell whether a file has further replicas; some may be left"
    case .toolRemovesOneReplica:
      "\(endpoint): it has several servers, and the tool removes one replica of a file; others may be left"
    }
  }
}
