import Testing
import TestSupport

/// Every row of vectors-lfn.jsonl, through `swab resolve --catalog`: one process a catalog.
@Suite("swab resolve --catalog, by the vectors")
struct MappingVectorTests {
  private struct Answer: Decodable {
    let lfn: String
    let pfn: String?
    let reason: String?
  }

  @Test func everyRowHoldsExactly() async throws {
    let site = try Site()
    let rows = try MappingVector.all()
    let groups = Dictionary(grouping: rows, by: \.catalog)
    for (catalog, rows) in groups {
      var arguments = ["resolve", "--json", "--from", "-", "--protocol", catalog.protocolName]
      arguments += ["--catalog", "\(ReferenceData.corpus)/\(catalog.siteconf)"]
      if let volume = catalog.volume { arguments += ["--volume", volume] }
      if let storageSite = catalog.storageSite { arguments += ["--storage-site", storageSite] }
      let result = try await site.swab(arguments, input: .bytes(Names.list(rows.map(\.lfn))))
      let answers = try ReferenceData.lines(result.output, as: Answer.self)
      try #require(answers.count == rows.count, "\(catalog): \(result.errors)")
      for (row, answer) in zip(rows, answers) {
        #expect(same(answer.lfn, row.lfn))
        #expect(same(answer.pfn, row.pfn_swab), "\(catalog) \(row.lfn)")
        let reason = row.pfn_swab == nil ? row.why_swab ?? "noMatch" : nil
        #expect(answer.reason == reason, "\(catalog) \(row.lfn)")
      }
      let isUnusable = rows.contains { $0.why_swab == "catalogue" }
      #expect(result.code == (isUnusable ? 78 : 0), "\(catalog): \(result.errors)")
      #expect(result.errorLines.count == (isUnusable ? 1 : 0), "\(catalog): \(result.errors)")
    }
  }
}
