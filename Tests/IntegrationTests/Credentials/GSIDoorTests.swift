import TestSupport
import Testing

/// A door that wants an X.509 proxy over root://: `xroot` hands it to `xrdfs`, whose library judges the proxy itself.
@Suite(.serialized) struct GSIDoorTests {
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
    Disk.makeFolder(server.data + "/store/unmerged/gsi", owner: server.user)
    for lfn in lfns { Disk.write(server.data + lfn) }
    let run = try await CredentialRun(
      lfns, backend: nil, prefix: server.prefix("root"), files, environment: ["XrdSecGSISRVNAMES": "*"])
    #expect(run.words(lfns) == [expected, expected])
    #expect(run.result.code == (expected == "deleted" ? 0 : 77))
    #expect(run.warnings.contains("handed over from xroot to xrdfs"), "\(run.warnings)")
    for lfn in lfns { #expect(Disk.exists(server.data + lfn) == (expected != "deleted")) }
  }
}
