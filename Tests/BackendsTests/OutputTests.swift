import DeletionModel
import Testing
@testable import BackendXRootD
@testable import ProcessRunning
@testable import BackendTools

/// Real output of the tools, taken apart. xrdfs 5.5.3, gfal2-util 1.8.0.
@Suite struct OutputTests {
  @Test func `result lines of xrdfs rm`() {
    let output = """
      rm /store/f4 : [SUCCESS] \nrm /store/nope : [ERROR] Error response: no such file or directory
      rm /store/f5 : [FATAL] Connection error
      rm /store/f5.root : [SUCCESS] \nrm /store/other : [SUCCESS] \nrm /store/half : [SUCC
      rm /store/twice : [SUCCESS] \nrm /store/twice : [ERROR] Error response: permission denied
      """
    let paths = [
      "/store/f4", "/store/nope", "/store/f5", "/store/f5.root", "/store/half", "/store/twice", "/store/no",
    ].map { ExactName($0) }
    let lines = XrdfsOutput.removals(Array(output.utf8), of: paths)
    #expect(lines[paths[0]] == .success)
    #expect(lines[paths[1]] == .failure("Error response: no such file or directory"))
    #expect(lines[paths[2]] == .failure("Connection error"))
    #expect(lines[paths[3]] == .success)
    #expect(lines.count == 4)
  }

  @Test func `blocks of xrdfs stat`() {
    let output = """

      Path:   /store/odd/st at
      Id:     69667315888750080
      Size:   0
      MTime:  2026-11-21 12:32:15
      CTime:  2026-11-21 12:32:15
      ATime:  2026-11-21 12:32:15
      Flags:  16 (IsReadable)
      Mode:   0644
      Owner:  root
      Group:  root

      Path:   /store/odd/emptyd
      Id:     69668187767111168
      Flags:  19 (XBitSet|IsDir|IsReadable)

      Path:   /store/odd/cut
      Id:     1
      """
    let paths = ["/store/odd/st at", "/store/odd/emptyd", "/store/odd/cut"].map { ExactName($0) }
    let entries = XrdfsOutput.entries(Array(output.utf8), of: paths)
    #expect(entries == [paths[0]: .other, paths[1]: .directory])
  }

  @Test func `a session's diagnostics stay with their paths`() {
    let errors =
      "[ERROR] Command not found\n[ERROR] Server responded with an error: [3011] Unable to locate "
      + "/b; no such file or directory\u{0}\n\n[ERROR] Command not found\n[ERROR] Command not found\n"
    let paths = ["/a", "/b", "/c"].map { ExactName($0) }
    let found: [ExactName: XrdfsOutput.Entry] = [paths[0]: .other, paths[2]: .directory]
    let diagnostics = XrdfsSession.diagnostics(Array(errors.utf8), of: paths, entries: found)
    #expect(diagnostics.keys.map(\.text) == ["/b"])
    #expect(diagnostics[paths[1]]?.code == 3011)
    // One step off: nothing is believed.
    #expect(XrdfsSession.diagnostics(Array(errors.utf8), of: paths, entries: [paths[1]: .other]).isEmpty)
    #expect(XrdfsSession.diagnostics(Array(errors.utf8), of: Array(paths.prefix(2)), entries: found).isEmpty)
  }

  @Test func `quotes for the session`() {
    #expect(XrdfsSession.quoted("/a b") == #""/a b""#)
    #expect(XrdfsSession.quoted(#"/b'o"th"#) == #""/b'o"'"'"th""#)
  }

  static let xrdfsErrors: [(text: String, errorClass: ErrorClass, ambiguous: Bool, unavailable: Bool)] = [
    (
      "[ERROR] Server responded with an error: [3011] Unable to remove /f; no such file or directory\0",
      .absent, false, false
    ),
    (
      "[ERROR] Server responded with an error: [3010] Unable to remove /f; permission denied\0", .auth, false,
      false
    ),
    (
      "[ERROR] Server responded with an error: [3005] Unable to remove /f; directory not empty\0", .permanent,
      false, false
    ),
    (
      "[ERROR] Server responded with an error: [3005] Unable to remove /f; input/output error\0", .transient,
      false, false
    ),
    ("[ERROR] Server responded with an error: [3016] /f is a directory", .permanent, false, false),
    ("[ERROR] Server responded with an error: [3024] overloaded", .overload, false, false),
    ("[ERROR] Server responded with an error: [9999] ?", .unknown, false, false),
    ("[ERROR] Error response: no such file or directory", .absent, false, false),
    ("[ERROR] Error response: permission denied", .auth, false, false),
    ("[ERROR] Error response: never heard of", .unknown, true, false),
    // A client that lost its connection tries again by itself and reports that, not what came before.
    ("[FATAL] Connection error", .transient, true, true),
    ("[FATAL] Invalid address", .transient, true, true),
    ("[FATAL] Socket timeout", .transient, true, true),
    ("[FATAL] Socket error", .transient, true, true),
    ("[ERROR] Operation expired", .transient, true, true),
    ("[FATAL] Auth failed: No protocols left to try", .auth, false, false),
    ("[FATAL] TLS error: resource temporarily unavailable", .transient, true, true),
    ("[FATAL] something new", .unknown, true, false),
  ]

  @Test(arguments: xrdfsErrors.indices) func `errors of xrdfs`(_ index: Int) throws {
    let row = Self.xrdfsErrors[index]
    let diagnostic = try #require(XrdfsOutput.diagnostics(Array((row.text + "\n\n").utf8)).first)
    let error = XrdfsErrors.error(diagnostic, in: .remove)
    #expect(error.errorClass == row.errorClass, "\(row.text)")
    #expect(error.isAmbiguous == row.ambiguous, "\(row.text)")
    #expect(error.isUnavailable == row.unavailable, "\(row.text)")
    #expect(!XrdfsErrors.error(diagnostic, in: .stat).isAmbiguous)
  }

  @Test func `result lines of gfal-rm`() {
    let output =
      "root://h//store/a\tDELETED\nroot://h//store/a b\tMISSING\nroot://h//store/c\tFAILED\n"
      + "root://h//store/d\tDELE\nroot://h//store/x\tDELETED\nroot://h//store/e\tFAILED: why\n"
    let urls = ["a", "a b", "c", "d", "e"].map { ExactName("root://h//store/\($0)") }
    let results = GfalOutput.results(Array(output.utf8), of: urls)
    #expect(results == [urls[0]: .deleted, urls[1]: .missing, urls[2]: .failed, urls[4]: .failed])
  }

  static let gfalErrors:
    [(text: String, errorClass: ErrorClass, code: String, ambiguous: Bool, unavailable: Bool)] = [
      (
        "111 (Connection refused) - Failed to stat file (Connection refused)", .transient, "ECONNREFUSED",
        false, true
      ),
      (
        "112 (Host is down) - Result Could not connect to server after 1 attempts", .transient, "EHOSTDOWN",
        false, true
      ),
      (
        "113 (No route to host) - Result Domain name resolution failed after 1 attempts", .transient,
        "EHOSTUNREACH", false, true
      ),
      (
        "112 (Host is down) - Result (Neon): Server certificate verification failed: issuer is not trusted after 1 attempts",
        .auth, "EHOSTDOWN", false, false
      ),
      (
        "1 (Operation not permitted) - DavPosix::unlink  HTTP 403 : Permission refused ", .auth, "HTTP 403",
        false, false
      ),
      (
        "13 (Permission denied) - Result HTTP 401 : Authentication Error  after 1 attempts", .auth,
        "HTTP 401", false, false
      ),
      ("52 (Invalid exchange) - Failed to stat file (Invalid exchange)", .auth, "EBADE", false, false),
      (
        "21 (Is a directory) - Can not remove root://h//f, is a directory", .permanent, "EISDIR", false, false
      ),
      ("110 (Connection timed out) - Connection timed out", .transient, "ETIMEDOUT", true, true),
      (
        "116 (Stale file handle) - Failed to stat file (Stale file handle)", .transient, "ESTALE", false, true
      ),
      (
        "70 (Communication error on send) - DavPosix::unlink HTTP 503 : Service Unavailable", .overload,
        "HTTP 503", false, false
      ),
      (
        "70 (Communication error on send) - HTTP 429 : Too many requests", .overload, "HTTP 429", false, false
      ),
      ("70 (Communication error on send) - HTTP 408 : Timeout", .overload, "HTTP 408", false, false),
      ("17 (File exists) - HTTP 409 : Conflict", .transient, "HTTP 409", false, false),
      ("17 (File exists) - HTTP 409 : Directory not empty", .permanent, "HTTP 409", false, false),
      ("70 (Communication error on send) - x", .transient, "ECOMM", true, false),
      ("19 (No such device) - Failed to delete file (No such device)", .endpoint, "ENODEV", false, false),
      ("2 (No such file or directory) - x", .absent, "ENOENT", false, false),
      ("250 (Unknown error 250) - x", .unknown, "errno 250", true, false),
    ]

  @Test(arguments: gfalErrors.indices) func `errors of gfal-rm`(_ index: Int) throws {
    let row = Self.gfalErrors[index]
    let diagnostic = try #require(GfalOutput.diagnostic(Array("gfal-rm error: \(row.text)\n".utf8)))
    let error = GfalErrors.error(diagnostic)
    #expect(error.errorClass == row.errorClass, "\(row.text)")
    #expect(error.code == row.code)
    #expect(error.isAmbiguous == row.ambiguous, "\(row.text)")
    #expect(error.isUnavailable == row.unavailable, "\(row.text)")
  }

  @Test func `a traceback tells nothing, the one of a time-out that`() {
    let lost = ToolRun(
      ending: .exited(0), errorOutput: Array("Traceback (most recent call last):\nIOError: x\n".utf8))
    #expect(GfalErrors.silence(lost).errorClass == .unknown)
    #expect(GfalErrors.silence(lost).message.hasSuffix("IOError: x"))
    let late = ToolRun(
      ending: .exited(1),
      errorOutput: Array("AttributeError: 'CommandRm' object has no attribute 'progress_bar'\n".utf8))
    #expect(GfalErrors.silence(late).code == "timeout")
  }

  @Test func `argument lists stay below what the kernel takes`() {
    let path = ExactName("/" + String(repeating: "x", count: 4000))
    let chunks = XrdfsBackend.chunks(Array(repeating: path, count: 1000))
    #expect(chunks.map(\.count).reduce(0, +) == 1000)
    #expect(chunks.allSatisfy { $0.count * 4010 <= XrdfsBackend.argumentBytes })
  }

  @Test func `time limits fit the attempt`() {
    let short = ClientLimits.environment(remaining: .seconds(10))
    #expect(short["XRD_REQUESTTIMEOUT"] == "9")
    #expect(short["XRD_CONNECTIONRETRY"] == "1")
    #expect(ClientLimits.environment(remaining: .milliseconds(10))["XRD_STREAMTIMEOUT"] == "1")
    #expect(ClientLimits.environment(remaining: nil)["XRD_CONNECTIONWINDOW"] == "30")
  }
}
