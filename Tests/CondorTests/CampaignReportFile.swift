import FoundationEssentials
import TestSupport
import Testing

/// What the tests look at in `campaign-report.json`.
struct CampaignReportFile: Decodable {
  struct Job: Decodable {
    let job: String
    let state: String
  }

  let status: String
  let jobs: [Job]
  let summary: JobReportFile.Summary
  let files: [JobReportFile.File]
  let exit: JobReportFile.Exit

  init(_ path: String) throws {
    let bytes = try #require(FileManager.default.contents(atPath: path), "no \(path)")
    self = try JSONDecoder().decode(Self.self, from: bytes)
  }
}
