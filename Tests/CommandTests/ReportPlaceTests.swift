import Testing
import TestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("Where a report is written")
struct ReportPlaceTests {
  /// Places where no report can be; the exit code is 73 and nothing is deleted.
  @Test(arguments: ["nowhere/r.json", "data", "file/r.json", "read-only/r.json", "/dev/full", "/dev/full.gz"])
  func unwritable(place: String) async throws {
    let site = try Site()
    let victim = site.put("victim.root")
    site.write("file", "x")
    Disk.makeFolder(site.path("read-only"))
    chmod(site.path("read-only"), 0o555)
    chmod(site.storage + "/store/unmerged", 0o777)
    let path = place.hasPrefix("/") ? place : site.path(place)
    let result = try await site.swab(["delete", victim, "--report", path], user: nobody)
    #expect(result.code == 73, "\(result.errors)")
    #expect(
      result.errorLines.count == 1 && result.errors.contains("report can't be written"), "\(result.errors)")
    #expect(site.has(victim))
  }

  @Test func gzippedByItsName() async throws {
    let site = try Site()
    let victim = site.put("victim.root")
    let report = site.path("r.json.gz")
    #expect(try await site.swab(["delete", victim, "--report", report]).code == 0)
    #expect(Disk.bytes(report).starts(with: [0x1f, 0x8b]))
    #expect(try Report(report).lfns("deleted") == [victim])
  }

  /// A link stays one, an older report is replaced, and nothing else is left in the folder.
  @Test func replacesWhatIsThere() async throws {
    let site = try Site()
    Disk.makeFolder(site.path("reports"))
    site.write("reports/real.json", "an older one")
    symlink("real.json", site.path("reports/link.json"))
    let victim = site.put("victim.root")
    #expect(try await site.swab(["delete", victim, "--report", site.path("reports/link.json")]).code == 0)
    #expect(try Report(site.path("reports/real.json")).status == "complete")
    #expect(Disk.names(site.path("reports")) == ["link.json", "real.json"])
  }

  /// One document, whole: a reader of a pipe can't know that another one follows.
  @Test func intoAPipe() async throws {
    let site = try Site()
    let victim = site.put("victim.root")
    let pipe = site.path("pipe")
    mkfifo(pipe, 0o644)
    let reader = try Program("/bin/cat", [pipe])
    let result = try await site.start(["delete", victim, "--report", pipe, "-q"]).finish()
    #expect(result.code == 0, "\(result.errors)")
    site.write("copy.json", bytes: try await reader.finish().output)
    #expect(try Report(site.path("copy.json")).lfns("deleted") == [victim])
    #expect(!site.has(victim))
  }

  @Test func intoADevice() async throws {
    let site = try Site()
    chmod(site.storage + "/store/unmerged", 0o777)
    let victim = site.put("victim.root")
    let result = try await site.swab(["delete", victim, "--report", "/dev/null"], user: nobody)
    #expect(result.code == 0, "\(result.errors)")
    #expect(!site.has(victim))
  }

  /// A report that takes the place of what the run reads would destroy it.
  @Test(arguments: ["--from", "--protected", "--job", "--site-config"])
  func overAnInput(option: String) async throws {
    let site = try Site()
    let victim = site.put("victim.root")
    let list = site.write("list", "/store/unmerged/other\n")
    let job = site.write("job.json", #"{"schema":"swab.job/1","lists":["list"]}"#)
    let inputs = [
      "--from": list, "--protected": list, "--job": job,
      "--site-config": site.siteconf + "/JobConfig/site-local-config.xml",
    ]
    let input = try #require(inputs[option])
    let before = Disk.read(input)
    symlink(input, site.path("same"))
    for report in [input, site.path("same")] {
      let result = try await site.swab(["delete", victim, option, input, "--report", report])
      #expect(result.code == 64, "\(result.errors)")
      #expect(result.errors.contains("would be overwritten"), "\(result.errors)")
      #expect(Disk.read(input) == before)
      #expect(site.has(victim))
    }
  }
}
