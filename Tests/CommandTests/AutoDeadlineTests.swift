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
    #expect(written.warnings.contains { $0.hasPrefix("--deadline auto: ") } == (row.range == nil))
  }

  /// The job file's options, and the deadline that they come to in a job of 100 minutes.
  static let wishes: [(options: String, range: ClosedRange<Double>?)] = [
    (#""deadline":"auto""#, 5000...5940), (#""deadline":7000"#, 7000...7000),
    (#""deadline":"auto","checkpoint":true,"journal":"j","checkpointEvery":900"#, 900...900),
    (#""deadline":"auto","checkpoint":true,"journal":"j","checkpointEvery":90000"#, 5000...5940),
    (#""deadline":600,"checkpoint":true,"journal":"j","checkpointEvery":900"#, 600...600),
    (#""checkpoint":true,"journal":"j","checkpointEvery":900"#, 900...900),
    (#""deadline":"soon""#, nil), (#""deadline":-1"#, nil), (#""checkpointEvery":900"#, nil),
  ]

  @Test(arguments: wishes) func isTakenFromTheJobFile(row: (options: String, range: ClosedRange<Double>?))
    async throws
  {
    let site = try Site()
    let victim = site.put("victim.root")
    let ad = site.write("job.ad", "MaxWallTimeMins = 100\n")
    let job = site.write("job.json", #"{"schema":"swab.job/1","options":{\#(row.options)}}"#)
    let report = site.path("r.json")
    let result = try await site.swab(
      ["delete", victim, "--job", job, "--report", report], environment: ["_CONDOR_JOB_AD": ad],
      workingDirectory: site.path(""))
    guard let range = row.range else {
      #expect(result.code == 65 || result.code == 64)
      #expect(site.has(victim))
      return
    }
    #expect(result.code == 0, "\(result.errors)")
    #expect(try Report(report).request.deadline.map(range.contains) == true)
  }
}
