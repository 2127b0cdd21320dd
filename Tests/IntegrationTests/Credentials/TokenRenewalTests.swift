import FoundationEssentials
import TestServers
import TestSupport
import Testing

import Glibc

/// A token that ends while files are being deleted, at a door that from some moment on takes another one only.
@Suite(.serialized) struct TokenRenewalTests {
  private static let count = 1000

  /// nginx with one token that it knows, and files.
  private final class Stage: Sendable {
    let tokens: TemporaryDirectory
    let server: StorageServer
    let lfns: [String]
    private let first = CredentialFiles.plainToken("first")
    private let second = CredentialFiles.plainToken("second")
    let files: CredentialFiles

    init() throws {
      tokens = try TemporaryDirectory()
      Disk.write("\(tokens.path)/\(first)")
      server = try .nginxTokenOrCertificate(tokens: tokens.path, seen: tokens.path + "/seen")
      var files = try CredentialFiles()
      files.addToken(.valid, valid: first, expired: "")
      self.files = files
      lfns = (0..<TokenRenewalTests.count).map { "/store/unmerged/renewal/f\($0)" }
      Disk.makeDirectory(server.data + "/store/unmerged/renewal", owner: server.user)
      for lfn in lfns { Disk.write(server.data + lfn) }
    }

    var left: Int { Disk.names(server.data + "/store/unmerged/renewal").count }

    /// The server takes the second token instead of the first.
    func endFirst() {
      Disk.write("\(tokens.path)/\(second)")
      unlink("\(tokens.path)/\(first)")
    }

    /// As HTCondor does it: another file under the same name.
    func replaceToken() {
      let next = files.token + ".next"
      Disk.write(next, second, mode: 0o600)
      rename(next, files.token)
    }

    /// How often the server said 401.
    var refusals: Int {
      Disk.read(tokens.path + "/seen").split(separator: "\n").count { $0.hasSuffix(" 401") }
    }

    /// Runs; `act` is called when some files are gone.
    func run(_ act: () -> Void) async throws -> CredentialRun {
      // Slowly enough that there is a middle, also on a busy machine.
      async let running = CredentialRun(
        lfns, backend: "webdav", prefix: server.prefix("https"), files,
        ["--concurrency", "4", "--max-rate", "100"])
      try await Waiting.wait(until: "some files are gone") { left <= TokenRenewalTests.count - 20 }
      act()
      return try await running
    }
  }

  @Test func `the file was replaced before the old token ended`() async throws {
    let stage = try Stage()
    let run = try await stage.run {
      stage.replaceToken()
      stage.endFirst()
    }
    #expect(run.result.code == 0, "\(run.result.output)")
    #expect(run.report.summary.deleted == Self.count && stage.left == 0)
    // Only what was in flight at that moment.
    #expect(stage.refusals <= 8, "\(stage.refusals)")
    expectNo([Disk.read(stage.files.token)], in: run.everything)
  }

  @Test func `without another token the rest fails, and few requests are sent for it`() async throws {
    let stage = try Stage()
    let run = try await stage.run { stage.endFirst() }
    let summary = run.report.summary
    #expect([75, 77].contains(run.result.code), "\(run.result.output)")
    #expect(summary.deleted > 0 && summary.deleted < Self.count)
    #expect(stage.left == Self.count - summary.deleted)
    #expect(
      run.report.files.allSatisfy {
        ["deleted", "failed: auth"].contains($0.word) || $0.outcome == "notAttempted"
      })
    #expect(run.report.errors.contains { $0.class == "auth" })
    #expect(stage.refusals < 100, "\(stage.refusals)")
  }

  @Test func `a token that ends by its own date is not sent any more, and the run says 77`() async throws {
    let stage = try Stage()
    let run = try await stage.run {
      Disk.write(stage.files.token, CredentialFiles.plainToken("third", expiresIn: -1), mode: 0o600)
      stage.endFirst()
    }
    #expect(run.result.code == 77 || run.result.code == 75, "\(run.result.output)")
    #expect(run.report.exit.reason.contains("expired at"), "\(run.report.exit.reason)")
    #expect(run.report.summary.deleted > 0 && stage.left == Self.count - run.report.summary.deleted)
    #expect(stage.refusals < 100, "\(stage.refusals)")
  }
}
