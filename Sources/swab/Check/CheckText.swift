import Backends
import ByteStreams
import FoundationEssentials
import Credentials

/// How `swab check` shows what it found.
enum CheckText {
  /// One JSON object.
  static func json(_ findings: CheckFindings) -> [UInt8] {
    let setup = findings.setup
    var json = JSONText()
    json.beginObject()
    json.member("siteName", setup.siteName)
    json.member("subSiteName", setup.subSiteName)
    json.member("siteConfig", setup.configPath)
    json.beginArray("stageOuts")
    for entry in setup.entries { write(entry, findings, to: &json) }
    json.endArray()
    json.beginArray("tools")
    for tool in findings.tools {
      json.beginObject()
      json.member("name", tool.name)
      json.member("path", tool.path)
      json.member("version", tool.version)
      json.member("problem", tool.problem)
      json.endObject()
    }
    json.endArray()
    json.beginArray("credentials")
    for credential in findings.credentials { write(credential, to: &json) }
    json.endArray()
    json.beginArray("endpoints")
    for endpoint in findings.endpoints { write(endpoint, to: &json) }
    json.endArray()
    json.member("problems", findings.problems)
    json.endObject()
    json.endLine()
    return json.bytes
  }

  private static func write(_ entry: SiteSetup.Entry, _ findings: CheckFindings, to json: inout JSONText) {
    let stageOut = entry.stageOut
    let backend = findings.backend(of: entry)
    json.beginObject()
    json.member("kind", stageOut.kind.rawValue)
    json.member("rse", stageOut.rse)
    json.member("command", stageOut.command)
    json.member("option", stageOut.option)
    json.member("storageSite", stageOut.storageSite)
    json.member("volume", stageOut.volume)
    json.member("protocol", stageOut.protocolName)
    json.member("backend", backend)
    json.member("fallback", backend.flatMap(findings.fallback))
    json.member("usable", entry.problem == nil)
    json.member("problem", entry.problem)
    json.endObject()
  }

  private static func write(_ credential: CredentialFinding, to json: inout JSONText) {
    json.beginObject()
    json.member("kind", credential.kind.rawValue)
    json.member("source", credential.source)
    json.member("subject", credential.subject)
    json.member("identifier", credential.identifier)
    json.member("issuer", credential.issuer)
    json.member("expires", credential.expires?.formatted(.iso8601))
    json.member("state", credential.state.rawValue)
    json.member("problem", credential.problem)
    json.member("scopes", credential.scopes)
    json.member("audiences", credential.audiences)
    json.endObject()
  }

  private static func write(_ endpoint: CheckFindings.Endpoint, to json: inout JSONText) {
    json.beginObject()
    json.member("endpoint", endpoint.name)
    json.member("answers", endpoint.finding.map { !$0.state.isDead })
    json.member("state", endpoint.finding?.state.rawValue)
    json.member("text", endpoint.finding?.text)
    json.member("milliseconds", seconds: endpoint.finding?.milliseconds)
    json.endObject()
  }

  /// Lines for a person.
  static func lines(_ findings: CheckFindings) -> [String] {
    let setup = findings.setup
    var lines = ["site        \(setup.siteName ?? "-")\(setup.subSiteName.map { ", subsite \($0)" } ?? "")"]
    lines.append("siteconf    \(setup.configPath ?? "-")")
    for entry in setup.entries {
      let stageOut = entry.stageOut
      let names = [stageOut.storageSite, stageOut.volume, stageOut.protocolName].compactMap { $0 }
      let mapping = stageOut.lfnPrefix.map { "prefix \($0)" } ?? names.joined(separator: "/")
      let what = "\(stageOut.rse ?? "(no RSE)"): \(stageOut.command), \(mapping)"
      let end = entry.problem.map { "NOT USED: \($0)" } ?? "by \(backend(of: entry, findings))"
      lines.append("stage-out   \(what), \(end)")
    }
    for tool in findings.tools {
      lines.append(
        "tool        \(tool.name): \(tool.problem ?? [tool.path, tool.version].compactMap { $0 }.joined(separator: ", "))"
      )
    }
    if findings.credentials.isEmpty { lines.append("credential  none found") }
    for credential in findings.credentials {
      let parts: [String?] = [
        credential.kind.rawValue, credential.state.rawValue, credential.subject,
        credential.identifier.map { "identifier \($0)" },
        credential.expires.map { "expires \($0.formatted(.iso8601))" },
        credential.scopes.isEmpty ? nil : credential.scopes.joined(separator: " "),
        credential.audiences.isEmpty ? nil : "for \(credential.audiences.joined(separator: " "))",
      ]
      lines.append("credential  \(credential.source): \(parts.compactMap { $0 }.joined(separator: ", "))")
    }
    for endpoint in findings.endpoints {
      lines.append("endpoint    \(endpoint.name): \(endpoint.finding?.text ?? "not asked")")
    }
    for problem in findings.problems { lines.append("problem     \(problem)") }
    return lines
  }
}

extension CheckText {
  /// The backend of an entry, and where it gives way to what.
  private static func backend(of entry: SiteSetup.Entry, _ findings: CheckFindings) -> String {
    guard let backend = findings.backend(of: entry) else { return "no backend" }
    guard let handOver = BackendChoice.handOvers[backend] else { return backend }
    let other =
      findings.fallback(of: backend)
      ?? "nothing (the tools of \(handOver.fallbacks.joined(separator: " and ")) are not installed)"
    return "\(backend); where \(handOver.condition), by \(other)"
  }
}
