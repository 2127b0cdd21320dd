import CondorJob
import Testing

@Suite("The end of a job") struct JobTimeLimitTests {
  static let rows: [(job: String, machine: String?, end: Double?, attribute: String?)] = [
    ("", nil, nil, nil),
    ("MaxWallTimeMins = 60", nil, 1000 + 3600, "MaxWallTimeMins"),
    ("maxwalltimemins = 60.5", nil, 1000 + 3630, "MaxWallTimeMins"),
    ("MaxWallTimeMins = 60\nAllowedExecuteDuration = 600", nil, 1600, "AllowedExecuteDuration"),
    ("AllowedJobDuration = 700\nAllowedExecuteDuration = 800", nil, 1700, "AllowedJobDuration"),
    ("MaxWallTimeMins = 60", "GLIDEIN_ToDie = 2000", 2000, "GLIDEIN_ToDie"),
    ("MaxWallTimeMins = 60", "GLIDEIN_ToDie = 9000", 4600, "MaxWallTimeMins"),
    ("", "GLIDEIN_ToDie = 9000", 9000, "GLIDEIN_ToDie"),
    (
      "MaxWallTimeMins = ifThenElse(x, 1, 2)\nAllowedJobDuration = undefined", "GLIDEIN_ToDie = \"x\"", nil,
      nil
    ),
    ("MaxWallTimeMins = 0\nAllowedJobDuration = -5", nil, nil, nil),
  ]

  @Test(arguments: rows)
  func earliest(row: (job: String, machine: String?, end: Double?, attribute: String?)) {
    let limit = JobTimeLimit.find(
      job: JobAd(Array(row.job.utf8)), machine: row.machine.map { JobAd(Array($0.utf8)) }, began: 1000)
    #expect(limit?.end == row.end && limit?.attribute == row.attribute)
  }
}
