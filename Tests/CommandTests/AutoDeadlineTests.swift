import TestSupport
import Testing

/// `--deadline auto`, in a made-up job.
@Suite("The deadline of the job")
struct AutoDeadlineTests {
  static let rows: [(ad: String?, range: ClosedRange<Double>?)] = [
    (nil, nil), ("Owner = \"x\"\n", nil), ("MaxWallTimeMins = 100\n", 5000...5940),
    ("MaxWallTimeMins = 100\nAllowedExecuteDuration = 1000\n", 500...940),
    ("AllowedJobDuration = 30\n", 1...1),
  ]

  @Test(arguments: rows) func isTaken(row: (ad: String?, range: ClosedRange<Double>?)) async throws {
    let site = try Site()
    let victim = site.put("victim.root")
    let ad = row.ad.map { site.write("job.ad", $0) }
    let report = site.path("r.json")
    let result = try await site.swab(
      ["delete", victim, "--report", report, "--deadline", "auto"], environment: ["_CONDOR_JOB_AD": ad])
    #expect(result.code == 0 || row.range == 1...1, "\(result.errors)")
    let written = try Report(report)
    if let range = row.range {
      #expect(
        written.request.deadline.map(range.contains) == true,
        "\(String(describing: written.request.deadline))")
    } else {
      #expect(written.request.deadline == nil)
    }
    if result.code == 0 { #expect(written.warnings.contains { $0.hasPrefix("--deadline auto: ") }) }
  }
}
