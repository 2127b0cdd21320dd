/// Values as they are written in ClassAd expressions.
package enum ClassAdText {
  /// A string in quotes.
  ///
  /// HTCondor's tools read the older syntax, in which a backslash stands for itself unless a quote follows it; at the
  /// end of a string it would take the closing quote along. Nothing can be written for that or for a line end, so
  /// they become blanks, as other control characters do.
  package static func string(_ text: String) -> String {
    var scalars = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
    for index in scalars.indices where scalars[index] == "\\" {
      let next = scalars.index(after: index)
      if next == scalars.endIndex || scalars[next] == "\"" { scalars[index] = " " }
    }
    var quoted = String.UnicodeScalarView("\"".unicodeScalars)
    for scalar in scalars {
      if scalar == "\"" { quoted.append("\\") }
      quoted.append(scalar)
    }
    quoted.append("\"")
    return String(quoted)
  }

  /// Matches what was submitted itself, and not what a gridmanager or a JobRouter made of it.
  static let original = "SubmitterGlobalJobId =?= undefined && RoutedFromJobId =?= undefined"

  /// Matches the jobs of a campaign, or those of one round of it. What a gridmanager or a JobRouter made of them has the
  /// same attributes, and may be at the same schedd; it goes with its original.
  package static func jobs(of campaign: String, round: Int? = nil) -> String {
    let all = "\(JobAttribute.campaign) =?= \(string(campaign)) && \(original)"
    return round.map { "\(all) && \(JobAttribute.round) =?= \($0)" } ?? all
  }
}

/// Our own attributes in a job's ad.
package enum JobAttribute {
  /// The campaign's id.
  package static let campaign = "SwabCampaign"
  /// The round, a number.
  package static let round = "SwabRound"
  /// The job: see ``JobID``.
  package static let job = "SwabJob"
  /// How many jobs were submitted, where that is not the whole round.
  package static let jobs = "SwabJobs"
  /// The RSE that the job deletes from.
  package static let rse = "SwabRSE"
}
