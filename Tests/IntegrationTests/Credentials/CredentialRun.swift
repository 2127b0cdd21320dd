import FoundationEssentials
import TestSupport
import Testing

import Glibc

/// One `swab delete` with credentials, whatever it prints searched for them.
struct CredentialRun {
  let result: SwabCommand.Result
  let report: JobReportFile

  /// Everything that a person can read of it.
  let everything: String

  /// What was said before and beside the files.
  var warnings: String { report.warnings.filter { !$0.contains("protected list") }.joined(separator: "\n") }

  init(
    _ lfns: [String], backend: String?, prefix: String, _ files: CredentialFiles, _ arguments: [String] = [],
    environment: [String: String] = [:], through launcher: [String] = Self.launcher
  ) async throws {
    let directory = try TemporaryDirectory()
    let report = directory.path + "/report.json"
    Disk.write(directory.path + "/list", lfns.joined(separator: "\n") + "\n")
    result = try await SwabCommand.run(
      [
        "delete", "--report", report, "--from", directory.path + "/list", "--override",
        "command=gfal2,lfn-prefix=\(prefix),phedex-node=T2_XX_Test", "--retry-pause", "0", "-vv",
      ] + (backend.map { ["--backend", $0] } ?? []) + arguments,
      environment: files.environment.merging(environment) { _, new in new },
      through: launcher)
    let text = Disk.read(report)
    self.report = try JobReportFile(json: Array(text.utf8))
    everything = result.output + result.messages + text
    expectNo(files.secrets, in: everything)
    #expect(self.report.exit.code == result.code, "\(result.messages)")
    #expect(self.report.files.count == lfns.count)
  }

  /// Outcome and error class of each file, in the order of the list.
  func outcomes(_ lfns: [String]) -> [String] { lfns.map { report.file($0)?.word ?? "missing" } }

  /// Root may read everything; not so here.
  static var launcher: [String] {
    getuid() == 0 ? ["/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search"] : []
  }
}

/// What `swab check --json` says.
struct CheckReport: Decodable {
  struct Credential: Decodable {
    let kind: String
    let source: String
    let state: String
    let problem: String?
  }

  let credentials: [Credential]
  let problems: [String]

  static func of(_ files: CredentialFiles, site: SiteDirectory) async throws -> CheckReport {
    let result = try await SwabCommand.run(
      ["check", "--json", "--offline", "--site-config", site.config], environment: files.environment,
      through: CredentialRun.launcher)
    expectNo(files.secrets, in: result.output + result.messages)
    return try JSONDecoder().decode(CheckReport.self, from: Data(result.output.utf8))
  }
}

/// Neither a secret nor a good part of one.
func expectNo(_ secrets: [String], in text: String) {
  for secret in secrets {
    let parts: [Substring] = [secret.prefix(40), secret.suffix(40), secret.split(separator: ".").last ?? ""]
    for part in parts where part.utf8.count > 15 {
      #expect(!text.contains(part), "a secret was printed")
    }
  }
}
