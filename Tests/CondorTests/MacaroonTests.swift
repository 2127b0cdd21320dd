import Campaign
import FoundationEssentials
import TestServers
import TestSupport
import Testing

import Glibc

/// Jobs that have nothing but a macaroon.
@Suite struct MacaroonTests {
  @Test func `a campaign runs with a macaroon that can do nothing else`() async throws {
    let pool = try CondorPool.shared.get()
    let certificates = try ServerCertificates.shared.get()
    let area = "/store/unmerged/Run2026A/Test/RAW/v1"
    let server = try StorageServer.xrootdMacaroons(.forky)
    let outside = "/store/user/someone/f.root"
    Disk.makeFile(server.data + outside, owner: server.user)
    let scene = try CampaignScene(
      pool, storage: server, scheme: "https", files: CampaignScene.files(directories: 3, each: 40),
      protectedDirectories: [area + "/3"],
      settings: ["macaroon = yes", "environment.X509_CERT_DIR = \(pool.directory)/trusted"])
    // Only who submits has it.
    let proxy = scene.directory + "/proxy"
    Disk.write(proxy, Disk.read(certificates.proxy), mode: 0o600)
    if let user = pool.user { chown(proxy, user, gid_t.max) }
    let submitter = ["X509_USER_PROXY": proxy, "X509_CERT_DIR": pool.directory + "/trusted"]
    try await scene.plan(filesPerJob: 40)
    let campaign = CampaignDirectory(scene.campaign)
    var secret = ""
    try await scene.whileNothingStarts {
      // Without it there is nobody to ask for one, and nothing is submitted.
      try await scene.swabSubmit(
        "submit", scene.campaign, "--yes", code: 77, environment: ["X509_USER_PROXY": "/nowhere"])
      let said = try await scene.swabSubmit("submit", scene.campaign, "--yes", environment: submitter)
      #expect(said.contains("DELETE below /store/unmerged/ until "))
      secret = Disk.read(campaign.round(1).macaroon)
      let attributes = try FileManager.default.attributesOfItem(atPath: campaign.round(1).macaroon)
      #expect(secret.hasPrefix("MDA") && attributes[.posixPermissions] as? Int == 0o600)
      // The one that the jobs will have, tried at the server.
      for (method, path) in [
        ("DELETE", outside), ("GET", outside), ("PUT", outside), ("GET", scene.listed[0]),
        ("PUT", scene.listed[0]),
        ("PUT", area + "/new"),
      ] {
        #expect(try status(method, server.prefix("https") + path, secret) == "403", "\(method) \(path)")
      }
      unlink(proxy)
    }
    try await scene.waitForJobs()
    let report = try await scene.collect(code: 0)
    #expect(report.summary.deleted == 80 && Disk.exists(server.data + outside))
    #expect(!Disk.exists(campaign.round(1).macaroon))
    for job in ["0001", "0002"] {
      let directory = "\(scene.campaign)/jobs/\(job)"
      let own = try JobReportFile(json: Gunzipped.bytes(of: directory + "/report.json.gz"))
      let credential = try #require(own.storage.first?.credential)
      #expect(credential.kind == "macaroon" && credential.servers.map(\.kind) == ["macaroon"])
      for name in Disk.names(directory) {
        let bytes =
          name.hasSuffix(".gz")
          ? try Gunzipped.bytes(of: "\(directory)/\(name)") : Disk.bytes("\(directory)/\(name)")
        #expect(!String(decoding: bytes, as: UTF8.self).contains(secret.suffix(40)), "a secret in \(name)")
      }
    }
    for name in ["swab.sub", "submission.json", "events.log", "campaign-report.json"] {
      #expect(!Disk.read("\(scene.campaign)/\(name)").contains(secret.suffix(40)), "a secret in \(name)")
    }
    #expect(try await pool.queue("true", "ClusterId") == [])
  }

  /// What a server says to a request that shows a macaroon and nothing else.
  private func status(_ method: String, _ url: String, _ macaroon: String) throws -> String {
    let directory = try TemporaryDirectory()
    Disk.write(directory.path + "/header", "Authorization: Bearer \(macaroon)\n", mode: 0o600)
    try ChildProcess.run(
      "/usr/bin/curl",
      [
        "-s", "-S", "--capath", try ServerCertificates.shared.get().trusted, "-H",
        "@" + directory.path + "/header", "-X", method, "-o", directory.path + "/body", "-w",
        "%{stderr}%{http_code}",
      ] + (method == "PUT" ? ["--data-binary", "text"] : []) + [url], directory: directory.path)
    return Disk.read(directory.path + "/stderr")
  }
}
