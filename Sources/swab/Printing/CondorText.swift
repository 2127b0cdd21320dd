import ByteStreams
import CondorJob

/// The `condor` object of a report.
enum CondorText {
  /// What HTCondor says of the job, as JSON.
  static func json(_ info: CondorJobInfo) -> String {
    var json = JSONText()
    json.beginObject()
    for (name, value) in [
      ("clusterId", info.clusterId), ("procId", info.procId), ("attempt", info.attempt),
    ] {
      json.key(name)
      if let value { json.integer(value) } else { json.null() }
    }
    for (name, value) in [
      ("globalJobId", info.globalJobId), ("schedd", info.schedd), ("slot", info.slot), ("site", info.site),
    ] {
      json.key(name)
      json.optional(value)
    }
    json.key("machine")
    json.beginObject()
    for (name, value) in info.machine.sorted(by: { $0.key < $1.key }) {
      json.key(name)
      json.string(value)
    }
    json.endObject()
    json.endObject()
    return String(decoding: json.bytes, as: UTF8.self)
  }
}
