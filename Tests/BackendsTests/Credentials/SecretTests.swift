import Testing
@testable import Credentials

@Suite struct SecretTests {
  struct Holder { let token = Secret("hush-hush") }

  @Test func neverShows() {
    let secret = Secret("hush-hush")
    var dumped = ""
    dump(Holder(), to: &dumped)
    var shown = "\(secret) \(Holder()) \(Optional(secret) as Any) \(String(reflecting: secret)) \([secret])"
    shown += dumped + "\(BearerTokenDiscovery.Result.token(secret, permissions: nil))"
    #expect(!shown.contains("hush"))
    #expect(String(describing: secret) == "<redacted>")
    #expect(secret.reveal() == "hush-hush")
  }

  @Test func noFindingHoldsAToken() {
    let token = jwt(#"{"sub":"s","exp":4000000000}"#)
    var files = FakeFiles()
    files.add("/t", token.utf8, mode: 0o644)
    // The last: the token put by mistake where a file name belongs.
    for environment in [
      ["BEARER_TOKEN": token], ["BEARER_TOKEN_FILE": "/t"], ["BEARER_TOKEN": token + " x"],
      ["BEARER_TOKEN": token + ".more"], ["BEARER_TOKEN_FILE": token], ["X509_USER_PROXY": token],
    ] {
      let findings = files.inspect(environment)
      #expect(findings.count == 1)
      var dumped = ""
      dump(findings, to: &dumped)
      #expect(!dumped.contains(token.prefix(30)))
    }
  }
}
