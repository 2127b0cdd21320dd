import TestSupport
import Testing

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
    let broken = folder + "/broken/swab"
    Disk.makeFolder(folder + "/broken")
    Disk.write(broken, "this is no program\n", mode: 0o755)
    let inputs = try await value(job, "TransferInput").split(separator: ",").map { input in
      input.hasSuffix("payload/swab") ? broken : String(input)
    }
    try #require(inputs.contains(broken))
    try await change(job, "TransferInput", "\"\(inputs.joined(separator: ","))\"")
  }
}
