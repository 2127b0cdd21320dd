import Campaign
import CommandSupport
import DeletionModel
import FoundationEssentials

/// What `plan` shows a person.
enum PlanText {
  /// The lines: what is planned, from what, what was left out and why, a sample, and what to do next.
  static func lines(_ plan: CampaignPlan, now: Date) -> [String] {
    let campaign = plan.campaign
    let counts = campaign.counts
    var lines = [
      "campaign   \(campaign.name)",
      "delete     \(counts.files) files in \(counts.directories) directories from \(campaign.rse), by \(counts.jobs) jobs at \(campaign.site), at most \(campaign.filesPerJob) files each",
      "list       \(campaign.source.location)\(campaign.source.run.map { ", run \($0)" } ?? ""), made \(campaign.source.made)\(age(campaign.source.made, now))",
      "expires    \(campaign.expires)",
      "protected  \(plan.protectedEntries) entries from \(campaign.protected.map(\.location).joined(separator: ", "))",
    ]
    lines.append("left out   \(counts.listed - counts.files) of \(counts.listed) entries")
    for (count, why) in [
      (counts.duplicates, "there before"), (counts.protected, "protected"),
      (counts.excluded, "below an excluded prefix"), (counts.notIncluded, "below no included prefix"),
      (counts.overLimit, "beyond --max-files"),
    ] where count > 0 {
      lines.append("  \(count) \(why)")
    }
    for refused in plan.refused {
      lines.append("  \(refused.count) refused, \(refused.rule), such as: \(refused.example)")
    }
    lines.append("sample")
    lines += plan.sample.map { "  \($0)" }
    lines += plan.warnings.map { "warning    \($0)" }
    lines.append("nothing has been deleted; next: swab-submit submit \(plan.directory)")
    return lines.map { line in
      // Paths and names come from outside and must not move a terminal's cursor; the indent stays.
      let indent = line.prefix { $0 == " " }
      return line.contains(where: \.isNewline) || line.unicodeScalars.contains(where: { $0.value < 0x20 })
        ? indent + MessageText.oneLine(line, limit: 4096) : line
    }
  }

  private static func age(_ made: String, _ now: Date) -> String {
    guard let date = Date(iso8601: made) else { return "" }
    return ", \(Int(max(0, now.timeIntervalSince(date)) / 3600)) hours ago"
  }
}
