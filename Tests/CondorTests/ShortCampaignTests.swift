import TestSupport
import Testing

@Suite(.serialized) struct ShortCampaignTests {
  @Test func poolIsUp() async throws {
    let pool = try CondorPool.shared.get()
    let done = try await pool.run(["condor_status", "-af", "GLIDEIN_CMSSite"])
    #expect(done.output == "T2_XX_Test\n", "\(done.messages)")
    _ = try pool.tools()
    #expect(try await pool.queue("true", "ClusterId") == [])
  }
}
