/// What managers of XRootD clusters and the servers behind them say in words only, over root:// and HTTP alike.
package enum ClusterMessages {
  /// Of a removal at a server that may not be written to (XrdOfs::remove), and of one at its manager (XrdCms); in lower
  /// case.
  package static let readOnlyServer = ["r/o copy", "marked read/only"]

  /// Whether a manager calls a file missing because none of the servers that are connected to it has it (XrdCmsNode:
  /// "No servers have the file", XrdCmsFinder: "No servers are available to read the file."). It says the same of a
  /// missing file and of one on a server that is down (seen with 5.5.3 and 5.8.1; 6.2.0 has the same words in its source).
  package static func dependOnServers(_ text: String) -> Bool {
    ["no servers ", "no remaining servers "].contains(where: text.lowercased().contains)
  }

  /// Whether a manager says that every server that it has for a path was left out of its choice (XrdCmsCluster::Select;
  /// seen with 5.5.3 and 5.8.1; 6.2.0 has the same words in its source), whatever it remembers of the path itself.
  package static func nameNoServerLeft(_ text: String) -> Bool {
    text.lowercased().contains("servers have read access")
  }
}
