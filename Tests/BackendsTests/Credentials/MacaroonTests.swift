import FoundationEssentials
import TestSupport
import Testing
@testable import Credentials

/// Macaroons as other libraries make them, and what their caveats leave.
@Suite struct MacaroonTests {
  /// By pymacaroons 0.13: the same macaroon with no caveat, with a server's, and with three more that a client added.
  static let bare =
    "MDAxOGxvY2F0aW9uIFQyX1hYX1Rlc3QKMDAxN2lkZW50aWZpZXIgM2YyYi0xMQowMDJmc2lnbmF0dXJlIGghgWmxuevhVqn9rJQX6NCTxDblrV0_6NWlF_5FbaBLCg"
  static let issued =
    "MDAxOGxvY2F0aW9uIFQyX1hYX1Rlc3QKMDAxN2lkZW50aWZpZXIgM2YyYi0xMQowMDE2Y2lkIG5hbWU6dGVzdHVzZXIKMDAzMmNpZCBhY3Rpdml0eTpSRUFEX01FVEFEQVRBLFVQTE9BRCxERUxFVEUsTElTVAowMDFkY2lkIHBhdGg6L3N0b3JlL3VubWVyZ2VkCjAwMjRjaWQgYmVmb3JlOjIwMjYtMTEtMjlUMDA6MDA6MDBaCjAwMmZzaWduYXR1cmUgjSPWvC2UeAbk24ueEtZubRq455hNVEi6gppWHU7IHL8K"
  static let narrowed =
    "MDAxOGxvY2F0aW9uIFQyX1hYX1Rlc3QKMDAxN2lkZW50aWZpZXIgM2YyYi0xMQowMDE2Y2lkIG5hbWU6dGVzdHVzZXIKMDAzMmNpZCBhY3Rpdml0eTpSRUFEX01FVEFEQVRBLFVQTE9BRCxERUxFVEUsTElTVAowMDFkY2lkIHBhdGg6L3N0b3JlL3VubWVyZ2VkCjAwMjRjaWQgYmVmb3JlOjIwMjYtMTEtMjlUMDA6MDA6MDBaCjAwMThjaWQgYWN0aXZpdHk6REVMRVRFCjAwMWVjaWQgcGF0aDovc3RvcmUvdW5tZXJnZWQvCjAwMjRjaWQgYmVmb3JlOjIwMjYtMTEtMjhUMTI6MDA6MDBaCjAwMmZzaWduYXR1cmUgVNYdKk8hkGrV6vNLS5XW-lw2O7qpT21aAtqzEGt7R54K"
  static let serverCaveats = [
    "name:testuser", "activity:READ_METADATA,UPLOAD,DELETE,LIST", "path:/store/unmerged",
    "before:2026-11-29T00:00:00Z",
  ]
  static let ours = ["activity:DELETE", "path:/store/unmerged/", "before:2026-11-28T12:00:00Z"]

  private func macaroon(_ text: String) throws -> Macaroon { try #require(try Macaroon(Secret(text))) }

  @Test func `caveats that are added offline are those of another library, byte by byte`() throws {
    var macaroon = try macaroon(Self.bare)
    #expect(macaroon.identifier == "3f2b-11" && macaroon.location == "T2_XX_Test" && macaroon.caveats == [])
    for (caveats, text) in [(Self.serverCaveats, Self.issued), (Self.ours, Self.narrowed)] {
      for caveat in caveats { macaroon = try #require(macaroon.adding(caveat)) }
      #expect(macaroon.text?.reveal() == text)
      #expect(try self.macaroon(text) == macaroon)
    }
    #expect(macaroon.caveats == Self.serverCaveats + Self.ours)
    #expect(macaroon.adding(String(repeating: "a", count: 70_000)) == nil)
  }

  @Test func `either alphabet of base64 is read, with or without padding`() throws {
    let other = Self.narrowed.replacing("-", with: "+").replacing("_", with: "/") + "="
    #expect(try macaroon(other).text?.reveal() == Self.narrowed)
  }

  @Test(arguments: [
    (String(bare.dropLast(4)), "no signature"), (String(bare.prefix(40)), "no identifier"),
    (bare + "AAAA", "not known"),
  ])
  func `a damaged one is no token, and nothing of it is quoted`(text: String, why: String) {
    guard case .malformed(let problem) = TokenClaims.read(Secret(text)) else {
      Issue.record("not malformed")
      return
    }
    #expect(problem.contains(why) && !problem.contains("MDA"), "\(problem)")
  }

  /// Caveats, and what they leave: activities, whether a file is covered, and whether nothing beyond `/store/unmerged/`.
  static let cases: [(caveats: [String], canDelete: Bool, covers: [String: Bool], staysBelow: Bool)] = [
    ([], true, ["/store/unmerged/f": true, "/x": true], false),
    (serverCaveats, true, ["/store/unmerged/f": true, "/store/unmergedx/f": false, "/x": false], true),
    (["activity:DELETE", "activity:LIST,UPLOAD"], false, ["/x": true], false),
    (
      ["path:/store/unmerged/a", "path:/store/"], true,
      ["/store/unmerged/a/f": true, "//store/unmerged/f": false], true
    ),
    (["path:/store"], true, ["/store/unmerged/f": true], false),
    // dCache: relative to each other, and to a root that only the site knows.
    (
      ["id:7;8,9;paul", "path:/store", "path:/unmerged"], true,
      ["/store/unmerged/f": true, "/unmerged/f": true], true
    ),
    (
      ["id:7;8;paul", "path:/pnfs/x/store/unmerged"], true,
      ["/store/unmerged/f": true, "/store/user/f": false], true
    ),
    (
      ["id:7;8;paul", "root:/pnfs/x", "path:/store/unmerged"], true, ["/pnfs/x/store/unmerged/f": true], true
    ),
    (["id:7;8;paul", "home:/"], true, ["/x": true], false),
    (["id:7;8;paul", "path:/store"], true, ["/store/unmerged/f": true], false),
  ]

  @Test(arguments: cases.indices) func rights(_ index: Int) throws {
    let row = Self.cases[index]
    let rights = MacaroonRights(try macaroon(FakeMacaroon.text(caveats: row.caveats)))
    #expect(rights.allowDeletion == row.canDelete)
    for (path, isCovered) in row.covers { #expect(rights.mayCover(path) == isCovered, "\(row) \(path)") }
    #expect(rights.staysBelow("/store/unmerged/") == row.staysBelow, "\(row)")
  }

  @Test func `the earliest end counts, with and without fractions of a second`() throws {
    let caveats = ["before:2026-11-29T00:00:00Z", "before:2026-11-28T00:00:00.250Z", "id:1;2;paul"]
    let rights = MacaroonRights(try macaroon(FakeMacaroon.text(caveats: caveats)))
    #expect(rights.expires == Date(timeIntervalSince1970: 1_795_824_000.25) && rights.subject == "paul")
    #expect(!rights.hasUnreadable)
    let odd = MacaroonRights(try macaroon(FakeMacaroon.text(caveats: ["before:tomorrow"])))
    #expect(odd.expires == nil && odd.hasUnreadable)
  }

  @Test func `a finding has identifier, end and caveats of a macaroon, and not the secret`() throws {
    var files = FakeFiles()
    files.add("/m", Self.narrowed.utf8)
    let now = Date(timeIntervalSince1970: 1_795_860_000)
    let finding = try #require(files.inspect(["BEARER_TOKEN_FILE": "/m"], now: now).first)
    #expect(finding.kind == .macaroon && finding.state == .valid && finding.problem == nil)
    #expect(finding.identifier == "3f2b-11" && finding.subject == "testuser")
    #expect(finding.expires == Date(timeIntervalSince1970: 1_795_867_200))
    #expect(finding.scopes.contains("activity:DELETE") && finding.hindrance(at: now) == nil)
    #expect(files.inspect(["BEARER_TOKEN_FILE": "/m"], now: now + 7200).first?.state == .expired)
    files.add("/r", FakeMacaroon.text(caveats: ["activity:DOWNLOAD,LIST"]).utf8)
    let reading = try #require(files.inspect(["BEARER_TOKEN_FILE": "/r"]).first)
    #expect(reading.hindrance(at: .now)?.contains("activity:DELETE") == true)
  }
}
