import FoundationEssentials
import SiteConf
import TestSupport
import Testing

/// Every row of vectors-siteconf.jsonl.
struct SiteVectorTests {
  private let rows: [SiteVector]

  init() throws {
    rows = try SiteVector.all()
  }

  private func load(_ row: SiteVector, ignoreAccess: Bool) throws -> SiteConfiguration {
    try SiteConfiguration.load(
      environment: row.environment, files: DiskFiles(), ignoreAccess: ignoreAccess)
  }

  /// Methods of real files that WMCore uses and Swab does not, by deviation.
  private static let leftOut: [String: [String: String]] = [
    // ACCESS: site-ro, global-ro or virtual.
    "SYNTH_SLC_A/JobConfig/site-local-config.xml": ["Vol WebDAV": "ACCESS", "V1 SRMv2": "B21"],
    "T1_DE_KIT.chained/JobConfig/site-local-config.xml": ["KIT_MSS WebDAV": "ACCESS"],
    "T1_DE_KIT.four/JobConfig/site-local-config.xml": [
      "KIT_MSS WebDAV": "ACCESS", "KIT_dCache xrootd-module": "ACCESS",
      "KIT_dCache XRootDHoreKaGridKa": "ACCESS",
    ],
    "T1_US_FNAL.v4/JobConfig/site-local-config.xml": ["FNAL_dCache_EOS xrootd": "ACCESS"],
  ]

  @Test func theMethodsOfWMCoreSurvive() throws {
    for row in rows {
      guard let wanted = row.deleteMgr else { continue }
      let exceptions = Self.leftOut[row.siteconf] ?? [:]
      for ignoreAccess in [false, true] {
        let usable = try load(row, ignoreAccess: ignoreAccess).stageOuts
          .filter { $0.kind == .method && $0.problem == nil }
        let expected = wanted.filter {
          switch exceptions["\($0.volume) \($0.protocol)"] {
          case "ACCESS": ignoreAccess
          case "B21": false
          default: true
          }
        }
        let methods = usable.map {
          SiteVector.Method(
            storageSite: $0.storageSite ?? "", volume: $0.volume ?? "",
            protocol: $0.protocolName ?? "", command: $0.command, option: $0.option,
            phedexNode: $0.rse)
        }
        #expect(methods == expected, "\(row.siteconf)")
      }
    }
  }

  /// Where Swab gives another PFN than WMCore, or none: the deviation, by what the LFN is like.
  private func deviation(_ lfn: String) -> String? {
    if lfn.contains("\n") { return "B1" }  // WMCore cuts the name at the newline.
    if lfn == "/store/" { return "B4" }  // WMCore leaves `$1` where the group is empty.
    return nil
  }

  @Test func thePFNsOfWMCoreAreOurs() throws {
    var compared = 0
    for row in rows {
      guard let attempts = row.deleteAttempts else { continue }
      let entries = try load(row, ignoreAccess: true).stageOuts
        .filter { $0.kind == .method && $0.problem == nil }
      for (lfn, wanted) in attempts {
        let pairs = entries.compactMap { entry -> [String?]? in
          guard case .pfn(let pfn) = entry.map(lfn) else { return nil }
          return [entry.command, pfn]
        }
        if pairs == wanted {
          compared += 1
        } else {
          #expect(deviation(lfn) != nil, "\(row.siteconf) \(lfn): \(pairs), WMCore \(wanted)")
        }
      }
    }
    #expect(rows.isEmpty || compared > 80)
  }

  @Test func everyFileLoadsOrSaysWhyNot() throws {
    for row in rows {
      do {
        let site = try load(row, ignoreAccess: false)
        #expect(!site.siteName.isEmpty)
      } catch let problem as SiteConfProblem {
        #expect(!problem.what.isEmpty && problem.line != nil, "\(row.siteconf)")
      }
    }
  }

  @Test func everyContactStringIsSplitAsCMSSWDoes() throws {
    for contact in rows.flatMap(\.contactStrings) {
      guard let parts = contact.cmssw, let name = parts.filename else { continue }
      guard name.hasPrefix("/") else {
        // A placeholder that nobody filled in.
        #expect(throws: SiteConfProblem.self) { try ContactString(contact.url, file: "f") }
        continue
      }
      let ours = try ContactString(contact.url, file: "f")
      // B12: one slash at the start.
      #expect(ours.path == "/" + name.drop { $0 == "/" })
      #expect(ours.protocols == parts.protocols)
      #expect(ours.destination == parts.destination)
    }
  }
}
