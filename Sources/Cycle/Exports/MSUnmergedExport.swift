import ByteStreams
import Campaign
import FoundationEssentials

/// How RSEs stand, as WMCore's MSUnmerged keeps it in a document for each (WMCore, MicroService/MSUnmerged), so that pages which read
/// `/ms-unmerged/data/info` can read this: `{"result": [{…}]}`. Times are seconds since 1970.
package enum MSUnmergedExport {
  /// The documents of all RSEs of a status.
  package static func json(_ status: CycleStatus, _ directory: StateDirectory) -> [UInt8] {
    var json = JSONText()
    json.beginObject()
    json.beginArray("result")
    for row in status.rows {
      json.newline()
      write(row, directory.rse(row.state.rse), to: &json)
    }
    json.endArray()
    json.endObject()
    json.endLine()
    return json.bytes
  }

  private static func write(_ row: CycleStatus.Row, _ rseDirectory: RSEDirectory, to json: inout JSONText) {
    let state = row.state
    // What is tried with a few files is no cycle of its own.
    let campaigns = state.campaigns.filter { $0.isProbe != true }
    let (last, before) = (campaigns.last, campaigns.dropLast().last)
    let manifest = last.flatMap { try? CampaignFiles.manifest(rseDirectory.campaign($0.campaign)) }
    json.beginObject()
    json.member("name", state.rse)
    json.member("pfnPrefix", String?.none)
    json.member("isClean", last.map { $0.ended != nil && $0.gone >= $0.files } ?? false)
    json.member("rucioConMonStatus", state.scan?.status)
    json.beginObject("timestamps")
    time("rseConsStatTime", state.scan.map { $0.finished ?? $0.started }, to: &json)
    time("prevStartTime", before?.planned, to: &json)
    time("startTime", last?.planned, to: &json)
    time("prevEndTime", before?.ended, to: &json)
    time("endTime", last?.ended, to: &json)
    json.endObject()
    json.beginObject("counters")
    json.member("totalNumFiles", state.scan?.files ?? last?.listed ?? 0)
    json.member("totalNumDirs", manifest?.counts.directories ?? 0)
    json.member("dirsToDelete", manifest?.counts.directories ?? 0)
    json.member("filesToDelete", last?.files ?? 0)
    json.member("filesDeletedSuccess", last?.gone ?? 0)
    json.member("filesDeletedFail", last.map { max(0, $0.files - $0.gone) } ?? 0)
    // Directories are not deleted, but for those that are left empty, which no report counts.
    json.member("dirsDeletedSuccess", 0)
    json.member("dirsDeletedFail", 0)
    json.beginObject("gfalErrors")
    for (name, count) in (last?.errors ?? [:]).sorted(by: { $0.key < $1.key }) { json.member(name, count) }
    json.endObject()
    json.endObject()
    json.endObject()
  }

  private static func time(_ name: String, _ text: String?, to json: inout JSONText) {
    let date = text.flatMap { try? Date($0, strategy: .iso8601) }
    json.member(name, date.map { Int($0.timeIntervalSince1970) })
  }
}
