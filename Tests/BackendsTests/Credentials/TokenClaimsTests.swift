import FoundationEssentials
import Testing
@testable import Credentials

@Suite struct TokenClaimsTests {
  func decoded(_ json: String) -> TokenClaims? {
    if case .claims(let claims) = TokenClaims.read(Secret(jwt(json))) { claims } else { nil }
  }

  @Test func wlcgProfile() throws {
    let claims = try #require(
      decoded(
        #"{"wlcg.ver":"1.0","sub":"u\u0000ser","iss":"https://i","aud":"https://wlcg.cern.ch/jwt/v1/any","#
          + #""nbf":1700000000,"exp":1700003600.5,"scope":"storage.read:/ storage.modify:/store/unmerged"}"#))
    #expect(claims.subject == "u ser")
    #expect(claims.issuer == "https://i")
    #expect(claims.audiences == ["https://wlcg.cern.ch/jwt/v1/any"])
    #expect(claims.scopes == ["storage.read:/", "storage.modify:/store/unmerged"])
    #expect(claims.notBefore == Date(timeIntervalSince1970: 1_700_000_000))
    #expect(claims.expires == Date(timeIntervalSince1970: 1_700_003_600.5))
  }

  @Test func otherForms() {
    #expect(decoded(#"{"scp":["write:/a","read:/b"],"aud":["a","b"]}"#)?.scopes == ["write:/a", "read:/b"])
    #expect(decoded(#"{"scp":["write:/a"],"aud":["a","b"]}"#)?.audiences == ["a", "b"])
    #expect(decoded(#"{"scp":"read:/a write:/b"}"#)?.scopes == ["read:/a", "write:/b"])
    #expect(decoded("{}") == decoded(#"{"x":{"y":[1]}}"#))
  }

  @Test(arguments: ["abc", "a.b.c", "MDAxY2xvY2F0aW9uCg", "..", "a..b", ".", "eyJhIjoxfQ.e30.x"])
  func opaque(text: String) {
    #expect(TokenClaims.read(Secret(text)) == .opaque)
  }

  @Test func encryptedIsOpaque() {
    #expect(TokenClaims.read(Secret(jwt("{}") + ".a.b")) == .opaque)
  }

  @Test(arguments: [
    "[]", "{", #"{"exp":"soon"}"#, #"{"exp":1e300}"#, #"{"exp":-1}"#, #"{"iss":3}"#, #"{"aud":{}}"#, "\u{FF}",
    String(repeating: "[", count: 5000),
  ])
  func malformedClaims(json: String) {
    guard case .malformed(let problem) = TokenClaims.read(Secret(jwt(json))) else {
      Issue.record("not malformed: \(json.prefix(40))")
      return
    }
    #expect(problem.contains("RFC 7519"))
  }

  @Test func cutShort() {
    let whole = jwt(#"{"sub":"s"}"#)
    let header = String(whole.prefix { $0 != "." })
    for text in [header, header + ".abc", header + ".a+b.c"] {
      guard case .malformed = TokenClaims.read(Secret(text)) else {
        Issue.record("not malformed: \(text)")
        continue
      }
    }
  }
}
