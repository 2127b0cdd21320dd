import FoundationEssentials
import TestSupport

@testable import Campaign

/// A directory with what a plan needs, and where the campaign goes.
package struct PlanFixture {
  package let directory: TemporaryDirectory
  /// A time that stands still.
  package let now = Date()

  package init(list: [String] = [], protected: [String] = ["/store/unmerged/kept"]) throws {
    directory = try TemporaryDirectory()
    write("list", list.joined(separator: "\n") + "\n")
    write("protected", protected.joined(separator: "\n") + "\n")
  }

  package func path(_ name: String) -> String { directory.path + "/" + name }

  package func write(_ name: String, _ text: String) { Disk.write(path(name), text) }

  package var campaign: CampaignDirectory { CampaignDirectory(path("campaign")) }

  /// What is asked for where a test says nothing else.
  package var request: PlanRequest {
    PlanRequest(
      rse: "T2_XX_Test", site: "T2_XX_Test", from: path("list"), protected: [path("protected")],
      output: path("campaign"))
  }

  /// Plans with little memory, so that every list is sorted in parts.
  package func plan(
    _ request: PlanRequest? = nil, web: any ListClient = FakeListClient([]), memory: Int = 5000
  )
    throws
    -> CampaignPlan
  {
    let now = now
    return try CampaignPlanner(web: web, tool: "test", now: { now }, sortMemory: memory).plan(
      request ?? self.request)
  }

  /// Why it can't be planned; nil where it can.
  package func refusal(_ request: PlanRequest? = nil, web: any ListClient = FakeListClient([])) -> (
    any Error
  )? {
    do {
      _ = try plan(request, web: web)
      return nil
    } catch {
      return error
    }
  }

  /// What is beside the lists: nothing, where a plan failed.
  package var leftBehind: [String] { Disk.names(directory.path).filter { $0 != "list" && $0 != "protected" } }

  /// Every job's list.
  package func jobs() throws -> [[String]] {
    try CampaignFiles.round(campaign.round(1)).jobs.map { job in
      let names = try ListFile.names(campaign.round(1).job(job.id).list)
      guard names.count == job.files else { throw TestFailure("\(names.count) of \(job.files) files") }
      return names
    }
  }
}
