import Campaign
import DeletionModel
import FoundationEssentials
import HTTPTransport

/// Tells those who listen how a pass ended. After all the work, and for a limited time: a server that is down or hangs costs a
/// line for a person, and nothing else.
package struct CycleTelling: Sendable {
  /// How long one server may take, in seconds.
  private static let limit = 15.0

  private let file: CycleFile
  private let environment: [String: String]

  /// - Parameter environment: where credentials are looked for. They are shown to https servers only.
  package init(_ file: CycleFile, environment: [String: String]) {
    (self.file, self.environment) = (file, environment)
  }

  private struct Message: Sendable {
    var method: String
    var url: String
    var type: String
    var text: String
  }

  /// Tells all of them at the same time.
  ///
  /// - Returns: who could not be told, a line each.
  package func tell(_ status: CycleStatus, seconds: Double) async -> [String] {
    let directory = StateDirectory(file.cycle.state)
    var problems: [String] = []
    if let gateway = file.cycle.pushgateway {
      // Put, not posted: what is not in the text any more goes.
      let message = Message(
        method: "PUT", url: Self.join(gateway, "/metrics/job/swab_cycle"), type: "text/plain; version=0.0.4",
        text: CycleMetrics.text(status, seconds: seconds, isOpenMetrics: false))
      problems += await send([message]).compactMap { $0 }
    }
    guard !file.cycle.alertmanagers.isEmpty else { return problems }
    let alerts = CycleAlerts(status, before: CycleAlerts.before(directory), hours: file.cycle.expectHours)
    let text = alerts.json
    let told = await send(
      file.cycle.alertmanagers.map {
        Message(method: "POST", url: Self.join($0, "/api/v2/alerts"), type: "application/json", text: text)
      })
    do {
      // They tell each other: one that has heard it is enough.
      try alerts.keep(in: directory, wasTold: told.contains { $0 == nil })
    } catch {
      problems.append("\(error)")
    }
    return problems + told.compactMap { $0 }
  }

  /// - Returns: for each message why it was not taken; nil where it was.
  private func send(_ messages: [Message]) async -> [String?] {
    await withTaskGroup(of: (Int, String?).self) { group in
      for (index, message) in messages.enumerated() {
        group.addTask { (index, await problem(message)) }
      }
      var results: [String?] = messages.map { _ in nil }
      for await (index, problem) in group { results[index] = problem }
      return results
    }
  }

  private func problem(_ message: Message) async -> String? {
    let (environment, limit) = (environment, Self.limit)
    let sent = await BoundedWork.run(seconds: limit) { stop in
      let limits = HTTPDownload.Limits(connect: .seconds(limit / 2), silence: .seconds(limit))
      try HTTPListClient(environment: environment, limits: limits, stop: stop)
        .send(message.method, message.text, type: message.type, to: HTTPURL(message.url))
    }
    switch sent {
    case .success: return nil
    case .failure(let error as HTTPURL.ParseError): return error.text
    case .failure(let error): return MessageText.oneLine("\(error)", limit: 400)
    case nil: return "\(message.url): no answer"
    }
  }

  private static func join(_ base: String, _ path: String) -> String {
    (base.hasSuffix("/") ? String(base.dropLast()) : base) + path
  }
}
