import TestSupport
import Testing

import Glibc

/// Several stage-out entries: walked in file order until one really deletes the file.
@Suite("Several storages")
struct WalkthroughTests {
  /// A site with two storages.
  private func site() throws -> (Site, first: String, second: String) {
    let directory = try Site()
    let (first, second) = (directory.path("one"), directory.path("two"))
    for path in [first, second] { Disk.makeDirectory(path + "/store/unmerged/d") }
    Disk.write(
      directory.siteconf + "/JobConfig/site-local-config.xml",
      """
      <site-local-config><site name="T2_XX_Test"><stage-out>
      <method volume="One" protocol="p" command="cp"/><method volume="Two" protocol="p" command="cp"/>
      </stage-out></site></site-local-config>
      """)
    let volumes = [("One", first), ("Two", second)].map {
      #"{"site":"T2_XX_Test","volume":"\#($0)","type":"DISK","rse":"RSE_\#($0)","protocols":[{"protocol":"p","access":"site-rw","prefix":"\#($1)"}]}"#
    }
    Disk.write(directory.siteconf + "/storage.json", "[\(volumes.joined(separator: ","))]")
    return (directory, first, second)
  }

  @Test func theFirstThatHasIt() async throws {
    let (site, first, second) = try site()
    let (one, two, both, none) =
      ("/store/unmerged/d/1", "/store/unmerged/d/2", "/store/unmerged/d/12", "/store/unmerged/d/0")
    for path in [first + one, second + two, first + both, second + both] { Disk.write(path) }
    let result = try await site.swab(["delete", one, two, both, none, "--report", site.path("r.json")])
    #expect(result.code == 0, "\(result.errors)")
    let report = try Report(site.path("r.json"))
    #expect(report.file(one)?.pfn == first + one && report.file(one)?.attempts == 1)
    #expect(report.file(two)?.pfn == second + two && report.file(two)?.attempts == 2)
    #expect(report.file(both)?.pfn == first + both)
    #expect(report.file(none)?.outcome == "absent")
    #expect(report.summary.deleted == 3 && report.summary.absent == 1)
    // Deleted once is enough: what else has the name is another matter.
    #expect(!Disk.exists(first + both) && Disk.exists(second + both))
  }

  @Test func onlyTheNamedOne() async throws {
    let (site, first, second) = try site()
    let lfn = "/store/unmerged/d/1"
    for path in [first + lfn, second + lfn] { Disk.write(path) }
    #expect(try await site.swab(["delete", lfn, "--rse", "RSE_Two"]).code == 0)
    #expect(Disk.exists(first + lfn) && !Disk.exists(second + lfn))
  }

  /// Absent from one and unknown at the other is not absent.
  @Test func anEndpointThatIsShut() async throws {
    let (site, first, _) = try site()
    // A directory that can't be looked into.
    chmod(first + "/store/unmerged/d", 0)
    chmod(site.root, 0o777)
    let report = site.path("r.json")
    let result = try await site.swab(["delete", "/store/unmerged/d/1", "--report", report], user: nobody)
    chmod(first + "/store/unmerged/d", 0o755)
    #expect(result.code == 77, "\(result.errors)")
    #expect(try Report(report).files.first?.outcome == "failed")
  }
}
