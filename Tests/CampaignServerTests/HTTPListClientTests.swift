import CampaignFixtures
import ByteStreams
@testable import HTTPTransport
import DeletionModel
import JobReports
import ListReading
import FoundationEssentials
import TestServers
import TestSupport
import Testing

@testable import Campaign

/// The real door against a real nginx.
@Suite(.serialized) struct HTTPListClientTests {
  /// What the tests share: certificates, a server that gives away lists, and one behind it that tears its answers.
  private final class Site: Sendable {
    static let shared = Result { try Site() }

    let pki: ServerPKI
    let server: StorageServer
    let torn: ScriptedServer
    let directory: TemporaryDirectory

    init() throws {
      pki = try ServerPKI()
      directory = try TemporaryDirectory()
      torn = try ScriptedServer { request in
        request.path.contains("chunked")
          ? .init(raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n/stor\r\n")
          : .init(200, body: "/store/unmerged/a/1\n", length: 1000, closes: true)
      }
      // As the monitor does: the type and the encoding both say gzip.
      server = try .lists(
        pki,
        locations: """
          location = /m/stats { default_type application/json; try_files /stats.json =404; }
          location = /m/files { default_type application/x-gzip; add_header Content-Encoding gzip; try_files /list.gz =404; }
          location = /typed { default_type application/gzip; try_files /list.gz =404; }
          location = /untyped { default_type text/plain; try_files /list.gz =404; }
          location = /empty-cache { return 503; }
          location = /loop { return 302 /loop; }
          location = /moved { return 302 /list; }
          location = /down { return 302 http://127.0.0.1:1/list; }
          location /torn { proxy_pass http://127.0.0.1:\(torn.port); proxy_buffering off; }
          """)
      Disk.write(server.data + "/list", "/store/unmerged/a/1\n")
      try NewFile.write(Array("/store/unmerged/a/1\n".utf8), to: server.data + "/list.gz")
      Disk.write(
        server.data + "/stats.json",
        #"{"T2_XX_Test": {"run": "r", "status": "done", "start_time": \#(Date().timeIntervalSince1970 - 60)}}"#
      )
      Disk.write(directory.path + "/token", StorageServer.token + "\n", mode: 0o600)
    }

    /// No credential of the machine is found by this.
    func endpoint(
      _ more: [String: String] = [:], stop: StopSignal = StopSignal(), silence: Int = 900
    ) -> HTTPListClient {
      var variables = [
        "X509_CERT_DIR": pki.authorities, "X509_USER_PROXY": "/nonexistent",
        "BEARER_TOKEN_FILE": "/nonexistent",
      ]
      variables.merge(more) { $1 }
      var limits = HTTPDownload.Limits()
      limits.silence = .seconds(silence)
      return HTTPListClient(environment: variables, limits: limits, stop: stop)
    }

    func address(_ path: String, _ endpoint: String = "https") throws -> HTTPURL {
      try HTTPURL(option: server.prefix(endpoint == "http" ? "http" : "https", endpoint: endpoint) + path)
    }
  }

  private let site: Site

  init() throws { site = try Site.shared.get() }

  private func names(_ address: HTTPURL, _ endpoint: HTTPListClient) throws -> [String] {
    let copy = try HTTPFetch(client: endpoint).spool(address, in: site.directory.path)
    var reader = LFNListReader(copy.source(), name: "list")
    return try reader.nextBatch(limit: 10)?.map(\.text) ?? []
  }

  private func refusal(_ address: HTTPURL, _ endpoint: HTTPListClient? = nil) -> CampaignError? {
    do {
      _ = try names(address, endpoint ?? site.endpoint())
      return nil
    } catch {
      return error as? CampaignError
    }
  }

  @Test(
    "a list, whatever the headers say of it",
    arguments: ["/list", "/list.gz", "/m/files", "/typed", "/untyped", "/moved"])
  func lists(path: String) throws {
    #expect(try names(site.address(path), site.endpoint()) == ["/store/unmerged/a/1"])
  }

  @Test("a list without TLS")
  func plainHTTP() throws {
    #expect(try names(site.address("/list.gz", "http"), site.endpoint()) == ["/store/unmerged/a/1"])
  }

  @Test(
    "answers that are none",
    arguments: [
      ("/missing", JobReports.ExitStatus.noInput), ("/empty-cache", .unavailable), ("/loop", .unavailable),
      ("/down", .badInput), ("/torn", .unavailable), ("/torn/chunked", .unavailable),
    ])
  func answers(path: String, status: JobReports.ExitStatus) throws {
    let error = try #require(refusal(site.address(path + "?rse=T2_XX&authz=hunter2")))
    #expect(error.status == status, "\(error)")
    #expect(
      error.description.contains("https://127.0.0.1:") && !error.description.contains("hunter2"), "\(error)")
  }

  @Test("a server that speaks no HTTP is called that, and not one that redirects")
  func noHTTP() throws {
    let server = try ScriptedServer { _ in .init(raw: "SSH-2.0-OpenSSH_9.2\r\n\r\n") }
    let error = try #require(refusal(try HTTPURL(option: "http://127.0.0.1:\(server.port)/list")))
    #expect(error.status == .unavailable && error.description.contains("the answer is no HTTP"), "\(error)")
    let moved = try #require(refusal(site.address("/down")))
    #expect(moved.description.contains("redirects to an address without TLS"), "\(moved)")
  }

  @Test("servers that are not trusted", arguments: ["elsewhere", "expired"])
  func untrusted(endpoint: String) throws {
    let error = try #require(refusal(site.address("/list", endpoint)))
    #expect(error.status == .noPermission && error.description.contains("not trusted"), "\(error)")
  }

  @Test("an authority that is not trusted")
  func otherAuthority() throws {
    let endpoint = site.endpoint(["X509_CERT_DIR": site.pki.otherAuthorities])
    #expect(try refusal(site.address("/list"), endpoint)?.status == .noPermission)
  }

  @Test("a client certificate is let in, and a request without one is not")
  func clientCertificate() throws {
    let address = try site.address("/list", "https+x509")
    #expect(refusal(address)?.status == .noPermission)
    let certificate = [
      "X509_USER_CERT": site.pki.certificate("user"), "X509_USER_KEY": site.pki.key("user"),
    ]
    #expect(try names(address, site.endpoint(certificate)) == ["/store/unmerged/a/1"])
  }

  @Test("a token is let in, over TLS only, and not sent where there is a certificate")
  func token() throws {
    let token = ["BEARER_TOKEN_FILE": site.directory.path + "/token"]
    let address = try site.address("/list", "https+bearer")
    #expect(try names(address, site.endpoint(token)) == ["/store/unmerged/a/1"])
    #expect(refusal(address)?.status == .noPermission)
    let both = token.merging([
      "X509_USER_CERT": site.pki.certificate("user"), "X509_USER_KEY": site.pki.key("user"),
    ]) { $1 }
    #expect(refusal(address, site.endpoint(both))?.status == .noPermission)
  }

  @Test("nobody there, or nobody who answers")
  func silence() throws {
    let hole = try BlackHole()
    let mute = try #require(
      refusal(try HTTPURL(option: "http://127.0.0.1:\(hole.port)/list"), site.endpoint(silence: 2)))
    #expect(mute.status == .unavailable, "\(mute)")
    let free = try Loopback.freePort()
    #expect(try refusal(HTTPURL("https://127.0.0.1:\(free)/list"))?.status == .unavailable)
  }

  @Test("what is being fetched is given up when it is to stop")
  func stopped() throws {
    let hole = try BlackHole()
    let stop = StopSignal()
    stop.stop(.signal("SIGTERM"))
    let error = try #require(
      refusal(try HTTPURL(option: "http://127.0.0.1:\(hole.port)/list"), site.endpoint(stop: stop)))
    #expect(error.status == .stoppedEarly, "\(error)")
  }

  @Test("a campaign from the monitor over https")
  func campaign() throws {
    let fixture = try PlanFixture()
    var request = fixture.request
    request.from = "\(try site.address("/m"))"
    let plan = try fixture.plan(request, web: site.endpoint())
    #expect(plan.campaign.source.run == "r")
    #expect(try fixture.jobs() == [["/store/unmerged/a/1"]])
  }
}
