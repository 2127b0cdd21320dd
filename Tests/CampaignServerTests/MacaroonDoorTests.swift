import FoundationEssentials
import HTTPTransport
import TestServers
import TestSupport
import Testing

@testable import Campaign
@testable import Credentials

/// What XRootD's own macaroons open and what they don't, tried at the server.
@Suite(.serialized) struct MacaroonDoorTests {
  /// 6.2, which keeps to what a macaroon is limited to.
  private static let server = Result { try StorageServer.xrootdMacaroons(.forky, longest: 7200) }

  /// The operator's client at a door.
  private struct Door {
    let server: StorageServer
    let client: HTTPMacaroonClient

    init(_ server: StorageServer, proxy: String? = nil) throws {
      self.server = server
      let certificates = try ServerCertificates.shared.get()
      client = HTTPMacaroonClient(environment: [
        "X509_CERT_DIR": certificates.trusted, "X509_USER_PROXY": proxy ?? certificates.proxy,
      ])
    }

    func url(_ path: String) throws -> HTTPURL { try HTTPURL(server.prefix("https") + path) }

    func request(until: Date = .now + 3600, acceptsForgetful: Bool = false) -> MacaroonRequest {
      let origin = server.prefix("https")
      return MacaroonRequest(
        door: MacaroonDoor(
          endpoint: origin, origin: origin, directory: "/store/unmerged/a/", sample: "/store/unmerged/a/f"),
        until: until, asksWhatIsThere: true, acceptsForgetful: acceptsForgetful, client: client, now: .now)
    }

    /// What the server says when a macaroon has been used for what it is good for, and then for something on the same
    /// connection.
    func status(_ method: String, _ path: String, _ token: Secret?, body: String? = nil, to: String? = nil)
      throws
      -> Int
    {
      let stat = HTTPMessage(method: "PROPFIND", headers: ["Depth: 0"], followsRedirects: false)
      let headers = try ["Depth: 1"] + (to.map { ["Destination: \(try url($0).url)"] } ?? [])
      let message = HTTPMessage(
        method: method, headers: headers, body: body.map { Array($0.utf8) }, followsRedirects: false)
      let statuses = try client.statuses(
        of: [(stat, url("/store/unmerged/a/kept")), (message, url(path))], showing: #require(token))
      #expect(statuses[0] == 207)
      return statuses[1]
    }

    func put(_ paths: [String]) {
      for path in paths {
        let end = path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex
        Disk.makeDirectory(server.data + path[..<end], owner: server.user)
        Disk.makeFile(server.data + path, owner: server.user)
      }
    }

    func issued(_ activities: String, at path: String) throws -> Macaroon {
      struct Answer: Decodable { let macaroon: String }
      let answer = try client.send(
        HTTPMessage(
          method: "POST", headers: ["Content-Type: application/macaroon-request"],
          body: Array(#"{"caveats":["activity:\#(activities)"],"validity":"PT1H"}"#.utf8)), to: url(path),
        credential: 0)
      let text = try JSONDecoder().decode(Answer.self, from: Data(answer.text.utf8)).macaroon
      return try #require(try Macaroon(Secret(text)))
    }
  }

  private static let kept = "/store/unmerged/a/kept"

  @Test func `it deletes below its path, and nothing else can be done with it`() throws {
    let door = try Door(Self.server.get())
    let inside = "/store/unmerged/a/f"
    let outside = ["/store/unmerged/b/f", "/store/unmerged/ab/f", "/store/f", "/store/unmerged/a.root"]
    door.put([inside, Self.kept] + outside)
    let granted = try door.request().grant()
    #expect(granted.record.activities == ["DELETE"] && granted.warnings == [])
    func status(_ method: String, _ path: String, body: String? = nil, to: String? = nil) throws -> Int {
      try door.status(method, path, granted.secret, body: body, to: to)
    }
    for path in outside + ["/store/unmerged/a/../b/f"] {
      #expect(try status("DELETE", path) >= 400, "\(path)")
      #expect(try status("GET", path) >= 400 && status("PUT", path, body: "text") >= 400, "\(path)")
    }
    #expect(outside.allSatisfy { Disk.exists(door.server.data + $0) })
    // Below its path it can neither be read, nor written, nor moved, nor listed.
    #expect(try status("GET", Self.kept) == 403)
    #expect(try status("PUT", Self.kept, body: "text") == 403)
    #expect(try status("PUT", "/store/unmerged/a/new", body: "text") == 403)
    #expect(try status("MKCOL", "/store/unmerged/a/d") == 403)
    #expect(try status("MOVE", Self.kept, to: "/store/unmerged/a/moved") >= 400)
    #expect(try status("PROPFIND", "/store/unmerged/a/") == 403)
    #expect(Disk.names(door.server.data + "/store/unmerged/a").sorted() == ["f", "kept"])
    #expect(try status("DELETE", inside) == 200 && !Disk.exists(door.server.data + inside))
  }

  @Test func `what is narrowed offline is narrowed at the server`() throws {
    let door = try Door(Self.server.get())
    door.put(["/store/unmerged/a/f", "/store/unmerged/a/g", "/store/unmerged/ab/f", Self.kept])
    var macaroon = try door.issued("DELETE,UPLOAD,DOWNLOAD,LIST", at: "/store/")
    #expect(try door.status("GET", "/store/unmerged/a/f", macaroon.text) == 200)
    let soon = "before:\((Date.now + 60).formatted(.iso8601))"
    for caveat in ["activity:DELETE", "path:/store/unmerged/a/", soon] {
      macaroon = try #require(macaroon.adding(caveat))
    }
    #expect(try door.status("GET", "/store/unmerged/a/f", macaroon.text) == 403)
    #expect(try door.status("DELETE", "/store/unmerged/ab/f", macaroon.text) == 403)
    #expect(try door.status("DELETE", "/store/unmerged/a/f", macaroon.text) == 200)
    let over = macaroon.adding("before:\((Date.now - 60).formatted(.iso8601))")
    let message = HTTPMessage(method: "DELETE", followsRedirects: false)
    let late = try door.client.statuses(
      of: [(message, door.url("/store/unmerged/a/g"))], showing: #require(over?.text))
    #expect(late == [403])
  }

  /// One that is not ended by a slash is good for names that begin like it, at servers before 5.9.1: ours always is.
  @Test func `an older server, which forgets what a macaroon is limited to, is found out`() throws {
    let door = try Door(StorageServer.xrootdMacaroons())
    door.put(["/store/unmerged/a/f", "/store/unmerged/b/f", "/store/unmerged/ab/f", Self.kept])
    let error = #expect(throws: CampaignError.self) { try door.request().grant() }
    #expect(
      error?.description.contains("it forgets what a macaroon is limited to") == true, "\(error as Any)")
    let granted = try door.request(acceptsForgetful: true).grant()
    // That is why.
    #expect(try door.status("DELETE", "/store/unmerged/b/f", granted.secret) == 200)
    // On a connection of its own it is what it says.
    let message = HTTPMessage(method: "DELETE", followsRedirects: false)
    let alone = try door.client.statuses(
      of: [(message, door.url("/store/unmerged/ab/f"))], showing: granted.secret)
    #expect(alone == [403])
  }

  @Test func `the door's own limit of time is a warning, and nobody is asked without a credential`() throws {
    let door = try Door(Self.server.get())
    door.put(["/store/unmerged/a/f"])
    let granted = try door.request(until: .now + 48 * 3600).grant()
    #expect(granted.warnings.count == 1 && granted.warnings[0].contains("before the campaign does"))
    let nobody = try Door(Self.server.get(), proxy: "/nowhere")
    #expect(nobody.client.credentials.isEmpty)
    let error = #expect(throws: CampaignError.self) { try nobody.request().grant() }
    #expect(error?.status == .noPermission)
  }
}
