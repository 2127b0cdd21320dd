import DeletionModel
import BackendDCacheBulk
import BackendPOSIX
import BackendWebDAV
import BackendXRootD
import BackendTools

/// Which backend serves which stage-out command and PFN scheme, and which one takes over where that one can't do
/// what an endpoint wants. The one place where that is said.
package enum BackendChoice {
  /// One row of the table.
  package struct Row: Sendable, Equatable {
    /// The stage-out command, as in a site's configuration.
    package let command: String
    /// The PFN schemes, in lower case.
    package let schemes: [String]
    /// The backend's name in the registry.
    package let backend: String
    /// Where that backend gives way; nil where it never does.
    package var handOver: HandOver? { BackendChoice.handOvers[backend] }
  }

  /// Where a backend gives way to another, an endpoint at a time.
  package struct HandOver: Sendable, Equatable {
    /// What the endpoint does then.
    package let condition: String
    /// The backends that can take over; the first whose tool is installed does.
    package let fallbacks: [String]
  }

  /// Why no backend was chosen: a configuration problem.
  package struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong and what would be right.
    package let description: String
  }

  /// What else gfal2 has plugins for.
  package static let otherSchemes = ["srm", "gsiftp", "dcap", "gsidcap", "sftp"]

  /// The commands that WMCore knows and that delete, in the order they are shown.
  package static let commands = ["gfal2", "xrdcp", "cp", "stageout-xrdcp-fnal", "srmv2", "srmv2-lcg"]

  /// The whole table. What an endpoint speaks counts, not what a site copies files there with: the native backends
  /// first, a tool where there is no native one.
  package static let table: [Row] = commands.flatMap { command -> [Row] in
    let local = Row(command: command, schemes: ["file"], backend: RmBackend.name)
    if command == "cp" { return [local] }
    return [
      local, Row(command: command, schemes: PFN.xrootdSchemes, backend: XRootBackend.name),
      Row(command: command, schemes: PFN.httpSchemes, backend: WebDAVBackend.name),
      Row(command: command, schemes: otherSchemes, backend: GfalBackend.name),
    ]
  }

  /// The backends that give way, by name. `xrdfs` before `gfal`, whatever the site's command: it takes many paths a
  /// login. None for `webdav`: gfal2 speaks the same protocol with the same credentials.
  package static let handOvers = [
    XRootBackend.name: HandOver(
      condition: "the server wants Kerberos or a shared secret",
      fallbacks: [XrdfsBackend.name, GfalBackend.name]),
    DCacheBulkBackend.name: HandOver(
      condition: "the service does not work, or has no clear answer for a file",
      fallbacks: [WebDAVBackend.name]),
  ]

  /// Chooses by the table.
  /// - Throws: for a command or a scheme that is not in it.
  package static func backend(command: String, scheme: String) throws(Problem) -> String {
    let rows = table.filter { $0.command == command }
    if rows.isEmpty {
      throw Problem(
        description:
          "unknown stage-out command '\(command)'; known are \(commands.joined(separator: ", "))")
    }
    if let row = rows.first(where: { $0.schemes.contains(scheme) }) { return row.backend }
    throw Problem(
      description: "the stage-out command '\(command)' cannot delete \(scheme): PFNs; it can delete "
        + rows.flatMap(\.schemes).joined(separator: ", "))
  }
}
