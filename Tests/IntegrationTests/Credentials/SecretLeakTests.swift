import FoundationEssentials
import TestServers
import TestSupport
import Testing

import Glibc

/// Token and key are nowhere but where they have to be. ``CredentialRun`` searches all that `swab` prints, with
/// `-vv`, and its report.
@Suite(.serialized) struct SecretLeakTests {
  /// A macaroon as dCache makes them, as far as anyone without its key can see.
  private static let macaroon = FakeMacaroon.text(
    location: "https://example", identifier: "distinctive", caveats: ["activity:DELETE,LIST"])

  @Test(arguments: ["text", "json"], [true, false])
  func `neither success nor refusal prints a secret`(format: String, isKnown: Bool) async throws {
    let tokens = try TemporaryDirectory()
    let token = format == "json" ? Self.macaroon : CredentialFiles.plainToken("distinctive")
    if isKnown { Disk.write("\(tokens.path)/\(token)") }
    // Its refusals repeat what it was shown.
    let server = try StorageServer.nginxTokenOrCertificate(tokens: tokens.path, seen: tokens.path + "/seen")
    var files = try CredentialFiles()
    files.addToken(.valid, valid: token, expired: "")
    try files.addX509(.valid, asProxy: true)
    let lfns = (0..<5).map { "/store/unmerged/leak/f\($0)" }
    Disk.makeDirectory(server.data + "/store/unmerged/leak", owner: server.user)
    for lfn in lfns { Disk.write(server.data + lfn) }
    let run = try await CredentialRun(
      lfns, backend: "webdav", prefix: server.prefix("https"), files, ["--log-format", format])
    let outcomes = run.outcomes(lfns)
    // What was not sent because the endpoint lets nobody in is not called tried.
    let refusals = ["failed: auth", "notAttempted: auth"]
    #expect(outcomes.allSatisfy { isKnown ? $0 == "deleted" : refusals.contains($0) }, "\(outcomes)")
    #expect(isKnown || outcomes.contains("failed: auth"))
    #expect(run.everything.contains("(redacted)") != isKnown)
  }

  /// A tool that tells what it was given and repeats its token in every way that tools have.
  private static let talkative = """
    with open(here + "/argv", "a") as f: f.write(repr(open("/proc/self/cmdline").read()))
    with open(here + "/environ", "a") as f: f.write(repr(open("/proc/self/environ").read()))
    t = os.environ.get("BEARER_TOKEN") or open(os.environ["BEARER_TOKEN_FILE"]).read().strip()
    for line in ["Authorization: Bearer " + t, "error at root://h//f?authz=Bearer%20" + t + "&x=1", "token " + t]:
      print(line)
      print(line, file=sys.stderr)
    sys.exit(5)
    """

  @Test func `gfal-rm is given no token that has expired, so that it takes the proxy`() async throws {
    let fake = try FakeTool(
      "gfal-rm", #"open(here + "/environ", "a").write(repr(dict(os.environ))); sys.exit(5)"#)
    var files = try CredentialFiles()
    files.addToken(.expired, valid: "", expired: CredentialFiles.plainToken("old", expiresIn: -60))
    try files.addX509(.valid, asProxy: true)
    _ = try await CredentialRun(
      ["/store/unmerged/f"], backend: "gfal", prefix: "davs://127.0.0.1:1", files, ["--retries", "0"],
      environment: fake.environment)
    let variables = fake.left("environ")
    #expect(variables.contains("X509_USER_PROXY") && !variables.contains("'BEARER_TOKEN'"))
    expectNo(files.secrets, in: variables)
  }

  @Test(arguments: [("xrdfs", "root://127.0.0.1:1/"), ("gfal-rm", "davs://127.0.0.1:1")])
  func `a tool gets the token's file, and what it says of the token is not repeated`(
    tool: String, prefix: String
  ) async throws {
    let fake = try FakeTool(tool, Self.talkative)
    var files = try CredentialFiles()
    let token = CredentialFiles.plainToken("distinctive")
    files.addToken(.valid, valid: token, expired: "")
    try files.addX509(.valid, asProxy: true)
    let run = try await CredentialRun(
      ["/store/unmerged/f", "/store/unmerged/g"], backend: tool == "xrdfs" ? "xrdfs" : "gfal", prefix: prefix,
      files, ["--retries", "0"], environment: fake.environment)
    #expect(run.report.summary.failed == 2)
    let message = fake.left("argv")
    #expect(!message.isEmpty)
    expectNo(files.secrets, in: message)
    let variables = fake.left("environ")
    #expect(variables.contains("BEARER_TOKEN_FILE=\(files.token)"))
    // gfal2 reads the value only.
    if tool == "xrdfs" { expectNo(files.secrets, in: variables) }
    expectNo(Array(files.secrets.dropFirst()), in: variables)
  }

  @Test(arguments: [SIGSEGV, SIGABRT, SIGTRAP])
  func `a crash leaves no memory behind`(_ signal: Int32) async throws {
    let hole = try BlackHole()
    let directory = try TemporaryDirectory()
    let token = CredentialFiles.plainToken("distinctive")
    // The way in which Swift's runtime prints most.
    let settings = "enable=yes,color=no,interactive=no,threads=all,registers=all,limit=none"
    let program = try Program(
      SwabCommand.executable,
      [
        "delete", "--backend", "webdav", "--override",
        "command=gfal2,lfn-prefix=https://127.0.0.1:\(hole.port),phedex-node=T2_XX_Test", "/store/unmerged/f",
        "--report", directory.path + "/report.json",
      ], environment: ["SWIFT_BACKTRACE": settings, "BEARER_TOKEN": token], workingDirectory: directory.path)
    try await hole.waitForConnection()
    let limits = Disk.read("/proc/\(program.pid)/limits").split(separator: "\n")
    let core = limits.first { $0.hasPrefix("Max core file size") }?.split(separator: " ")
    #expect(core?.dropFirst(4).first == "0")
    program.send(signal)
    let result = try await program.finish()
    #expect(result.signal == signal)
    #expect(result.errors.isEmpty && result.text.isEmpty, "\(result.errors.prefix(500))")
    expectNo([token], in: Disk.read(directory.path + "/report.json"))
  }
}
