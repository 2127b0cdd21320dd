import Backends
import ByteStreams
import Credentials
import DeletionModel
import FoundationEssentials

/// What `swab check --json` prints: `swab.check/1`.
enum CheckJSON {
  /// Its schema's name.
  static let schema = "swab.check/1"

  /// One JSON object.
  static func text(_ check: SiteCheck, _ result: CheckResult) -> [UInt8] {
    let setup = check.setup
    var json = JSONText()
    json.beginObject()
    json.member("schema", schema)
    json.member("ready", result.status == .allGone)
    json.member("exitCode", result.status.rawValue)
    json.member("sentence", result.sentence)
    json.member("siteName", setup?.siteName)
    json.member("subSiteName", setup?.subSiteName)
    json.member("siteConfig", setup?.configPath)
    json.beginArray("stageOuts")
    for entry in check.entries { write(entry, check, to: &json) }
    json.endArray()
    json.beginArray("tools")
    for tool in check.tools {
      json.beginObject()
      json.member("name", tool.name)
      json.member("path", tool.path)
      json.member("version", tool.version)
      json.member("problem", tool.problem)
      json.endObject()
    }
    json.endArray()
    json.beginArray("credentials")
    for credential in check.credentials.findings { write(credential, to: &json) }
    json.endArray()
    json.beginArray("credentialSources")
    for step in check.search.steps {
      json.beginObject()
      json.member("source", step.source)
      json.member("found", step.found)
      json.endObject()
    }
    json.endArray()
    json.beginArray("endpoints")
    for endpoint in check.endpoints { write(endpoint, check, to: &json) }
    json.endArray()
    json.beginArray("findings")
    for finding in result.findings {
      json.beginObject()
      json.member("mark", finding.mark.rawValue)
      json.member("subject", finding.subject.rawValue)
      json.member("text", finding.text)
      json.member("remedy", finding.remedy)
      json.endObject()
    }
    json.endArray()
    json.member("problems", result.findings.filter { $0.mark >= .warning }.map(\.text))
    json.endObject()
    json.endLine()
    return json.bytes
  }

  private static func write(_ entry: SiteSetup.Entry, _ check: SiteCheck, to json: inout JSONText) {
    let stageOut = entry.stageOut
    let backend = check.backend(of: entry)
    json.beginObject()
    json.member("kind", stageOut.kind.rawValue)
    json.member("rse", stageOut.rse)
    json.member("command", stageOut.command)
    json.member("option", stageOut.option)
    json.member("storageSite", stageOut.storageSite)
    json.member("volume", stageOut.volume)
    json.member("protocol", stageOut.protocolName)
    json.member("backend", backend)
    json.member("fallback", backend.flatMap(check.fallback))
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

  private static func write(_ endpoint: EndpointCheck, _ check: SiteCheck, to json: inout JSONText) {
    var error: DeletionError?
    if case .failed(let failure)? = endpoint.inspection?.finding { error = failure }
    json.beginObject()
    json.member("endpoint", endpoint.name)
    json.member("answers", endpoint.reach.map { _ in !endpoint.isDead })
    json.member("state", endpoint.reach?.state.rawValue)
    json.member("text", error?.message ?? endpoint.reach?.text)
    json.member("milliseconds", seconds: endpoint.reach?.milliseconds)
    json.member("lfn", endpoint.directory.lfn)
    json.member("pfn", endpoint.directory.pfn.text)
    json.member("backend", endpoint.inspection?.backend ?? endpoint.backend)
    json.member("usable", endpoint.reach.map { _ in check.isUsable(endpoint) })
    json.key("error")
    if let error {
      json.beginObject()
      json.member("class", error.errorClass.rawValue)
      json.member("code", error.code)
      json.member("message", error.message)
      json.endObject()
    } else {
      json.null()
    }
    json.key("credential")
    if let credential = endpoint.credential {
      json.beginObject()
      json.member("kind", credential.kind.rawValue)
      json.member("subject", credential.subject)
      json.member("source", credential.source)
      json.member("expires", credential.expires)
      json.endObject()
    } else {
      json.null()
    }
    json.endObject()
  }
}
