import ByteStreams
import CondorJob

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
