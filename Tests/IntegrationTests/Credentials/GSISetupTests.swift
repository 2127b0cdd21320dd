import TestServers
import TestSupport
import Testing

/// A server that wants an X.509 proxy over root://: `xroot` shows it the one that can be used, and nothing else.
@Suite(.serialized) struct GSISetupTests {
  private static let server = Result { try StorageServer.xrootd(.gsi) }

  @Test(arguments: [
    (CredentialState.none, "failed: auth"), (.valid, "deleted"), (.expired, "failed: auth"),
    (.unreadable, "failed: auth"), (.worldReadable, "failed: auth"), (.empty, "failed: auth"),
  ])
  func everyState(state: CredentialState, expected: String) async throws {
    let server = try Self.server.get()
    var files = try CredentialFiles()
    try files.addX509(state, asProxy: true)
    let lfns = ["/store/unmerged/gsi/\(state)-1", "/store/unmerged/gsi/\(state)-2"]
    Disk.makeDirectory(server.data + "/store/unmerged/gsi", owner: server.user)
    for lfn in lfns { Disk.write(server.data + lfn) }
    let run = try await CredentialRun(
      lfns, backend: nil, prefix: server.prefix("root"), files)
    #expect(run.outcomes(lfns) == [expected, expected])
    #expect(run.result.code == (expected == "deleted" ? 0 : 77))
    #expect(!run.warnings.contains("handed over"), "\(run.warnings)")
    for lfn in lfns { #expect(Disk.exists(server.data + lfn) == (expected != "deleted")) }
  }
}
