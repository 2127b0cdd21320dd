import FoundationEssentials
import SystemPackage
import Testing
@testable import Credentials

@Suite struct BearerTokenTests {
  static let all = [
    "BEARER_TOKEN": " env ", "BEARER_TOKEN_FILE": "/named", "XDG_RUNTIME_DIR": "/run/user/7",
  ]

  func files(without: Set<String> = []) -> FakeFiles {
    var files = FakeFiles()
    for (path, token) in [
      ("/named", "\tnamed\r\n"), ("/run/user/7/bt_u7", "xdg\n"), ("/tmp/bt_u7", "\u{B}tmp\u{C}"),
    ]
    where !without.contains(path) {
      files.add(path, token.utf8)
    }
    return files
  }

  func find(_ environment: [String: String], _ files: FakeFiles) -> BearerTokenDiscovery {
    BearerTokenDiscovery(environment: environment, euid: 7, read: files.reader)
  }

  @Test(
    arguments: [
      ([], [], "env"), (["BEARER_TOKEN"], [], "named"),
      (["BEARER_TOKEN", "BEARER_TOKEN_FILE"], [], "xdg"),
      (["BEARER_TOKEN", "BEARER_TOKEN_FILE", "XDG_RUNTIME_DIR"], [], "tmp"),
      (["BEARER_TOKEN"], ["/named"], "xdg"), (["BEARER_TOKEN"], ["/named", "/run/user/7/bt_u7"], "tmp"),
      (["BEARER_TOKEN"], ["/named", "/run/user/7/bt_u7", "/tmp/bt_u7"], nil),
    ] as [(Set<String>, Set<String>, String?)])
  func order(unset: Set<String>, missing: Set<String>, expected: String?) {
    let environment = Self.all.filter { !unset.contains($0.key) }
    #expect(find(environment, files(without: missing)).token?.reveal() == expected)
  }

  @Test func emptyLeadsToTheNextStep() {
    var files = files()
    files.add("/named", " \n".utf8)
    let found = find(["BEARER_TOKEN": " \t", "BEARER_TOKEN_FILE": "/named"], files)
    #expect(found.token?.reveal() == "tmp")
    #expect(found.steps.map(\.result).prefix(2) == [.empty, .empty])
    #expect(find(["BEARER_TOKEN_FILE": ""], files).token?.reveal() == "tmp")
  }

  @Test func invalidAndUnreadableEndTheSearch() {
    var files = files()
    #expect(find(["BEARER_TOKEN": "two words", "BEARER_TOKEN_FILE": "/named"], files).token == nil)
    #expect(find(["BEARER_TOKEN": "a\u{0}b"], files).steps.map(\.result) == [.malformed])
    files.add("/named", error: .permissionDenied)
    let found = find(["BEARER_TOKEN_FILE": "/named"], files)
    #expect(found.steps.map(\.result) == [.unreadable(.permissionDenied)])
    #expect(found.token == nil)
  }

  @Test func relativeRuntimeDirectoryIsIgnored() {
    #expect(find(["XDG_RUNTIME_DIR": "run"], files()).steps.count == 1)
    #expect(find(["XDG_RUNTIME_DIR": ""], files()).steps.count == 1)
  }

  @Test func sources() {
    #expect("\(CredentialSource(variable: "V"))" == "V")
    #expect("\(CredentialSource(variable: "V", path: "/a\nb"))" == "V=/a b")
    #expect("\(CredentialSource(variable: "V", path: ""))" == "V=")
    #expect("\(CredentialSource(variable: "V", path: "eyJhbGciOi"))" == "V=<relative path>")
    #expect("\(CredentialSource(path: "/tmp/bt_u7"))" == "/tmp/bt_u7")
  }

  @Test(arguments: [
    ("abc", true), ("aB0-._~+/", true), ("abc==", true), ("", false), ("=", false), ("a=b", false),
    ("a b", false), ("a\n", false), ("ä", false), ("a,b", false), ("\"a\"", false),
  ])
  func syntax(text: String, expected: Bool) {
    #expect(BearerTokenSyntax.isBearerToken(Array(text.utf8)) == expected)
  }

  @Test func base64url() {
    #expect(Base64URL.decode("-_8").map(Array.init) == [0xFB, 0xFF])
    #expect(Base64URL.decode("").map(Array.init) == [])
    for bad in ["+/8", "YQ==", "a", "a b", "ä"] { #expect(Base64URL.decode(bad) == nil, "\(bad)") }
  }
}
