/// Where HTCondor's gridmanager takes jobs.
enum GridResource {
  /// A compute element by its host, its host and port, or in the full form `condor SCHEDD COLLECTOR`. An HTCondor-CE has
  /// its host's name, and its collector listens on port 9619.
  static func ofCE(_ text: String) -> String {
    if text.hasPrefix("condor ") { return text }
    let host = text.split(separator: ":", maxSplits: 1).first.map(String.init) ?? text
    return "condor \(host) \(host == text ? "\(host):9619" : text)"
  }
}
