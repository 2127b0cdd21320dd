import FoundationEssentials
import Testing
import TestSupport

/// Every row of vectors-siteconf.jsonl, through `swab check --offline --json`.
@Suite("swab check at real sites, by the vectors")
struct CheckVectorTests {
  private struct Check: Decodable {
    struct StageOut: Decodable {
      let rse: String?
      let command: String
      let option: String?
      let storageSite: String?
      let volume: String?
      let `protocol`: String?
      let usable: Bool
      let problem: String?
    }
    let siteName: String?
    let subSiteName: String?
    let siteConfig: String?
    let stageOuts: [StageOut]
    let problems: [String]
    let ready: Bool
  }

  /// Methods that WMCore uses and Swab does not, by volume and protocol: B21, an element that is no `<method>`;
  /// COMMAND, one whose command nobody knows.
  private static let leftOut = ["SYNTH_SLC_A/JobConfig/site-local-config.xml": ["V1 SRMv2", "Vol WebDAV"]]

  @Test func theMethodsOfWMCoreSurvive() async throws {
    let site = try Site()
    for row in try SiteVector.all() {
      let result = try await site.swab(
        ["check", "--offline", "--json", "--ignore-access"],
        environment: row.environment)
      let check = try JSONDecoder().decode(Check.self, from: Data(result.output))
      #expect(result.errors.isEmpty && check.ready == (result.code == 0), "\(row.siteconf): \(result.errors)")
      guard check.siteConfig != nil else {
        #expect(result.code == 78 && !check.problems.isEmpty, "\(row.siteconf)")
        continue
      }
      #expect(check.siteConfig == "\(ReferenceData.corpus)/\(row.siteconf)")
      if let known = row.wmcore ?? row.wmcore_nodeReader, let name = known.siteName {
        #expect(check.siteName == name, "\(row.siteconf)")
        #expect(check.subSiteName == known.subSiteName, "\(row.siteconf)")
      }
      for entry in check.stageOuts { #expect(entry.usable == (entry.problem == nil), "\(row.siteconf)") }
      guard let wanted = row.deleteMgr else { continue }
      let expected = wanted.filter {
        Self.leftOut[row.siteconf]?.contains("\($0.volume) \($0.protocol)") != true
      }
      let methods = check.stageOuts.filter { $0.usable && $0.volume != nil }.map {
        SiteVector.Method(
          storageSite: $0.storageSite ?? "", volume: $0.volume ?? "", protocol: $0.protocol ?? "",
          command: $0.command, option: $0.option, phedexNode: $0.rse)
      }
      #expect(methods == expected, "\(row.siteconf)")
    }
  }

  /// Sites where nothing can be deleted, and a word of why.
  @Test(arguments: [
    ("<calib-data/>", "there is no stage-out entry"), ("<stage-out/>", "there is no stage-out entry"),
    (#"<stage-out><method volume="V" protocol="P" command="cp"/></stage-out>"#, "can't be read"),
  ]) func aSiteWithoutStageOut(elements: String, message: String) async throws {
    let site = try Site()
    Disk.write(
      site.siteconf + "/JobConfig/site-local-config.xml",
      "<site-local-config><site name=\"T2_XX_Test\">\(elements)</site></site-local-config>")
    Disk.removeTree(site.siteconf + "/storage.json")
    let result = try await site.swab(["check", "--offline", "--json"])
    #expect(result.code == 78)
    let problems = try JSONDecoder().decode(Check.self, from: Data(result.output)).problems
    #expect(problems.contains { $0.contains(message) }, "\(problems)")
    let text = try await site.swab(["check", "--offline"])
    #expect(
      text.code == 78 && text.text.contains("error    stage-out") && text.text.contains("do: ")
        && text.text.contains("\nnot ready: the site's configuration"), "\(text.text)")
  }

  @Test func aLocalSite() async throws {
    let site = try Site()
    let result = try await site.swab(["check", "--offline", "--json"])
    let check = try JSONDecoder().decode(Check.self, from: Data(result.output))
    #expect(check.siteName == "T2_XX_Test")
    #expect(check.siteConfig == site.siteconf + "/JobConfig/site-local-config.xml")
    #expect(check.stageOuts.map(\.rse) == ["T2_XX_Test"])
    #expect(check.stageOuts.map(\.usable) == [true])
    let text = try await site.swab(["check", "--offline"])
    #expect(text.text.contains("T2_XX_Test"))
  }
}
