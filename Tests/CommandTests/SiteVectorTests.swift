import FoundationEssentials
import Testing
import TestSupport

/// Every row of vectors-siteconf.jsonl, through `swab resolve`.
@Suite("swab resolve at real sites, by the vectors")
struct SiteVectorTests {
  private struct Answer: Decodable {
    struct Target: Decodable {
      let rse: String?
      let storageSite: String?
      let volume: String?
      let `protocol`: String?
      let command: String
      let backend: String?
      let pfn: String
    }
    let lfn: String
    let targets: [Target]
    let refused: String?
  }

  /// Where Swab gives another PFN than WMCore, or none, by what the LFN is like: see Deviations.md.
  private func isDeviation(_ lfn: String) -> Bool {
    // B1: WMCore cuts the name at a newline. B4: it leaves `$1` where the group is empty.
    lfn.contains("\n") || lfn == "/store/"
  }

  /// With the file found by `$SITECONFIG_PATH` and given by `--site-config`.
  @Test(arguments: [false, true]) func theAttemptsOfWMCoreAreOurTargets(isGiven: Bool) async throws {
    let site = try Site()
    var compared = 0
    let rows = try SiteVector.all()
    for row in rows {
      guard let attempts = row.deleteAttempts, !attempts.isEmpty else { continue }
      let lfns = attempts.keys.sorted()
      let file = "\(ReferenceData.corpus)/\(row.siteconf)"
      // Access is Swab's own rule; without it the methods are WMCore's.
      let result = try await site.swab(
        ["resolve", "--json", "--ignore-access", "--from", "-"] + (isGiven ? ["--site-config", file] : []),
        environment: row.environment,
        input: .bytes(Names.list(lfns)))
      guard result.code == 0 else {
        // No method that Swab could use: then WMCore's attempts are none or with a command nobody knows.
        #expect(result.code == 78 && result.errorLines.count == 1, "\(row.siteconf): \(result.errors)")
        #expect(attempts.values.allSatisfy { $0.isEmpty }, "\(row.siteconf): \(result.errors)")
        continue
      }
      let answers = try ReferenceData.lines(result.output, as: Answer.self)
      try #require(answers.count == lfns.count)
      for (lfn, answer) in zip(lfns, answers) {
        let ours = answer.targets.filter { $0.volume != nil }
        // An empty command is none that anybody has: the method is not used.
        let wanted = (attempts[lfn] ?? []).filter { $0[0]?.isEmpty == false }
        let isSame =
          ours.count == wanted.count
          && zip(ours, wanted).allSatisfy { $0.command == $1[0] && same($0.pfn, $1[1]) }
        if isSame { compared += 1 }
        #expect(isSame || isDeviation(lfn), "\(row.siteconf) \(lfn): \(ours.map(\.pfn)), WMCore \(wanted)")
        // The RSE of every target is that of a method with the same volume and protocol.
        for target in ours {
          let method = row.deleteMgr?.first {
            $0.volume == target.volume && $0.protocol == target.protocol && $0.command == target.command
          }
          #expect(method != nil && target.rse == method?.phedexNode, "\(row.siteconf) \(lfn)")
        }
      }
    }
    #expect(rows.isEmpty || compared > 80)
  }

  @Test func everySiteIsResolvedOrSaysWhyNot() async throws {
    let site = try Site()
    for row in try SiteVector.all() {
      let result = try await site.swab(
        ["resolve", "--json", "/store/unmerged/a/b.root"],
        environment: row.environment)
      switch result.code {
      case 0:
        let answer = try #require(ReferenceData.lines(result.output, as: Answer.self).first)
        #expect(answer.refused != nil || !answer.targets.isEmpty, "\(row.siteconf)")
        // What is not refused has a backend everywhere.
        if answer.refused == nil {
          #expect(answer.targets.allSatisfy { $0.backend != nil }, "\(row.siteconf)")
        }
      case 78:
        #expect(result.errorLines.count == 1 && result.output.isEmpty, "\(row.siteconf): \(result.errors)")
      default:
        Issue.record("\(row.siteconf): \(String(describing: result.code)) \(result.errors)")
      }
    }
  }
}
