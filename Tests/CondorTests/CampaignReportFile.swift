import FoundationEssentials
import TestSupport
import Testing

/// What the tests look at in `campaign-report.json`.
struct CampaignReportFile: Decodable {
  struct File: Decodable {
    struct Failure: Decodable {
      let `class`: String
      let code: String
    }

    let lfn: String
    let outcome: String
    let confirmedBy: String?
    let error: Failure?
  }

  struct Summary: Decodable {
    let requested: Int
    let deleted: Int
    let absent: Int
    let failed: Int
    let refused: Int
    let notAttempted: Int
    let attempts: Int
  }

  struct Job: Decodable {
    let job: String
    let state: String
  }

  struct Exit: Decodable {
    let code: Int32
  }

  let status: String
  let jobs: [Job]
  let summary: Summary
  let files: [File]
  let exit: Exit

  init(_ path: String) throws {
    let bytes = try #require(FileManager.default.contents(atPath: path), "no \(path)")
    self = try JSONDecoder().decode(Self.self, from: bytes)
  }
}
