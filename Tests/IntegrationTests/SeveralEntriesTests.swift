import TestServers
import TestSupport
import Testing

extension WholeExecutable {
  /// Sites with several places for a file. One is a local tree, the other an XRootD.
  @Suite(.serialized) struct SeveralEntriesTests {
    /// Two storages and names that are on the first, the second, both and none of them.
    private struct Stores {
      let local: TemporaryDirectory
      let remote: StorageServer
      let directory: TemporaryDirectory
      static let names = ["first", "second", "both", "none"]

      init() throws {
        local = try TemporaryDirectory()
        remote = try StorageServer.xrootd()
        directory = try TemporaryDirectory()
        for index in 0..<5 {
          for name in ["first", "both"] { Disk.makeFile(local.path + lfn(name, index), owner: nil) }
          for name in ["second", "both"] { Disk.makeFile(remote.data + lfn(name, index), owner: remote.user) }
        }
        let lfns = (0..<5).flatMap { index in Self.names.map { lfn($0, index) + "\n" } }
        Disk.write(directory.path + "/list", lfns.joined())
      }

      func lfn(_ name: String, _ index: Int) -> String { "/store/unmerged/several/\(name)-\(index).root" }

      /// Where the files of a name are: `1` and `2`.
      func locations(of name: String) -> String {
        let isLocal = Set((0..<5).map { Disk.exists(local.path + lfn(name, $0)) })
        let isRemote = Set((0..<5).map { Disk.exists(remote.data + lfn(name, $0)) })
        return (isLocal == [true] ? "1" : isLocal == [false] ? "" : "?")
          + (isRemote == [true] ? "2" : isRemote == [false] ? "" : "?")
      }

      /// Runs it; the outcomes and RSEs by name, and where the files are afterwards.
      func delete(_ site: SiteDirectory?, _ arguments: [String] = []) async throws -> (
        call: DeleteCall, text: [String], locations: [String]
      ) {
        let call = try await DeleteCall(20, from: [directory.path + "/list"], site: site, arguments)
        let text = try Self.names.map { name in
          let files = try (0..<5).map { try #require(call.report.file(lfn(name, $0))) }
          let text = Set(files.map { "\($0.outcome) \($0.rse ?? "-") \($0.backend ?? "-")" })
          return text.sorted().joined(separator: ", ")
        }
        return (call, text, Self.names.map(locations))
      }

      var methods: [SiteDirectory.Method] {
        [
          .init(rse: "T2_XX_Local", command: "cp", protocolName: "file", prefix: local.path),
          .init(rse: "T2_XX_Remote", command: "xrdcp", protocolName: "XRootD", prefix: remote.prefix("root")),
        ]
      }
    }

    @Test func `a file is deleted at the first entry that has it`() async throws {
      let stores = try Stores()
      let (call, text, locations) = try await stores.delete(SiteDirectory(stores.methods))
      #expect(
        text == [
          "deleted T2_XX_Local rm", "deleted T2_XX_Remote xroot", "deleted T2_XX_Local rm",
          "absent T2_XX_Remote xroot",
        ])
      #expect(locations == ["", "", "2", ""])
      #expect(call.result.code == 0)
      let sums = call.report.storage.map { "\($0.rse ?? "") \($0.deleted) \($0.absent) \($0.failed)" }
      #expect(sums == ["T2_XX_Local 10 0 0", "T2_XX_Remote 5 5 0"])
    }

    @Test func `the order is that of the file`() async throws {
      let stores = try Stores()
      let (_, text, locations) = try await stores.delete(SiteDirectory(stores.methods.reversed()))
      #expect(
        text == [
          "deleted T2_XX_Local rm", "deleted T2_XX_Remote xroot", "deleted T2_XX_Remote xroot",
          "absent T2_XX_Local rm",
        ])
      #expect(locations == ["", "", "1", ""])
    }

    @Test func `with an RSE only that entry is used`() async throws {
      let stores = try Stores()
      let site = try SiteDirectory(stores.methods)
      let (call, text, locations) = try await stores.delete(site, ["--rse", "T2_XX_Remote"])
      #expect(
        text == [
          "absent T2_XX_Remote xroot", "deleted T2_XX_Remote xroot", "deleted T2_XX_Remote xroot",
          "absent T2_XX_Remote xroot",
        ])
      #expect(locations == ["1", "", "1", ""])
      #expect(call.result.code == 0)
    }

    @Test func `an RSE that the site does not have deletes nothing`() async throws {
      let stores = try Stores()
      let site = try SiteDirectory(stores.methods)
      let result = try await SwabCommand.run([
        "delete", "--site-config", site.config, "--rse", "T2_XX_Nowhere", "--from",
        stores.directory.path + "/list",
      ])
      #expect(result.code == 78)
      #expect(result.messages.contains("T2_XX_Local, T2_XX_Remote"), "\(result.messages)")
      #expect(Stores.names.map(stores.locations) == ["1", "2", "12", ""])
    }

    @Test func `a file is not called absent while an entry does not answer`() async throws {
      let stores = try Stores()
      let site = try SiteDirectory(stores.methods)
      stores.remote.stop()
      let (call, text, locations) = try await stores.delete(site, ["--retries", "0", "--timeout", "4"])
      #expect(
        text == [
          "deleted T2_XX_Local rm", "failed T2_XX_Remote xroot", "deleted T2_XX_Local rm",
          "failed T2_XX_Remote xroot",
        ])
      #expect(locations == ["", "2", "2", ""])
      #expect(call.result.code == 1)
    }

    @Test func `the fall-back comes last`() async throws {
      let stores = try Stores()
      let site = try SiteDirectory(Array(stores.methods.prefix(1)), further: fallback(stores))
      let (_, text, locations) = try await stores.delete(site)
      #expect(
        text == [
          "deleted T2_XX_Local rm", "deleted T2_XX_Fallback webdav", "deleted T2_XX_Local rm",
          "absent T2_XX_Fallback webdav",
        ])
      #expect(locations == ["", "", "2", ""])
    }

    @Test func `the older form with a catalog and a fall-back works alike`() async throws {
      let stores = try Stores()
      let site = try SiteDirectory(
        localStageOut: "cp", protocolName: "direct",
        rules: """
          <lfn-to-pfn protocol="unused" path-match="(.*)" result="/nowhere/$1"/>
          <lfn-to-pfn protocol="base" path-match="/+store/(.*)" result="/store/$1"/>
          <lfn-to-pfn protocol="direct" chain="base" path-match="/+(.*)" result="\(stores.local.path)/$1"/>
          """,
        further: fallback(stores))
      let (call, text, locations) = try await stores.delete(site)
      #expect(
        text == [
          "deleted T2_XX_Test rm", "deleted T2_XX_Fallback webdav", "deleted T2_XX_Test rm",
          "absent T2_XX_Fallback webdav",
        ])
      #expect(locations == ["", "", "2", ""])
      #expect(call.result.code == 0)
    }

    @Test func `an override stands in for all entries`() async throws {
      let stores = try Stores()
      let site = try SiteDirectory(stores.methods)
      let override = "command=xrdcp,lfn-prefix=\(stores.remote.prefix("root")),phedex-node=T2_XX_Override"
      let (_, text, locations) = try await stores.delete(site, ["--override", override])
      #expect(
        text == [
          "absent T2_XX_Override xroot", "deleted T2_XX_Override xroot", "deleted T2_XX_Override xroot",
          "absent T2_XX_Override xroot",
        ])
      #expect(locations == ["1", "", "1", ""])
    }

    private func fallback(_ stores: Stores) -> String {
      """
      <fallback-stage-out>
        <command value="gfal2"/><lfn-prefix value="\(stores.remote.prefix("http"))"/>
        <phedex-node value="T2_XX_Fallback"/>
      </fallback-stage-out>
      """
    }
  }
}
