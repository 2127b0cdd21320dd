import TestServers
import TestSupport
import Testing

/// How far a run is, told to the starter.
@Suite("The progress in the job ad") struct JobAdProgressTests {
  @Test("moves while a batch is in flight, and ends with what the report says")
  func moves() async throws {
    let site = try Site()
    let starter = try ChirpStarter()
    let lfns = (0..<60).map { site.put("f\($0).root") } + ["/etc/passwd"]
    let list = site.write("list", lfns.map { $0 + "\n" }.joined())
    let result = try await site.swab(
      ["delete", "--from", list, "--max-rate", "10"], environment: starter.environment.mapValues { $0 })
    #expect(result.code == 1, "\(result.errors)")
    let lines = starter.lines
    #expect(lines.first == "cookie secret")
    let done = lines.compactMap { line in
      line.hasPrefix("set_job_attr_delayed ChirpSwabDone ") ? Int(line.split(separator: " ")[2]) : nil
    }
    #expect(done.contains { (2..<61).contains($0) }, "\(done)")
    #expect(done == done.sorted() && done.last == 61)
    let last = ["Total 61", "Done 61", "Deleted 60", "Absent 0", "Failed 0", "Refused 1"]
    #expect(Array(lines.suffix(6)) == last.map { "set_job_attr_delayed ChirpSwab\($0)" })
  }
}
