import CondorJob
import FoundationEssentials

/// The variables of this process.
package enum ProcessEnvironment {
  /// All of them. In an HTCondor job that has a token and says nothing else of one, `BEARER_TOKEN_FILE` is that
  /// token's file, for us and for the tools.
  package static var current: [String: String] {
    var variables = ProcessInfo.processInfo.environment
    if variables["BEARER_TOKEN"] == nil, variables["BEARER_TOKEN_FILE"] == nil {
      variables["BEARER_TOKEN_FILE"] = CondorCredentials.tokenFile(environment: variables)
    }
    return variables
  }
}
