import CampaignFixtures
import CommandSupport
import FoundationEssentials
import ListReading
import ProcessRunning
import TestSupport
import Testing

@testable import Campaign

/// What a round's jobs are to show, and where it goes.
@Suite struct JobCredentialsTests {
  private static let end = "before:2026-01-02T00:00:00Z"
  private static let caveats = ["name:u", "activity:DELETE", "path:/cms/store/unmerged/", end]

  /// A campaign at a site with these prefixes for its RSE, and its submitter.
  private struct Scene {
    let fixture: CampaignSubmitterTests.Fixture
    let site: SiteDirectory
    let door: FakeMacaroonClient
    let submitter: CampaignSubmitter
    var options = CampaignSubmitter.Options()

    init(_ prefixes: [String], _ fake: FakeCondor, config: [String] = [], caveats: [String] = caveats) throws
    {
      var manifest = Campaigns.manifest()
      (manifest.site, manifest.rse) = ("T2_XX_Test", "T2_XX_Test")
      fixture = try .init(manifest)
      site = try SiteDirectory(
        [.init(rse: "T2_XX_Test", command: "gfal2", protocolName: "WebDAV", prefix: prefixes[0])],
        further: prefixes.dropFirst().map {
          """
          <fallback-stage-out><phedex-node value="T2_XX_Test"/><command value="gfal2"/><lfn-prefix value="\($0)"/></fallback-stage-out>
          """
        }.joined())
      door = FakeMacaroonClient(caveats: caveats)
      let now = fixture.now
      submitter = CampaignSubmitter(
        fixture.directory, tools: CondorToolsTests.tools(fake),
        refresh: ProtectedRefresh(web: FakeListClient([])),
        credentials: JobCredentials(files: SiteFiles(), client: door), now: { now })
      options.configuration = fixture.temporary.path + "/config.ini"
      Disk.write(
        fixture.temporary.path + "/config.ini",
        (["[job]", "site-config = \(site.config)"] + config).map { $0 + "\n" }.joined())
    }

    func prepared(dryRun: Bool = false) async throws -> CampaignSubmitter.Prepared {
      guard case .ready(let prepared) = try await submitter.prepare(options, dryRun: dryRun) else {
        throw TestFailure("submitted before")
      }
      return prepared
    }
  }

  @Test(
    "whether the jobs of a site will find the RSE there",
    arguments: [
      ("T2_XX_Test", "T2_XX_Test", "agrees"), ("T2_XX_Test", "T2_XX_Other", "differs T2_XX_Test"),
      ("T2_XX_Wrong", "T2_XX_Test", "differs T2_XX_Test"), ("T2_XX_Test", "T2_XX_Cut", "broken storage.json"),
    ])
  func finding(site: String, rse: String, expected: String) throws {
    let directory = try SiteDirectory([
      .init(rse: "T2_XX_Test", command: "gfal2", protocolName: "WebDAV", prefix: "https://a.test"),
      .init(rse: "T2_XX_Cut", command: "gfal2", protocolName: "WebDAV", prefix: "https://a.test"),
    ])
    let storage = directory.path + "/storage.json"
    if rse == "T2_XX_Cut" { Disk.write(storage, String(Disk.read(storage).prefix(30))) }
    let credentials = JobCredentials(files: SiteFiles(), client: FakeMacaroonClient(caveats: []))
    var settings = JobSettings()
    settings.siteConfig = directory.config
    let text = "\(credentials.finding(rse: rse, site: site, settings))"
    let words = expected.split(separator: " ")
    #expect(text.hasPrefix(words[0]) && text.contains(words.last ?? ""), "\(text)")
    // It is not on this machine.
    #expect(credentials.finding(rse: rse, site: site, JobSettings()) == .unknown)
  }

  @Test func `the jobs get the macaroon, and nothing else has it`() async throws {
    let fake = FakeCondor(CampaignSubmitterTests.working)
    let config = [
      "macaroon = yes", "oauth-services = cms", "x509-proxy = auto", "environment.BEARER_TOKEN_FILE = /t",
    ]
    let scene = try Scene(["davs://h:2880/cms", "root://h/cms"], fake, config: config)
    let prepared = try await scene.prepared()
    #expect(scene.door.calls.isEmpty)
    #expect(prepared.description.contains("../../protected.txt.gz, ../../payload/swab, ../../macaroon\n"))
    #expect(prepared.description.contains("BEARER_TOKEN_FILE=macaroon"))
    for other in ["use_oauth", "x509userproxy", "=/t"] { #expect(!prepared.description.contains(other)) }
    #expect(prepared.warnings.contains { $0.contains("oauth-services, x509-proxy, BEARER_TOKEN_FILE") })
    #expect(prepared.warnings.contains { $0.contains("root://h will refuse") })
    let done = try await scene.submitter.submit(prepared)
    #expect(done.submission.macaroon?.path == "/cms/store/unmerged/" && done.submission.cluster == 7)
    let path = scene.fixture.directory.round(1).macaroon
    #expect(Disk.read(path) == FakeMacaroon.text(caveats: Self.caveats))
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    #expect(fake.invocations.allSatisfy { call in !call.arguments.contains { $0.contains("MDA") } })
    for file in [scene.fixture.directory.round(1).submission, scene.fixture.directory.round(1).description] {
      #expect(!Disk.read(file).contains("MDA"))
    }
  }

  @Test func `a dry run asks no door, and a failed submission leaves no macaroon`() async throws {
    let fake = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      call.tool == "condor_submit"
        ? .ended(1, errorOutput: "\nERROR: Can't find address of local schedd\n")
        : try CampaignSubmitterTests.working(call)
    }
    var scene = try Scene(["davs://h:2880/cms"], fake)
    scene.options.macaroon = true
    #expect(try await scene.prepared(dryRun: true).description.contains("../../macaroon"))
    #expect(scene.door.calls.isEmpty)
    let prepared = try await scene.prepared()
    await #expect(throws: NothingSubmitted.self) { try await scene.submitter.submit(prepared) }
    #expect(scene.door.calls.count == 3 && !Disk.exists(scene.fixture.directory.round(1).macaroon))
  }

  @Test(arguments: [
    (["root://h//cms"], "has no WebDAV door"), (["dav://h/cms"], "has no WebDAV door"),
    (["davs://a/cms", "davs://b/cms"], "one door"),
  ])
  func `where one macaroon is not enough nothing is submitted`(prefixes: [String], says: String) async throws
  {
    let fake = FakeCondor(CampaignSubmitterTests.working)
    let scene = try Scene(prefixes, fake, config: ["macaroon = yes"])
    let error = await #expect(throws: CampaignError.self) { try await scene.prepared() }
    #expect(error?.description.contains(says) == true, "\(error as Any)")
    #expect(CampaignSubmitterTests.calls(fake, of: "condor_submit") == 0)
  }

  @Test func `a door that gives too little stops the submission`() async throws {
    let fake = FakeCondor(CampaignSubmitterTests.working)
    let scene = try Scene(["davs://h/cms"], fake, config: ["macaroon = yes"], caveats: ["activity:LIST"])
    let prepared = try await scene.prepared()
    await #expect(throws: CampaignError.self) { try await scene.submitter.submit(prepared) }
    #expect(CampaignSubmitterTests.calls(fake, of: "condor_submit") == 0)
    #expect(!Disk.exists(scene.fixture.directory.round(1).macaroon))
  }

  @Test(arguments: [
    ("storage.modify:/store/unmerged", "https://wlcg.cern.ch/jwt/v1/any", []),
    (
      "storage.read:/,storage.modify:/store/user", "https://h:2880",
      ["ask for storage.modify:/store/unmerged/x"]
    ),
    ("storage.modify:/store/unmerged", "https://fts.other.org", ["ask for the audience https://h:2880"]),
  ])
  func `what the credential monitor is asked for is held against the files`(
    permissions: String, resource: String, says: [String]
  ) async throws {
    let config = [
      "oauth-services = cms", "oauth-permissions.cms = \(permissions)", "oauth-resource.cms = \(resource)",
    ]
    let scene = try Scene(
      ["davs://h:2880/cms"], FakeCondor(CampaignSubmitterTests.working), config: config)
    let warnings = try await scene.prepared().warnings.filter { $0.contains("oauth-services cms") }
    #expect(warnings.count == says.count)
    for (warning, text) in zip(warnings, says) { #expect(warning.contains(text), "\(warning)") }
  }
}
