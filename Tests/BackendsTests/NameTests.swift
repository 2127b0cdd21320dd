import DeletionModel
import Testing
@testable import Credentials
@testable import ProcessRunning
@testable import BackendTools

/// How names are given to tools, what is refused, what is hidden.
@Suite struct NameTests {
  static let gfal: [(pfn: String, url: String?, list: Bool)] = [
    ("http://h:80/store/a b+%41#?", nil, true),
    ("http://h:80/store/a b+%41#", "dav://h:80/store/a%20b%2B%2541%23", true),
    ("https://h/store/ü'\"", "davs://h/store/%C3%BC%27%22", true),
    ("davs://h//store/f ", "davs://h//store/f%20", true),
    ("davs://h/store/f?x=1", "davs://h/store/f?x=1", true),
    ("davs://h/store/f?authz=x", nil, true),
    ("root://h//store/f ", "root://h//store/f ", false),
    ("root://h//store/f\u{a0}", "root://h//store/f\u{a0}", false),
    ("root://h//store/f%41", nil, true),
    ("root://h//store/f%", "root://h//store/f%", true),
    ("xroot://h//store/f", "root://h//store/f", true),
    ("srm://h:8443/srm/managerv2?SFN=/pnfs/f", "srm://h:8443/srm/managerv2?SFN=/pnfs/f", true),
    ("root://h//store/f/", nil, true),
    ("root://u:p@h//store/f", nil, true),
    ("/store/f", nil, true),
  ]

  @Test(arguments: gfal.indices) func `names for gfal-rm`(_ index: Int) throws {
    let row = Self.gfal[index]
    let url = try? GfalURL(DeletionTarget(lfn: "/store/f", pfn: try #require(PFN(row.pfn))))
    #expect(url?.text.text == row.url, "\(row.pfn)")
    if let url { #expect(url.fitsList == row.list, "\(row.pfn)") }
  }

  static let xrdfs: [(pfn: String, server: String?, path: String)] = [
    ("root://h:1094//store/f", "root://h:1094", "/store/f"),
    ("roots://h//store/f", "roots://h", "/store/f"),
    ("xroot://h//store/f", "root://h", "/store/f"),
    ("root://h/store/f", "root://h", "store/f"),
    ("root://h/-r", nil, ""),
    ("root://h///store//f", "root://h", "//store//f"),
    ("root://h//store/%41 #", "root://h", "/store/%41 #"),
    ("root://h//store/f?svcClass=x", "root://h", "/store/f?svcClass=x"),
    ("root://h//store/f?authz=x", nil, ""),
    ("root://h//store/f : [SUCCESS] ", nil, ""),
    ("https://h//store/f", nil, ""),
  ]

  @Test(arguments: xrdfs.indices) func `names for xrdfs`(_ index: Int) throws {
    let row = Self.xrdfs[index]
    let address = try? XrdfsAddress(DeletionTarget(lfn: "/store/f", pfn: try #require(PFN(row.pfn))))
    #expect(address?.server.text == row.server, "\(row.pfn)")
    if let address { #expect(address.path.text == row.path) }
  }

  static let secrets: [(text: String, clean: String)] = [
    ("x authz=abc&y=1", "x authz=(redacted)&y=1"),
    ("Authorization: Bearer abc.def rest", "Authorization: (redacted) rest"),
    ("bearer abc", "bearer (redacted)"),
    ("token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln end", "token (redacted) end"),
    ("authz=Bearer%20abc", "authz=(redacted)"),
    ("nothing here: author=x", "nothing here: author=x"),
  ]

  @Test(arguments: secrets.indices) func `secrets are hidden`(_ index: Int) {
    #expect(Redaction.clean(Self.secrets[index].text) == Self.secrets[index].clean)
  }

  static let variables: [(name: String, reaches: Bool)] = [
    ("HOME", true), ("TMPDIR", true), ("X509_USER_PROXY", true), ("X509_CERT_DIR", true),
    ("BEARER_TOKEN", true), ("BEARER_TOKEN_FILE", true), ("XRD_NETWORKSTACK", true), ("XrdSecPROTOCOL", true),
    ("GFAL_PLUGIN_DIR", true), ("KRB5CCNAME", true), ("XRD_LOGLEVEL", false), ("LD_LIBRARY_PATH", false),
    ("LD_PRELOAD", false), ("PYTHONPATH", false), ("PYTHONHOME", false), ("BASH_ENV", false), ("IFS", false),
    ("http_proxy", false), ("OPENSSL_CONF", false),
  ]

  @Test(arguments: variables.indices) func `what a tool sees`(_ index: Int) {
    let row = Self.variables[index]
    #expect((ChildEnvironment(inheriting: [row.name: "v"])[row.name] == "v") == row.reaches, "\(row.name)")
  }

  @Test func `the path and the language are ours`() {
    let environment = ChildEnvironment(inheriting: ["PATH": "/evil", "LANG": "xx"])
    #expect(environment["PATH"]?.contains("/evil") == false)
    #expect(environment["LANG"] == "C.UTF-8")
  }
}
