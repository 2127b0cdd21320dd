import TestSupport
import Testing
@testable import Credentials

/// A token against the place of the files, and what is to be asked for instead.
@Suite struct TokenFitTests {
  /// The claims, the path at the storage, and what is said: nil for nothing.
  static let cases: [(claims: String, path: String, says: (certain: Bool, text: [String])?)] = [
    ("{}", "/store/unmerged/a/f", nil),
    (#"{"scope":"storage.modify:/store/unmerged"}"#, "/pnfs/x/store/unmerged/a/f", nil),
    (#"{"scope":"storage.modify:/cms/store"}"#, "/dpm/cms/store/unmerged/a/f", nil),
    (
      #"{"scope":"storage.modify:/store/user"}"#, "/pnfs/x/store/unmerged/a/f",
      (true, ["do not cover /store/unmerged/a/f", "ask for storage.modify:/store/unmerged/a"])
    ),
    // The catalog renames: the LFN is nowhere at the storage.
    (
      #"{"scope":"storage.modify:/store/unmerged"}"#, "//cms/leftover/a/f",
      (true, ["cover no part", "ask for storage.modify:/cms/leftover/a "])
    ),
    (
      #"{"scope":"storage.modify:/pnfs/x/store/unmerged"}"#, "/pnfs/x/store/unmerged/a/f",
      (false, ["base path /;", "ask for storage.modify:/store/unmerged/a"])
    ),
    (#"{"scope":"storage.modify:/","aud":"https://wlcg.cern.ch/jwt/v1/any"}"#, "/store/unmerged/a/f", nil),
    (#"{"aud":["https://fts.other.org","ANY"]}"#, "/store/unmerged/a/f", nil),
    (#"{"aud":"https://door.site.org:2880"}"#, "/store/unmerged/a/f", nil),
    (#"{"aud":"door.site.org:1094"}"#, "/store/unmerged/a/f", nil),
    // Another name of the same storage.
    (#"{"aud":"https://dcache.site.org"}"#, "/store/unmerged/a/f", nil),
    (
      #"{"aud":"https://fts.other.org:8446"}"#, "/store/unmerged/a/f",
      (true, ["https://fts.other.org:8446", "ask for the audience https://door.site.org:2880"])
    ),
    (#"{"aud":"T2_XX_Other"}"#, "/store/unmerged/a/f", (false, ["T2_XX_Other"])),
  ]

  @Test(arguments: cases.indices) func token(_ index: Int) throws {
    let row = Self.cases[index]
    let grant = TokenGrant(TokenClaims.read(Secret(jwt(row.claims))))
    let location = TokenScopes.Location(
      endpoint: "davs://door.site.org:2880", lfn: "/store/unmerged/a/f", storagePath: row.path)
    let misfits = TokenFit.misfits(grant, at: location)
    #expect(misfits.count == (row.says == nil ? 0 : 1), "\(row)")
    guard let says = row.says, let misfit = misfits.first else { return }
    #expect(misfit.isCertain == says.certain)
    for text in says.text { #expect(misfit.text.contains(text), "\(misfit.text)") }
  }

  @Test(arguments: [("/store/unmerged/", true), ("/store/user/", false)])
  func macaroon(path: String, fits: Bool) {
    let grant = TokenGrant(
      TokenClaims.read(Secret(FakeMacaroon.text(caveats: ["activity:DELETE", "path:\(path)"]))))
    let location = TokenScopes.Location(
      endpoint: "davs://h", lfn: "/store/unmerged/a/f", storagePath: "/store/unmerged/a/f")
    let misfits = TokenFit.misfits(grant, at: location)
    #expect(misfits.isEmpty == fits)
    #expect(fits || misfits[0].text.contains("with the path /store/unmerged/a/"))
  }

  @Test func `scope and audience that do not fit are one line each`() {
    let claims = #"{"scope":"storage.modify:/store/user","aud":"https://fts.other.org"}"#
    let location = TokenScopes.Location(
      endpoint: "davs://door.site.org", lfn: "/store/unmerged/f", storagePath: "/store/unmerged/f")
    #expect(TokenFit.misfits(TokenGrant(TokenClaims.read(Secret(jwt(claims)))), at: location).count == 2)
  }
}
