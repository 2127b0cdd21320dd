import FoundationEssentials
import HTTPTransport
import Synchronization
import TestSupport
import Testing

@testable import Campaign
@testable import Credentials

/// What is made of the macaroons that doors give out.
@Suite struct MacaroonRequestTests {
  static let now = Date(timeIntervalSince1970: 1_795_860_000)  // 2026-11-28T10:00:00Z
  static let until = now + 48 * 3600
  static let door = MacaroonDoor(
    endpoint: "davs://h:2880", origin: "https://h:2880", directory: "/store/unmerged/",
    sample: "/store/unmerged/a b/f")

  private func request(
    _ client: FakeMacaroonClient, asksWhatIsThere: Bool = true, acceptsForgetful: Bool = false
  ) -> MacaroonRequest {
    MacaroonRequest(
      door: Self.door, until: Self.until, asksWhatIsThere: asksWhatIsThere,
      acceptsForgetful: acceptsForgetful, client: client,
      now: Self.now)
  }

  struct Row: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let caveats: [String]
    /// What is added offline; nil where it is refused.
    var adds: [String]?
    var says = ""
  }

  private static let end = "before:2026-11-30T10:00:00Z"
  static let rows = [
    Row(
      testDescription: "XRootD, as it was asked for, but for a shorter time",
      caveats: [
        "name:u", "activity:READ_METADATA,UPLOAD,DELETE,LIST", "activity:DELETE", "path:/store/unmerged/",
        "before:2026-11-29T10:00:00Z",
      ], adds: [], says: "before the campaign does"),
    Row(
      testDescription: "all that the user may do",
      caveats: ["name:u", "activity:READ_METADATA,UPLOAD,DELETE,MANAGE", "path:/store/unmerged/", end],
      adds: ["activity:DELETE"]),
    Row(
      testDescription: "no caveat at all", caveats: ["name:u"],
      adds: ["activity:DELETE", "path:/store/unmerged/", end]),
    Row(
      testDescription: "a path that older servers take for the beginning of a name",
      caveats: ["activity:DELETE", "path:/store/unmerged", end], adds: ["path:/store/unmerged/"]),
    Row(
      testDescription: "a wider path", caveats: ["activity:DELETE", "path:/store/", end],
      adds: ["path:/store/unmerged/"]),
    Row(
      testDescription: "a later end",
      caveats: ["activity:DELETE", "path:/store/unmerged/", "before:2027-01-01T00:00:00Z"],
      adds: [end]),
    Row(
      testDescription: "dCache",
      caveats: [
        "id:1;2;u", "before:2026-11-30T09:59:59.5Z", "path:/pnfs/x/store/unmerged", "activity:DELETE",
      ],
      adds: []),
    Row(
      testDescription: "dCache, where paths are relative and can't be narrowed blindly",
      caveats: ["id:1;2;u", end, "path:/store", "activity:DELETE"], says: "for another path"),
    Row(
      testDescription: "what anybody gets",
      caveats: ["activity:READ_METADATA,DOWNLOAD,LIST", "activity:DELETE", "path:/store/unmerged/", end],
      says: "allows no deletion"),
    Row(
      testDescription: "another path", caveats: ["activity:DELETE", "path:/store/user/", end],
      says: "for another path"),
    Row(
      testDescription: "a time that nobody can read",
      caveats: ["activity:DELETE", "path:/store/unmerged/", "before:tomorrow"], says: "cannot be restricted"),
    Row(
      testDescription: "one that is over",
      caveats: ["activity:DELETE", "path:/store/unmerged/", "before:2026-11-28T09:00:00Z"],
      says: "expired"),
  ]

  @Test(arguments: rows) func given(_ row: Row) throws {
    let client = FakeMacaroonClient(caveats: row.caveats)
    guard let adds = row.adds else {
      let error = #expect(throws: CampaignError.self) { try request(client).grant() }
      #expect(
        error?.status == .noPermission && error?.description.contains(row.says) == true, "\(error as Any)")
      return
    }
    let granted = try request(client).grant()
    let macaroon = try #require(try Macaroon(granted.secret))
    #expect(macaroon.caveats == row.caveats + adds)
    #expect(
      granted.warnings.isEmpty == row.says.isEmpty && granted.warnings.allSatisfy { $0.contains(row.says) })
    #expect(granted.record.activities == ["DELETE"] && granted.record.path == "/store/unmerged/")
  }

  @Test func `the door is asked for deletion below the root, and tried with a stat`() throws {
    let client = FakeMacaroonClient(caveats: ["activity:DELETE", "path:/store/unmerged/", Self.end])
    _ = try request(client).grant()
    #expect(
      client.calls.map(\.url) == [
        "https://h:2880/store/unmerged/", "https://h:2880/store/unmerged/a%20b/f",
        "https://h:2880/store/swab-macaroon-check",
      ])
    #expect(client.calls.map(\.credential) == [0, nil, nil])
    #expect(
      client.calls[0].message.body == Array(#"{"caveats":["activity:DELETE"],"validity":"PT48H0M0S"}"#.utf8))
    #expect(client.calls[0].message.headers.contains("Content-Type: application/macaroon-request"))
  }

  @Test func `without a stat the door may deny it`() throws {
    let caveats = ["activity:DELETE", "path:/store/unmerged/", Self.end]
    let door = FakeMacaroonClient { call in
      call.message.method == "POST"
        ? FakeMacaroonClient.given(FakeMacaroon.text(caveats: caveats)) : HTTPAnswer(status: 403)
    }
    #expect(try request(door, asksWhatIsThere: false).grant().record.activities == ["DELETE"])
  }

  @Test(arguments: [
    (404, "name:u", false), (207, "name:u", false), (401, "name:u", true), (404, "id:1;2;u", true),
  ])
  func `a door that forgets the path is refused unless that is accepted`(
    status: Int, owner: String, isFine: Bool
  ) throws {
    let caveats = [owner, "activity:DELETE", "path:/store/unmerged/", Self.end]
    let door = FakeMacaroonClient { call in
      if call.message.method == "POST" {
        return FakeMacaroonClient.given(FakeMacaroon.text(caveats: caveats))
      }
      return HTTPAnswer(status: call.url.contains("/unmerged/") ? 207 : status)
    }
    if isFine {
      _ = try request(door).grant()
    } else {
      let error = #expect(throws: CampaignError.self) { try request(door).grant() }
      #expect(error?.description.contains("--accept forgetful-door") == true)
      _ = try request(door, acceptsForgetful: true).grant()
    }
  }

  /// After how many wishes the door lets us look; 3: never.
  @Test(arguments: [0, 1, 2, 3]) func `more is asked for only where the door denies the stat`(_ enough: Int)
    throws
  {
    let asked = Mutex(0)
    let door = FakeMacaroonClient { call in
      guard call.message.method == "POST" else {
        return HTTPAnswer(
          status: asked.withLock { $0 } > enough && call.url.contains("/unmerged/") ? 404 : 403)
      }
      let body = String(decoding: call.message.body ?? [], as: UTF8.self)
      let activities = ["DELETE", "READ_METADATA", "LIST"].filter { body.contains($0) }
      asked.withLock { $0 = activities.count }
      let caveats = ["activity:\(activities.joined(separator: ","))", "path:/store/unmerged/", Self.end]
      return FakeMacaroonClient.given(FakeMacaroon.text(caveats: caveats))
    }
    guard enough < 3 else {
      let error = #expect(throws: CampaignError.self) { try request(door).grant() }
      #expect(error?.description.contains("no-look") == true)
      return
    }
    let granted = try request(door).grant()
    #expect(granted.record.activities == Array(["DELETE", "READ_METADATA", "LIST"].prefix(enough + 1)))
  }

  @Test func `a second credential is tried where the first is refused, and only there`() throws {
    let caveats = ["activity:DELETE", "path:/store/unmerged/", Self.end]
    let choosy = FakeMacaroonClient(["the certificate", "the token"]) { call in
      if call.credential == 0 { return HTTPAnswer(status: 403) }
      return call.credential == 1
        ? FakeMacaroonClient.given(FakeMacaroon.text(caveats: caveats)) : FakeMacaroonClient.looked(call)
    }
    _ = try request(choosy).grant()
    #expect(choosy.calls.map(\.credential) == [0, 1, nil, nil])
    let closed = FakeMacaroonClient(["the certificate", "the token"]) { _ in HTTPAnswer(status: 403) }
    let refusal = #expect(throws: CampaignError.self) { try request(closed).grant() }
    #expect(
      refusal?.description.contains("with the token: it refuses (HTTP 403); it does not fit /store/") == true)
    let none = FakeMacaroonClient(["the certificate", "the token"]) { _ in HTTPAnswer(status: 405, text: "no")
    }
    let error = #expect(throws: CampaignError.self) { try request(none).grant() }
    #expect(none.calls.count == 1 && error?.description.contains("issues none (HTTP 405: no)") == true)
  }

  @Test(arguments: [
    (#"{"macaroon":"eyJhbGciOiJub25lIn0.e30.eA"}"#, "JWT"), (#"{"macaroon":"abc"}"#, "cannot be read"),
    (#"{"error":"x"}"#, "no macaroon in it"), (#"{"macaroon":"a\nb"}"#, "no macaroon in it"),
    ("<html>", "no macaroon in it"),
  ])
  func `what is none is refused`(body: String, says: String) {
    let client = FakeMacaroonClient { _ in HTTPAnswer(status: 200, text: body) }
    let error = #expect(throws: CampaignError.self) { try request(client).grant() }
    #expect(error?.description.contains(says) == true, "\(error as Any)")
  }

  @Test func `without a credential nobody is asked`() {
    let client = FakeMacaroonClient([]) { _ in HTTPAnswer(status: 200) }
    #expect(throws: CampaignError.self) { try request(client).grant() }
    #expect(client.calls.isEmpty)
  }
}
