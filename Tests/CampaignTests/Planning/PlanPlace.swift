import FoundationEssentials
import TestSupport

@testable import Campaign

/// A folder with what a plan needs, and where the campaign goes.
struct PlanPlace {
  let folder: TemporaryFolder
  /// A time that stands still.
  let now = Date()

  init(list: [String] = [], protected: [String] = ["/store/unmerged/kept"]) throws {
    folder = try TemporaryFolder()
    write("list", list.joined(separator: "\n") + "\n")
    write("protected", protected.joined(separator: "\n") + "\n")
  }

  func path(_ name: String) -> String { folder.path + "/" + name }

  func write(_ name: String, _ text: String) { Disk.write(path(name), text) }

  var campaign: CampaignFolder { CampaignFolder(path("campaign")) }

  /// What is asked for where a test says nothing else.
  var request: PlanRequest {
    PlanRequest(
      rse: "T2_XX_Test", site: "T2_XX_Test", from: path("list"), protected: [path("protected")],
      output: path("campaign"))
  }

  /// Plans with little memory, so that every list is sorted in parts.
  func plan(_ request: PlanRequest? = nil, web: any WebDoor = FakeWebDoor([]), memory: Int = 5000) throws
    -> CampaignPlan
  {
    let now = now
    return try CampaignPlanner(web: web, tool: "test", now: { now }, sortMemory: memory).plan(
      request ?? self.request)
  }

  /// Why it can't be planned; nil where it can.
  func refusal(_ request: PlanRequest? = nil, web: any WebDoor = FakeWebDoor([])) -> (any Error)? {
    do {
      _ = try plan(request, web: web)
      return nil
    } catch {
      return error
    }
  }

  /// What is beside the lists: nothing, where a plan failed.
  var leftBehind: [String] { Disk.names(folder.path).filter { $0 != "list" && $0 != "protected" } }

  /// Every job's list.
  func jobs() throws -> [[String]] {
    try CampaignFiles.round(campaign.round(1)).jobs.map { job in
      let names = try ListFile.names(campaign.round(1).job(job.id).list)
      guard names.count == job.files else { throw TestTrouble("\(names.count) of \(job.files) files") }
      return names
    }
  }
}
