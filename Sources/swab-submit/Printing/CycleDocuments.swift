import ByteStreams
import Cycle
import JobReports

/// What `cycle explain --json` prints: `swab.cycle-explanation/1`.
struct ExplanationDocument {
  /// The value of `schema`.
  static let schema = "swab.cycle-explanation/1"

  let state: RSEState
  let sentences: [String]

  var json: [UInt8] {
    var json = JSONText()
    json.beginObject()
    json.member("schema", Self.schema)
    json.member("rse", state.rse)
    json.member("phase", state.phase.rawValue)
    json.member("reason", state.reason.rawValue)
    json.member("sentences", sentences)
    json.endObject()
    json.endLine()
    return json.bytes
  }

  /// The JSON Schema.
  static var schemaText: String {
    JSONSchema.text(
      of: schema, "How an RSE came to stand as it does.",
      #"""
      schema: "\#(schema)"  The form of this document.
      rse: string  The RSE.
      phase: \#(ReportSchemaParts.enumeration(Phase.allCases.map(\.rawValue)))  How far it is.
      reason: \#(ReportSchemaParts.enumeration(Reason.allCases.map(\.rawValue)))  Why.
      sentences: texts  The explanation, for people; the last events come at the end.

      """#)
  }
}

/// What `cycle config --json` prints, of an RSE or of the whole file: `swab.cycle-config/1`.
enum ConfigurationDocument {
  /// The value of `schema`.
  static let schema = "swab.cycle-config/1"

  /// What holds for an RSE.
  static func json(_ effective: CycleFile.Effective) -> [UInt8] {
    text { json in
      json.member("rse", effective.rse)
      json.beginArray("settings")
      for origin in effective.origins {
        json.newline()
        json.beginObject()
        json.member("key", origin.key)
        json.member("value", origin.value)
        json.member("section", origin.section)
        json.member("line", origin.line)
        json.endObject()
      }
      json.endArray()
    }
  }

  /// The RSEs of a configuration.
  static func json(_ file: CycleFile) -> [UInt8] {
    text { json in
      json.member("state", file.cycle.state)
      json.member("rses", file.rses)
    }
  }

  private static func text(_ members: (inout JSONText) -> Void) -> [UInt8] {
    var json = JSONText()
    json.beginObject()
    json.member("schema", schema)
    members(&json)
    json.endObject()
    json.endLine()
    return json.bytes
  }

  /// The JSON Schema.
  static var schemaText: String {
    JSONSchema.text(
      of: schema, "What a configuration of the cycle says.",
      #"""
      schema: "\#(schema)"  The form of this document.
      rse?: string  The RSE that was named; without one there are state and rses.
      settings?: [{}]  What holds for it.
        key: string  The key.
        value: string  Its value, as it could stand in the file.
        section: text  The section that it is from, or CRIC; null: it is the default.
        line: integer>=1|null  The line that it is in.
      state?: string  The directory of the cycle.
      rses?: texts  Its RSEs.

      """#)
  }
}

/// What `cycle unfreeze --json` prints: `swab.cycle-unfreeze/1`.
struct UnfreezeDocument {
  /// The value of `schema`.
  static let schema = "swab.cycle-unfreeze/1"

  let rse: String
  let wasFrozen: Bool

  var json: [UInt8] {
    var json = JSONText()
    json.beginObject()
    json.member("schema", Self.schema)
    json.member("rse", rse)
    json.member("wasFrozen", wasFrozen)
    json.endObject()
    json.endLine()
    return json.bytes
  }

  /// The JSON Schema.
  static var schemaText: String {
    JSONSchema.text(
      of: schema, "Whether an RSE was frozen that is so no more.",
      #"""
      schema: "\#(schema)"  The form of this document.
      rse: string  The RSE.
      wasFrozen: boolean  Whether it was frozen before.

      """#)
  }
}

extension PersonFile {
  /// The JSON Schema of what `cycle approve --json` and `cycle freeze --json` print.
  static var schemaText: String {
    JSONSchema.text(
      of: schema, "What a person has said of an RSE.",
      #"""
      schema: "\#(schema)"  The form of this document.
      time: time  When.
      user: string  Which user.
      reason?: string  Why, if it was said.
      campaign?: string  Of an approval: the campaign.

      """#)
  }
}
