import FoundationEssentials
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// These tests look at what `make static` has built; without it they fail.
@Suite("The static executable")
struct StaticExecutableTests {
  @Test("needs no interpreter and no library, and is no larger than 25 MB")
  func form() async throws {
    let headers = try await Subprocess.run(
      .name("readelf"), arguments: ["-lW", Repository.staticSwab], output: .string(limit: 1 << 20))
    try #require(headers.terminationStatus.isSuccess)
    #expect(!headers.standardOutput.contains("INTERP"))
    #expect(!headers.standardOutput.contains("DYNAMIC"))
    let attributes = try FileManager.default.attributesOfItem(atPath: Repository.staticSwab)
    let size = try #require(attributes[.size] as? UInt64 ?? (attributes[.size] as? Int).map(UInt64.init))
    #expect(size <= 25_000_000)
  }

  /// It expects of `swab --version` the commit in full and each library with a version.
  @Test("says which commit and which libraries it was built from")
  func version() async throws {
    let done = try await Subprocess.run(
      .path(FilePath(Repository.staticSwab)), arguments: ["--version"], output: .string(limit: 1 << 16))
    #expect(done.terminationStatus.isSuccess)
    #expect(done.standardOutput.contains(/\b[0-9a-f]{40}\b/))
    for library in ["libxml2", "zlib", "PCRE2", "libcurl", "OpenSSL", "nghttp2"] {
      #expect(
        try done.standardOutput.contains(Regex("\(library)[ /]\\d+\\.\\d")), "no version of \(library)")
    }
  }

  @Test("starts in a root directory with nothing in it")
  func emptyRoot() async throws {
    try await EmptyRoot.with { root in
      let result = try await root.run(["--version"])
      #expect(result.status == .exited(0), "\(result.messages)")
      #expect(result.output.contains("libxml2"))
    }
  }

  /// It expects of `swab check --json`: whatever its exit code, JSON on standard output with an item in
  /// `endpoints` that names the endpoint and says "refused" in some text. Nothing listens on port 1, so this
  /// is said only when the name was found in `/etc/hosts`, which `nsswitch.conf` does not even mention: its
  /// modules are shared libraries, which a static program must not look for.
  @Test(
    "finds a name in /etc/hosts there, whatever nsswitch.conf says",
    arguments: [
      "root://swab-test-host:1/", "davs://swab-test-host:1",
    ])
  func nameService(setup: String) async throws {
    try await EmptyRoot.with { root in
      try root.write("127.0.0.1 swab-test-host\n", to: "etc/hosts")
      try root.write(
        "hosts: mdns4 myhostname\npasswd: sss\ngroup: sss\nservices: db\n", to: "etc/nsswitch.conf")
      for file in SiteFixture.files(endpoints: [setup]) {
        try root.write(file.text, to: "SITECONF/local/\(file.path)")
      }
      let result = try await root.run(
        ["check", "--site-config", "/SITECONF/local/JobConfig/site-local-config.xml", "--json"],
        environment: ["SITECONFIG_PATH": "/SITECONF/local"])
      guard case .exited = result.status else {
        Issue.record("ended by \(result.status): \(result.messages)")
        return
      }
      let report = try JSONDecoder().decode(CheckOutput.self, from: Data(result.output.utf8))
      let endpoint = try #require(
        report.endpoints.first { $0.texts.contains { $0.contains("swab-test-host") } })
      #expect(endpoint.texts.contains { $0.lowercased().contains("refused") }, "\(endpoint.texts)")
    }
  }

  /// The same command outside of the empty root, with its system calls watched. It starts the site's tools to
  /// ask for their versions; what those open is their own affair. The name service configuration is read once,
  /// as text, by the call that overrides it; no module that it names may follow.
  @Test("opens no library and no configuration of the machine's libraries")
  func openedFiles() async throws {
    let directory = FileManager.default.temporaryDirectory.path() + "/swab-trace-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try FileManager.default.createDirectory(
      atPath: directory + "/JobConfig", withIntermediateDirectories: true)
    for file in SiteFixture.files(endpoints: ["root://localhost:1/", "davs://localhost:1"]) {
      try Data(file.text.utf8).write(to: URL(filePath: "\(directory)/\(file.path)"))
    }
    let done = try await Subprocess.run(
      .path("/usr/bin/strace"),
      arguments: [
        "-f", "-e", "trace=open,openat,openat2,execve", "-o", directory + "/trace", Repository.staticSwab,
        "check",
        "--site-config", directory + "/JobConfig/site-local-config.xml", "--json",
      ],
      environment: .custom(["PATH": directory, "SITECONFIG_PATH": directory]),
      output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20))
    guard case .exited = done.terminationStatus else {
      Issue.record("ended by \(done.terminationStatus): \(done.standardError)")
      return
    }
    _ = try JSONDecoder().decode(CheckOutput.self, from: Data(done.standardOutput.utf8))
    let trace = String(
      decoding: FileManager.default.contents(atPath: directory + "/trace") ?? Data(), as: UTF8.self)
    try #require(trace.contains("site-local-config.xml"), "nothing was traced")
    let lines = trace.split(separator: "\n").map { (process: $0.prefix { $0 != " " }, text: $0) }
    let tools = Set(lines.dropFirst().filter { $0.text.contains("execve(") }.map(\.process))
    let own = lines.filter { !tools.contains($0.process) }
    #expect(own.contains { $0.text.contains("site-local-config.xml") })
    for line in own {
      for forbidden in [".so", "openssl.cnf", "gconv", "/engines"] {
        #expect(!line.text.contains(forbidden), "\(line.text)")
      }
    }
  }
}

/// What `swab check --json` prints, as far as it matters here.
private struct CheckOutput: Decodable {
  struct Endpoint: Decodable {
    /// All texts of the item, whatever their keys.
    let texts: [String]

    private struct AnyKey: CodingKey {
      let stringValue: String
      let intValue: Int? = nil
      init?(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      texts = container.allKeys.compactMap { try? container.decode(String.self, forKey: $0) }
    }
  }

  let endpoints: [Endpoint]
}
