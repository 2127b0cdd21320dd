import Backends
import ByteStreams
import FoundationEssentials

/// How `swab check` shows what it found.
enum CheckText {
  /// One JSON object.
  static func json(_ findings: CheckFindings) -> [UInt8] {
    let setup = findings.setup
    var json = JSONText()
    json.beginObject()
    json.key("siteName")
    json.optional(setup.siteName)
    json.key("subSiteName")
    json.optional(setup.subSiteName)
    json.key("siteConfig")
    json.optional(setup.configPath)
    json.key("stageOuts")
    json.beginArray()
    for entry in setup.entries { write(entry, findings, to: &json) }
    json.endArray()
    json.key("tools")
    json.beginArray()
    for tool in findings.tools {
      json.beginObject()
      json.strings(by: [
        ("name", tool.name), ("path", tool.path), ("version", tool.version), ("problem", tool.problem),
      ])
      json.endObject()
    }
    json.endArray()
    json.key("credentials")
    json.beginArray()
    for credential in findings.credentials { write(credential, to: &json) }
    json.endArray()
    json.key("endpoints")
    json.beginArray()
    for endpoint in findings.endpoints { write(endpoint, to: &json) }
    json.endArray()
    json.key("problems")
    json.strings(findings.problems)
    json.endObject()
    json.endLine()
    return json.bytes
  }

  private static func write(_ entry: SiteSetup.Entry, _ findings: CheckFindings, to json: inout JSONText) {
    let stageOut = entry.stageOut
    let backend = findings.backend(of: entry)
    json.beginObject()
    json.strings(by: [
      ("kind", stageOut.kind.rawValue), ("rse", stageOut.rse), ("command", stageOut.command),
      ("option", stageOut.option), ("storageSite", stageOut.storageSite), ("volume", stageOut.volume),
      ("protocol", stageOut.protocolName), ("backend", backend),
      ("fallback", backend.flatMap(findings.fallback)),
    ])
    json.key("usable")
    json.bool(entry.problem == nil)
    json.key("problem")
    json.optional(entry.problem)
    json.endObject()
  }

  private static func write(_ credential: CredentialFinding, to json: inout JSONText) {
    json.beginObject()
    json.strings(by: [
      ("kind", credential.kind.rawValue), ("source", credential.source), ("subject", credential.subject),
      ("issuer", credential.issuer), ("expires", credential.expires?.formatted(.iso8601)),
      ("state", credential.state.rawValue), ("problem", credential.problem),
    ])
    json.key("scopes")
    json.strings(credential.scopes)
    json.endObject()
  }

  private static func write(_ endpoint: CheckFindings.Endpoint, to json: inout JSONText) {
    json.beginObject()
    json.key("endpoint")
    json.string(endpoint.name)
    json.key("answers")
    if let finding = endpoint.finding { json.bool(!finding.state.isDead) } else { json.null() }
    json.strings(by: [("state", endpoint.finding?.state.rawValue), ("text", endpoint.finding?.text)])
    json.key("milliseconds")
    json.optional(endpoint.finding?.milliseconds)
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
      let place = stageOut.lfnPrefix.map { "prefix \($0)" } ?? names.joined(separator: "/")
      let what = "\(stageOut.rse ?? "(no RSE)"): \(stageOut.command), \(place)"
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
      let words: [String?] = [
        credential.kind.rawValue, credential.state.rawValue, credential.subject,
        credential.expires.map { "expires \($0.formatted(.iso8601))" },
        credential.scopes.isEmpty ? nil : credential.scopes.joined(separator: " "),
      ]
      lines.append("credential  \(credential.source): \(words.compactMap { $0 }.joined(separator: ", "))")
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

extension JSONText {
  /// Members that are strings or null.
  fileprivate mutating func strings(by members: [(String, String?)]) {
    for (name, value) in members {
      key(name)
      optional(value)
    }
  }
}
