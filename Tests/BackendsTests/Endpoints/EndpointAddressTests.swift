import Testing
@testable import Networking

@Suite struct EndpointAddressTests {
  @Test(arguments: [
    ("root", "h.example", "h.example:1094"), ("roots", "h", "h:1094"), ("xroot", "h", "h:1094"),
    ("davs", "h", "h:443"), ("https", "h", "h:443"), ("dav", "h", "h:80"), ("http", "h", "h:80"),
    ("srm", "h", "h:8443"), ("gsiftp", "h", "h:2811"), ("ROOT", "h", "h:1094"), ("root", "h:2094", "h:2094"),
    ("root", "h:", "h:1094"), ("root", "user:pw@h:1", "h:1"), ("root", "a@b@h", "h:1094"),
    ("davs", "[::1]:8443", "[::1]:8443"), ("davs", "[2001:db8::A]", "[2001:db8::A]:443"),
    ("root", "under_score.example:65535", "under_score.example:65535"), ("s3", "h:9000", "h:9000"),
  ])
  func good(scheme: String, authority: String, expected: String) throws {
    #expect(try EndpointAddress(scheme: scheme, authority: authority).text == expected)
  }

  @Test(arguments: [
    ("root", ""), ("root", ":1094"), ("root", "h:0"), ("root", "h:65536"), ("root", "h:+1"),
    ("root", "h:1:2"),
    ("root", "::1"), ("root", "[::1"), ("root", "[::1]x"), ("root", "[]"), ("root", "[h]"),
    ("root", "[::1%lo]"),
    ("root", "h h"), ("root", "h\n"), ("root", "h,g"), ("root", "ä"), ("root", "u@"), ("s3", "h"),
    ("root", String(repeating: "h", count: 254)),
  ])
  func bad(scheme: String, authority: String) {
    #expect(throws: EndpointAddress.ParseError.self) {
      try EndpointAddress(scheme: scheme, authority: authority)
    }
  }
}
