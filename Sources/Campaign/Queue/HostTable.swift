import ByteStreams
import JobReports

/// What each machine has done for a campaign: which ones fail at once, and which ones call files absent that others find.
///
/// An answer "no such file" is worth as much as the evidence that the right place was asked. On a machine whose mount is
/// missing, or whose SITECONF has another prefix, every file is absent. So the absent files of a machine count as gone
/// only where it has found and deleted others at the same endpoint, or too few were absent to say anything; and none
/// does in a campaign that has deleted nothing at all.
package struct HostTable: Sendable {
  /// What a machine has done at an endpoint.
  struct Sums: Sendable, Equatable {
    var deleted = 0
    var absent = 0
    var failed = 0

    /// As ``RunTotals/Storage/isSuspect``, over all jobs of the machine.
    var isSuspect: Bool { RunTotals.isSuspect(absent: absent, asked: deleted + absent + failed) }
  }

  /// One machine.
  package struct Host: Sendable {
    /// Its name.
    package var name: String
    /// Jobs that ran there last.
    package var jobs = 0
    /// Runs that ended there without deleting anything, for a reason that another machine may not share.
    package var failures = 0
    /// The exit codes of those runs and how often each came; -1 for a run without one.
    package var exits: [Int: Int] = [:]
    /// Files deleted there.
    package var deleted = 0
    /// Files called absent there.
    package var absent = 0
    /// Files that could not be deleted there.
    package var failed = 0
    fileprivate(set) var endpoints: [String: Sums] = [:]

    /// Whether nothing good has come of it: such a machine is left out of the next round, if another one is known.
    package var isBad: Bool { deleted == 0 && (failures > 0 || isSuspect) }
    /// Whether it calls nearly all files absent at some endpoint.
    package var isSuspect: Bool { endpoints.values.contains(where: \.isSuspect) }
  }

  /// The machines, the worst first.
  package private(set) var hosts: [Host] = []
  /// Whether files were called absent, and none was deleted in the whole campaign.
  package private(set) var isAllAbsent = false
  private var known: [String: Int] = [:]

  /// Nothing yet.
  init() {}

  init(_ jobs: [CampaignStatus.Job]) {
    for job in jobs {
      for run in job.facts?.earlierRuns ?? [] { addFailure(run.host, run.exitCode) }
      guard !job.assessment.state.isToCome, let name = job.host else { continue }
      add(job, name)
    }
    hosts.sort { left, right in
      (left.isBad ? 0 : 1, -left.failures - left.absent, left.name)
        < (right.isBad ? 0 : 1, -right.failures - right.absent, right.name)
    }
    known = Dictionary(hosts.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
    isAllAbsent = hosts.allSatisfy { $0.deleted == 0 } && hosts.contains { $0.absent > 0 }
  }

  private mutating func index(_ name: String) -> Int {
    if let index = known[name] { return index }
    known[name] = hosts.count
    hosts.append(Host(name: name))
    return hosts.count - 1
  }

  private mutating func add(_ job: CampaignStatus.Job, _ name: String) {
    let index = index(name)
    hosts[index].jobs += 1
    let endpoints = job.report.sums?.endpoints ?? []
    for sums in endpoints {
      hosts[index].deleted += sums.deleted
      hosts[index].absent += sums.absent
      hosts[index].failed += sums.failed
      hosts[index].endpoints[sums.endpoint, default: Sums()].deleted += sums.deleted
      hosts[index].endpoints[sums.endpoint, default: Sums()].absent += sums.absent
      hosts[index].endpoints[sums.endpoint, default: Sums()].failed += sums.failed
    }
    guard !endpoints.contains(where: { $0.deleted > 0 }) else { return }
    switch job.report {
    case .complete(let code, _, _):
      if let status = ExitStatus(rawValue: code), JobPolicy.worthAnotherHost.contains(status) {
        addFailure(name, Int(code))
      }
    case .missing, .broken, .wrapper, .incomplete:
      if job.assessment.state == .failed { addFailure(name, job.facts?.exitCode) }
    }
  }

  private mutating func addFailure(_ name: String?, _ code: Int?) {
    guard let name else { return }
    let index = index(name)
    hosts[index].failures += 1
    hosts[index].exits[code ?? -1, default: 0] += 1
  }

  /// Whether what a job calls absent at an endpoint counts as not gone.
  func isDoubted(_ report: ReportSummary.Sums, host: String?, endpoint: String) -> Bool {
    if isAllAbsent { return true }
    if report.endpoints.contains(where: { $0.endpoint == endpoint && $0.isSuspect }) { return true }
    return host.map { isSuspect($0, endpoint) } ?? false
  }

  /// Whether a machine has deleted next to nothing at an endpoint and calls nearly everything absent there.
  func isSuspect(_ host: String, _ endpoint: String) -> Bool {
    isAllAbsent || known[host].flatMap { hosts[$0].endpoints[endpoint]?.isSuspect } ?? false
  }

  /// How many files of a job are called absent and doubted.
  func doubted(_ job: CampaignStatus.Job) -> Int {
    guard let sums = job.report.sums else { return 0 }
    return sums.endpoints.reduce(0) {
      $0 + (isDoubted(sums, host: job.host, endpoint: $1.endpoint) ? $1.absent : 0)
    }
  }

  /// Machines to be left out of the next round: those that nothing good has come of, where another machine is known to
  /// be good. The worst ones, if there are very many.
  package var avoided: [String] {
    guard hosts.contains(where: { $0.deleted > 0 }) else { return [] }
    return hosts.filter(\.isBad).prefix(Self.avoidedLimit).map(\.name)
  }

  /// A submit description's line must not grow without end.
  private static let avoidedLimit = 200

  /// The machines that disagree about an endpoint, a line for each endpoint.
  package var disagreements: [String] {
    let endpoints = Set(hosts.flatMap(\.endpoints.keys)).sorted()
    return endpoints.compactMap { endpoint in
      let asked = hosts.compactMap { host in host.endpoints[endpoint].map { (name: host.name, sums: $0) } }
      let blind = asked.filter(\.sums.isSuspect)
      guard let first = blind.first,
        let other = asked.first(where: { $0.sums.deleted > 0 && !$0.sums.isSuspect })
      else { return nil }
      let more = blind.count > 1 ? " and \(blind.count - 1) others" : ""
      let absent = blind.reduce(0) { $0 + $1.sums.absent }
      return "machines disagree about \(endpoint): \(first.name)\(more) called \(absent) files absent, "
        + "\(other.name) deleted \(other.sums.deleted) there; is the storage mounted on \(first.name)?"
    }
  }

  /// The first line of everything that shows the campaign, where files are called absent and doubted; nil: there is
  /// nothing to be said.
  ///
  /// - Parameter files: how many.
  package func alarm(_ files: Int) -> String? {
    guard files > 0 else { return nil }
    if isAllAbsent {
      return
        "\(files) files were called absent, and not one was deleted: a wrong prefix or a missing mount looks "
        + "like that. They count as not gone"
    }
    let names = hosts.filter(\.isSuspect).map(\.name)
    let who =
      names.isEmpty
      ? "by jobs that found hardly any other"
      : "on \(names.prefix(5).joined(separator: ", "))\(names.count > 5 ? ", …" : "")"
    return
      "\(files) files were called absent \(who): a missing mount looks like that. They count as not gone, and the "
      + "next round tries them elsewhere"
  }
}

extension HostTable {
  /// As an array of objects.
  func write(to json: inout JSONText) {
    json.beginArray()
    for host in hosts {
      json.newline()
      json.beginObject()
      json.member("host", host.name)
      json.member("jobs", host.jobs)
      json.member("failures", host.failures)
      json.member("deleted", host.deleted)
      json.member("absent", host.absent)
      json.member("failed", host.failed)
      if host.isSuspect { json.member("suspect", true) }
      if host.isBad { json.member("bad", true) }
      json.endObject()
    }
    json.endArray()
  }
}
