import TestServers
import TestSupport
import Testing

/// A job whose token HTCondor renews while it runs.
@Suite struct TokenTests {
  /// The first token ends before the work does: a minute before its end it is not shown any more, and the work takes 100 s.
  @Test func renewedTokenReachesRunningJob() async throws {
    let pool = try CondorPool.full.get()
    let certificates = try ServerCertificates.shared.get()
    let trusted = pool.makeDirectory("trusted")
    for name in Disk.names(certificates.trusted) {
      Disk.write("\(trusted)/\(name)", bytes: Disk.bytes("\(certificates.trusted)/\(name)"))
    }
    let scene = try CampaignScene(
      pool, storage: .xrootd(.token), scheme: "roots", files: CampaignScene.files(directories: 2, each: 500),
      protectedDirectories: ["/store/unmerged/Run2026A/Test/RAW/v1/2"],
      settings: ["oauth-services = cms", "environment.X509_CERT_DIR = \(trusted)"])
    let scope = "storage.read:/store/unmerged storage.modify:/store/unmerged"
    try await pool.setToken(certificates.token(scope: scope, expiresIn: 130))
    try await scene.plan(filesPerJob: 500)
    try await scene.whileNothingStarts {
      try await scene.swabSubmit("submit", scene.campaign, "--yes")
      try await scene.slowDown(1, filesPerSecond: 10)
    }
    try await scene.waitUntilHalfWay(1)
    try await pool.setToken(certificates.token(scope: scope))

    try await scene.waitForJobs()
    let report = try await scene.collect(code: 0)
    #expect(report.summary.deleted == 500)
    let directory = scene.campaign + "/jobs/0001"
    #expect(Disk.read(directory + "/job.err").contains("cms.use"))
    for name in Disk.names(directory) {
      let text =
        name.hasSuffix(".gz")
        ? try Gunzipped.bytes(of: "\(directory)/\(name)") : Disk.bytes("\(directory)/\(name)")
      #expect(!String(decoding: text, as: UTF8.self).contains("eyJ"), "a token in \(name)")
    }
  }
}
