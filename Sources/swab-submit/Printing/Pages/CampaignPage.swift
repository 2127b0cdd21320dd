import Campaign
import DeletionModel
import JobReports

/// The page of a campaign, in the order in which an operator asks: must I do something, how much is gone, is the storage
/// well, why is the rest not gone, and which jobs failed.
enum CampaignPage {
  /// The most rows of a table of jobs.
  private static let jobLimit = 500
  /// The most rows of other tables.
  private static let rowLimit = 100

  /// The page.
  ///
  /// - Parameter directory: of the campaign, for commands.
  static func text(_ report: CampaignReport, _ directory: CampaignDirectory) -> String {
    let advice = CampaignAdvice(report, directory)
    let body = [
      head(report, advice), attention(report, advice), tiles(report), outcomes(report), reasons(report),
      storage(report),
      rounds(report), machines(report), jobs(report), directories(report), files(report, directory),
    ]
    return HTMLPage.text(report.manifest.name, body.joined())
  }

  private static func head(_ report: CampaignReport, _ advice: CampaignAdvice) -> String {
    let manifest = report.manifest
    let facts = [
      "\(manifest.rse), jobs at \(manifest.site)", "list made \(manifest.source.made)",
      "planned \(manifest.created)",
      "collected \(report.collected)", "expires \(manifest.expires)",
      "\(report.tool.name) \(report.tool.version)",
    ]
    return
      "<h1>\(escaped(manifest.name)) <span class=\"badge \(advice.need.rawValue)\">\(advice.state)</span></h1>\n<p class=\"note\">\(facts.map(escaped).joined(separator: " · "))</p>\n"
  }

  /// What a person has to do, and what was odd.
  private static func attention(_ report: CampaignReport, _ advice: CampaignAdvice) -> String {
    let sentences = advice.sentences.map { "<p>\(escaped($0))</p>\n" }.joined()
    let command = advice.command.map { "<p><code>\(escaped($0))</code></p>\n" } ?? ""
    let box = "<div class=\"box \(advice.need.rawValue)\">\n\(sentences)\(command)</div>\n"
    guard !report.warnings.isEmpty else { return box }
    let items = report.warnings.map { "<li>\(escaped($0))</li>\n" }
    let rest = items.dropFirst(3).prefix(rowLimit * 5)
    let more =
      rest.isEmpty
      ? ""
      : "<details><summary>\(items.count - 3) more warnings</summary><ul>\n\(rest.joined())</ul></details>\n"
    return box + "<div class=\"box wait\"><ul>\n\(items.prefix(3).joined())</ul>\(more)</div>\n"
  }

  private static func tiles(_ report: CampaignReport) -> String {
    let counts = report.totals.counts
    let pending = report.reasons.reduce(0) { $0 + ($1.kind == JobAccount.pending ? $1.count : 0) }
    let again = counts.notGone - report.permanent - pending
    let left = [
      (pending, "in jobs that have not ended"), (again, "can be tried again"), (report.permanent, "can't"),
    ]
    let seconds = report.jobs.reduce(0.0) { $0 + ($1.seconds ?? 0) }
    let rate = seconds > 0 ? HTMLPage.number(Int(min(Double(counts.gone) / seconds, 1e15).rounded())) : "–"
    let tiles = [
      (
        PageChart.share(counts.gone, of: counts.requested),
        "of \(CampaignAdvice.count(counts.requested, "file")) gone"
      ),
      (HTMLPage.number(counts[.deleted]), "deleted"),
      (report.totals.freed.bytes > 0 ? report.totals.freed.text : "–", "freed"),
      (
        HTMLPage.number(counts.notGone),
        (["not gone"] + left.filter { $0.0 > 0 }.map { "\(HTMLPage.number($0.0)) \($0.1)" }).joined(
          separator: "; ")
      ),
      (rate, "files a second and job"),
    ]
    return
      "<div class=\"tiles\">\(tiles.map { "<div><b>\(escaped($0.0))</b>\(escaped($0.1))</div>\n" }.joined())</div>\n"
  }

  /// One bar: what is deleted is good, what was absent is neither, and whatever is suspect is bad.
  private static func outcomes(_ report: CampaignReport) -> String {
    let counts = report.totals.counts
    return PageChart.bar([
      .init(label: "deleted", count: counts[.deleted], colour: "good"),
      .init(label: "absent", count: counts[.absent], colour: "neutral"),
      .init(label: "suspect", count: report.suspect, colour: "bad"),
      .init(label: "failed", count: counts[.failed] - report.suspect, colour: "bad"),
      .init(label: "refused", count: counts[.refused], colour: "waits"),
      .init(label: "not attempted", count: counts[.notAttempted], colour: "waits"),
    ])
  }

  private static func reasons(_ report: CampaignReport) -> String {
    let rows = report.reasons.prefix(rowLimit).map { reason -> [HTMLTable.Cell] in
      let said =
        "<span class=\"why\">\(escaped(reason.message))</span><small>\(escaped(reason.kind)), \(escaped(reason.code))</small>"
      let origin =
        "<code>\(escaped(reason.directory))</code><small>such as \(escaped(reason.lfn))\(reason.endpoint.map { " at \(escaped($0))" } ?? "")</small>"
      return [
        .number(reason.count), .html(said), .html(origin),
        .html("<span class=\"why\">\(escaped(remedy(reason, report)))</span>"),
      ]
    }
    return HTMLTable(heading: ["files", "what was said", "where", "what to do"], rows: Array(rows)).section(
      "Why files are not gone")
  }

  private static func remedy(_ reason: ReasonTally.Entry, _ report: CampaignReport) -> String {
    let text = CampaignAdvice.remedy(reason).text
    guard reason.kind == ErrorClass.auth.rawValue, let endpoint = reason.endpoint,
      let shown = report.endpoints[endpoint]?.credential
    else { return text }
    let ends = shown.expires.map { ", until \($0)" } ?? ""
    return "\(text); it was shown \(shown.kind.text)\(shown.subject.map { " of \($0)" } ?? "")\(ends)"
  }

  private static func storage(_ report: CampaignReport) -> String {
    let rows = report.totals.storage.map { storage -> [HTMLTable.Cell] in
      let routes = report.storageRoutes
      let rse = (routes.indices.contains(storage.route) ? routes[storage.route].rse : nil) ?? ""
      let suspect = storage.isSuspect || report.suspect > 0 && storage.counts[.deleted] == 0
      return [
        .html(
          "<code>\(escaped(storage.endpoint))</code><small>\(escaped(rse)) by \(escaped(storage.backend))</small>"
        ),
        .text(health(storage, report.endpoints[storage.endpoint], isSuspect: suspect)),
        .number(storage.counts[.deleted]),
        .number(storage.counts[.absent]), .number(storage.counts[.failed]), time(storage.latency, 0.5),
        time(storage.latency, 0.99), .html(PageChart.latency(storage.latency)),
      ]
    }
    return HTMLTable(
      heading: ["endpoint", "health", "deleted", "absent", "failed", "p50", "p99", "latency"], rows: rows
    ).section("Storage")
  }

  private static func health(_ storage: RunTotals.Storage, _ notes: EndpointNotes?, isSuspect: Bool) -> String
  {
    var texts: [String] = []
    if isSuspect { texts.append("suspect: hardly any file was found") }
    if let notes, notes.givenUp > 0 { texts.append("given up by \(notes.givenUp) of \(notes.jobs) jobs") }
    if let notes, notes.refused > 0 {
      texts.append(
        "overloaded: \(PageChart.share(notes.refused, of: notes.requests)) of the requests refused")
    }
    let asked = storage.counts.gone + storage.counts[.failed]
    if !isSuspect, storage.counts[.failed] > 0 {
      texts.append("\(PageChart.share(storage.counts[.failed], of: asked)) failed")
    }
    return texts.isEmpty ? "well" : texts.joined(separator: "; ")
  }

  private static func time(_ latency: LatencyHistogram, _ share: Double) -> HTMLTable.Cell {
    let seconds = latency.percentile(share)
    return .quantity(latency.count > 0 ? LatencyHistogram.text(seconds) : "–", seconds)
  }

  private static func rounds(_ report: CampaignReport) -> String {
    guard report.rounds.count > 1 else { return "" }
    let rows = report.rounds.indices.map { index -> [HTMLTable.Cell] in
      let round = report.rounds[index]
      let jobs = report.jobs.filter { $0.round == round.round }
      let (deleted, absent) = (
        jobs.reduce(0) { $0 + $1.counts[.deleted] }, jobs.reduce(0) { $0 + $1.counts[.absent] }
      )
      let bar = PageChart.smallBar(
        [
          .init(label: "deleted", count: deleted, colour: "good"),
          .init(label: "absent", count: absent, colour: "neutral"),
          .init(label: "not gone", count: max(0, round.files - deleted - absent), colour: "bad"),
        ], of: round.files)
      return [
        .number(round.round), .text(report.submitted[index] ?? "not yet"), .number(round.jobs.count),
        .number(round.files),
        .number(deleted), .number(absent), .html(bar),
      ]
    }
    return HTMLTable(
      heading: ["round", "submitted", "jobs", "files", "deleted", "called absent", ""], rows: rows
    ).section("Rounds")
  }

  /// Machines, where nothing good has come of some.
  private static func machines(_ report: CampaignReport) -> String {
    let bad = report.hosts.hosts.filter { $0.isBad || $0.isSuspect }
    let rows = bad.prefix(rowLimit).map { host -> [HTMLTable.Cell] in
      [
        .name(host.name),
        .text(host.isSuspect ? "calls nearly all files absent: is the storage mounted?" : "deleted nothing"),
        .number(host.jobs), .number(host.failures), .number(host.deleted), .number(host.absent),
        .number(host.failed),
      ]
    }
    return HTMLTable(
      heading: ["machine", "why", "jobs", "nothing done", "deleted", "absent", "failed"], rows: Array(rows)
    ).section(
      "Machines with failures",
      note: "\(bad.count) of \(CampaignAdvice.count(report.hosts.hosts.count, "machine")).")
  }

  /// Jobs of the newest round that did not do all of their work, and those that wait for a person.
  private static func jobs(_ report: CampaignReport) -> String {
    let states = StatusText.states(report.jobs.map { ($0.assessment.state, $0.files) })
    let failed = report.jobs.filter { job in
      if job.problem != nil || CampaignAdvice.needsPerson.contains(job.assessment.state) { return true }
      return job.round == report.rounds.count && !job.assessment.state.isToCome
        && job.assessment.state != .done
    }
    let sums =
      "<h2>Jobs</h2>\n<p>\(CampaignAdvice.count(report.jobs.count, "job")): \(escaped(states)).</p>\n"
    guard !failed.isEmpty else { return sums }
    let rows = failed.prefix(jobLimit).map { job -> [HTMLTable.Cell] in
      [
        .text(job.id.description), .text(job.assessment.state.text),
        .html("<span class=\"why\">\(escaped(job.problem ?? job.assessment.text ?? ""))</span>"),
        job.exitCode.map { .number($0) } ?? .quantity("–", -1), .number(job.files), .number(job.counts.gone),
        .name(job.host ?? ""),
      ]
    }
    let table = HTMLTable(
      heading: ["job", "state", "why", "exit", "files", "gone", "machine"], rows: Array(rows)
    ).html
    let rest = failed.count - rows.count
    let more =
      rest > 0
      ? "<p class=\"note\">\(CampaignAdvice.count(rest, "more job")); campaign-report.json has all.</p>\n"
      : ""
    return
      "\(sums)<details\(failed.count <= 20 ? " open" : "")><summary>\(CampaignAdvice.count(failed.count, "job")) with something left or wrong</summary>\n\(table)\(more)</details>\n"
  }

  private static func directories(_ report: CampaignReport) -> String {
    HTMLTable(
      heading: ["directory", "files", "not gone", ""],
      rows: report.worstDirectories.map { directory in
        [
          .name(directory.path), .number(directory.files), .number(directory.notGone),
          .html(
            PageChart.smallBar(
              [.init(label: "not gone", count: directory.notGone, colour: "bad")], of: directory.files)),
        ]
      }
    ).section("Directories with the most files left")
  }

  private static func files(_ report: CampaignReport, _ directory: CampaignDirectory) -> String {
    let counts = report.manifest.counts
    let left = [
      (counts.protected, "protected"), (counts.excluded, "excluded"), (counts.notIncluded, "not included"),
      (counts.refused, "refused"), (counts.duplicates, "twice in it"), (counts.overLimit, "beyond the limit"),
    ].filter { $0.0 > 0 }.map { "\(HTMLPage.number($0.0)) \($0.1)" }
    let list =
      left.isEmpty ? "" : " Left out of the list when it was planned: \(left.joined(separator: ", "))."
    let residual =
      report.totals.counts.notGone > 0
      ? "<code>\(escaped(directory.residual))</code> has what is not gone. " : ""
    return
      "<p class=\"note\">\(residual)<code>\(escaped(directory.report))</code> has every file.\(escaped(list))</p>\n"
  }

  private static func escaped(_ text: String) -> String { HTMLPage.escaped(text) }
}

extension CredentialSummary.Kind {
  /// For a sentence.
  fileprivate var text: String {
    switch self {
    case .none: "nothing"
    case .token: "a token"
    case .macaroon: "a macaroon"
    case .x509: "a certificate"
    case .several: "several credentials"
    case .url: "a right in the URL"
    }
  }
}
