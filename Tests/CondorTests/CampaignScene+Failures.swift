import Campaign
import FoundationEssentials
import TestSupport
import Testing

import Glibc

/// What happens to jobs.
extension CampaignScene {
  /// Takes a job off the queue.
  func remove(_ job: Int) async throws { try await pool.act("rm", constraint(job)) }

  /// Changes a value of a job's ad; the value is a ClassAd expression.
  func change(_ job: Int, _ attribute: String, _ value: String) async throws {
    try await pool.act("qedit", constraint(job), attribute, value)
  }

  /// A value of a job's ad.
  func value(_ job: Int, _ attribute: String) async throws -> String {
    let values = try await pool.queue(constraint(job), attribute)
    return try #require(values.first, "job \(job) is not in the queue")
  }

  /// A job that has not begun gets a payload that is no program.
  func breakPayload(_ job: Int) async throws {
    let broken = directory + "/broken/swab"
    Disk.makeDirectory(directory + "/broken")
    Disk.write(broken, "this is no program\n", mode: 0o755)
    let inputs = try await value(job, "TransferInput").split(separator: ",").map { input in
      input.hasSuffix("payload/swab") ? broken : String(input)
    }
    try #require(inputs.contains(broken))
    try await change(job, "TransferInput", "\"\(inputs.joined(separator: ","))\"")
  }

  /// A job that has not begun deletes no faster than this.
  func slowDown(_ job: Int, filesPerSecond: Int) async throws {
    let arguments = try await value(job, "Arguments")
    try await change(job, "Arguments", "\"\(arguments) --max-rate \(filesPerSecond)\"")
  }

  /// A job that has not begun gets to a worker node whose SITECONF leads nowhere.
  func breakSite(_ job: Int) async throws {
    let environment = try await value(job, "Environment")
    try #require(environment.contains(site.path))
    try await change(
      job, "Environment", "\"\(environment.replacing(site.path, with: site.path + "/no-such-site"))\"")
  }

  /// Waits until a job is in the middle of its work, by what is gone from the storage.
  func waitUntilHalfWay(_ job: Int) async throws {
    let list = try Gunzipped.lines(of: campaign + "/jobs/\(JobID(job))/lfns.txt.gz")
    try await Waiting.wait(until: "job \(job) is half way", within: 900, every: .milliseconds(300)) {
      list.count { !Disk.exists(storage.data + $0) } >= list.count / 4
    }
  }

  /// Kills the payload of a running job, which can't say anything any more.
  func killPayload(_ job: Int) async throws {
    let id = try CampaignFiles.manifest(CampaignDirectory(campaign)).id
    for name in Disk.names("/proc") {
      guard let pid = pid_t(name), Disk.read("/proc/\(pid)/comm") == "swab\n",
        let sandbox = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")
      else { continue }
      let ad = Disk.read(sandbox + "/.job.ad")
      if ad.contains("SwabCampaign = \"\(id)\""), ad.contains("SwabJob = \"\(JobID(job))\"") {
        kill(pid, SIGKILL)
        return
      }
    }
    throw TestFailure("job \(job) has no payload running")
  }
}
