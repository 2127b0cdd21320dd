import Campaign
import FoundationEssentials

/// Notifies Pushgateway, Alertmanagers and MONIT of how a pass ended: after all the work, and for a limited time. A server that
/// is down or hangs costs a line for a person, and nothing else.
package struct CycleNotifier: Sendable {
  private let file: CycleFile
  private let environment: [String: String]

  /// - Parameter environment: where credentials are looked for. They are shown to https servers only.
  package init(_ file: CycleFile, environment: [String: String]) {
    (self.file, self.environment) = (file, environment)
  }

  /// Notifies all receivers of the configuration.
  ///
  /// - Returns: which of them could not be notified, a line each.
  package func notify(_ status: CycleStatus, seconds: Double) async -> [String] {
    var problems: [String] = []
    if let gateway = file.cycle.pushgateway {
      // Put, not posted: what is not in the text any more goes.
      let message = Delivery(
        method: "PUT", url: Self.join(gateway, "/metrics/job/swab_cycle"), type: "text/plain; version=0.0.4",
        text: CycleMetrics.text(status, seconds: seconds, isOpenMetrics: false))
      problems += await send([message]).compactMap { $0 }
    }
    problems += await notifyAlertmanagers(status)
    // The last: it may be sent much.
    return problems + (await MonitNotifier(settings: file.cycle, environment: environment).notify(status))
  }

  private func notifyAlertmanagers(_ status: CycleStatus) async -> [String] {
    guard !file.cycle.alertmanagers.isEmpty else { return [] }
    let directory = StateDirectory(file.cycle.state)
    var problems: [String] = []
    let alerts = CycleAlerts(status, before: CycleAlerts.before(directory), hours: file.cycle.expectHours)
    let text = alerts.json
    let results = await send(
      file.cycle.alertmanagers.map {
        Delivery(method: "POST", url: Self.join($0, "/api/v2/alerts"), type: "application/json", text: text)
      })
    do {
      // Alertmanagers replicate alerts: one that has taken them is enough.
      try alerts.keep(in: directory, wereDelivered: results.contains { $0 == nil })
    } catch {
      problems.append("\(error)")
    }
    return problems + results.compactMap { $0 }
  }

  /// - Returns: for each message why it was not taken; nil where it was.
  private func send(_ messages: [Delivery]) async -> [String?] {
    await withTaskGroup(of: (Int, String?).self) { group in
      for (index, message) in messages.enumerated() {
        group.addTask { [environment] in (index, await message.send(environment)) }
      }
      var results: [String?] = messages.map { _ in nil }
      for await (index, problem) in group { results[index] = problem }
      return results
    }
  }

  private static func join(_ base: String, _ path: String) -> String {
    (base.hasSuffix("/") ? String(base.dropLast()) : base) + path
  }
}
