import Backends
import ByteStreams
import CondorJob
import DeletionModel
import SiteConf

/// How `swab resolve` prints its answers.
enum ResolveText {
  /// One JSON line: the places of a name at a site.
  static func json(
    _ explanation: Explanation, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.beginObject()
    json.member("lfn", explanation.lfn)
    json.beginArray("targets")
    for target in explanation.targets {
      let route = routes[target.route]
      json.beginObject()
      for (name, value) in [
        ("rse", route.rse), ("storageSite", route.storageSite), ("volume", route.volume),
        ("protocol", route.protocolName), ("command", route.command), ("backend", target.backend),
        ("pfn", target.pfn),
      ] {
        json.member(name, value)
      }
      json.endObject()
    }
    json.endArray()
    json.member("refused", explanation.refusal?.text)
    json.endObject()
    json.endLine()
  }

  /// A line a place: LFN, RSE, backend, PFN; a refusal is a line of its own.
  static func text(
    _ explanation: Explanation, _ routes: [DeletionRoute.Description], to lines: inout JSONText
  ) {
    let lfn = MessageText.oneLine(explanation.lfn, limit: 4096)
    for target in explanation.targets {
      let route = routes[target.route]
      let pfn = MessageText.oneLine(target.pfn, limit: 4096)
      append([lfn, route.rse ?? "-", target.backend ?? "-", pfn], to: &lines)
    }
    if let refusal = explanation.refusal { append([lfn, "refused", refusal.text], to: &lines) }
  }

  /// One JSON line: the plain mapping.
  static func json(_ lfn: String, _ result: MappingResult, to json: inout JSONText) {
    json.beginObject()
    json.member("lfn", lfn)
    json.key("pfn")
    if case .pfn(let pfn) = result { json.string(pfn) } else { json.null() }
    json.key("reason")
    if case .noPFN(let reason) = result { json.string(reason.rawValue) } else { json.null() }
    json.endObject()
    json.endLine()
  }

  /// LFN and PFN, or the reason why there is none.
  static func text(_ lfn: String, _ result: MappingResult, to lines: inout JSONText) {
    let name = MessageText.oneLine(lfn, limit: 4096)
    switch result {
    case .pfn(let pfn): append([name, MessageText.oneLine(pfn, limit: 4096)], to: &lines)
    case .noPFN(let reason): append([name, "-", reason.rawValue], to: &lines)
    }
  }

  private static func append(_ fields: [String], to lines: inout JSONText) {
    lines.bytes.append(contentsOf: (fields.joined(separator: "\t") + "\n").utf8)
  }
}

/// The `condor` object of a report.
enum CondorText {
  /// What HTCondor says of the job, as JSON.
  static func json(_ info: CondorJobInfo) -> String {
    var json = JSONText()
    json.beginObject()
    json.member("clusterId", info.clusterId)
    json.member("procId", info.procId)
    json.member("attempt", info.attempt)
    json.member("globalJobId", info.globalJobId)
    json.member("schedd", info.schedd)
    json.member("slot", info.slot)
    json.member("site", info.site)
    json.beginObject("machine")
    for (name, value) in info.machine.sorted(by: { $0.key < $1.key }) {
      json.member(name, value)
    }
    json.endObject()
    json.endObject()
    return String(decoding: json.bytes, as: UTF8.self)
  }
}
