import ByteStreams

/// A JSON Schema (draft 2020-12), written from lines that a person reads:
///
/// ```
/// name: string  A member that is always there.
/// size?: integer>=0|null  One that may be missing, or null.
/// state: "open" "closed"  One of these.
/// owner: {}  An object, with its members below.
///   uid: count  The user's number.
/// sums: {count}  An object with any names.
/// files: [@file]+  An array, not empty, of what is defined as $file.
/// $file: {}  A definition.
///   path: string~^/  A text that matches a pattern.
/// ```
///
/// Types are `string`, `string|number` (either), `integer`, `number`, `boolean`, `count` and `seconds` (not negative), `time` (ISO 8601, UTC), `text` (a string or
/// null), `texts` (an array of strings). Two blanks stand before the description, which every member has.
package enum JSONSchema {
  /// The schema as JSON.
  ///
  /// - Parameters:
  ///   - name: the document's, such as `swab.job/1`.
  ///   - description: of the whole.
  ///   - isClosed: whether a member that is not in it is an error; of all objects with named members.
  package static func text(
    of name: String, _ description: String, isClosed: Bool = false, _ lines: String
  ) -> String {
    var all = lines.split(separator: "\n").compactMap { Line($0) }[...]
    let definitions = all.firstIndex { $0.name.hasPrefix("$") } ?? all.endIndex
    let members = all.prefix(upTo: definitions)
    all = all[definitions...]
    var writer = Writer(isClosed: isClosed)
    writer.json.beginObject()
    writer.json.member("$schema", "https://json-schema.org/draft/2020-12/schema")
    writer.json.member("$id", "urn:" + name.split { $0 == "." || $0 == "/" }.joined(separator: ":"))
    writer.json.member("title", name)
    writer.json.member("description", description)
    writer.object(members, mayBeNull: false)
    if !all.isEmpty {
      writer.json.beginObject("$defs")
      writer.members(all)
      writer.json.endObject()
    }
    writer.json.endObject()
    return String(decoding: writer.json.bytes, as: UTF8.self)
  }

  private struct Line {
    let depth: Int
    let name: Substring
    let isOptional: Bool
    let type: Substring
    let description: Substring

    init?(_ text: Substring) {
      let line = text.drop { $0 == " " }
      depth = (text.count - line.count) / 2
      guard let colon = line.firstRange(of: ": "),
        let gap = line[colon.upperBound...].firstRange(of: "  ")
      else { return nil }
      let key = line[..<colon.lowerBound]
      isOptional = key.hasSuffix("?")
      name = isOptional ? key.dropLast() : key
      type = line[colon.upperBound..<gap.lowerBound]
      description = line[gap.upperBound...]
    }
  }

  private struct Writer {
    let isClosed: Bool
    var json = JSONText()

    /// Members with what is below each of them.
    mutating func members(_ lines: ArraySlice<Line>) {
      guard let depth = lines.first?.depth else { return }
      var rest = lines
      while let line = rest.popFirst() {
        let below = rest.prefix { $0.depth > depth }
        rest = rest[below.endIndex...]
        json.newline()
        json.key(String(line.name.drop { $0 == "$" }))
        json.beginObject()
        json.member("description", String(line.description))
        write(line.type, below)
        json.endObject()
      }
    }

    mutating func object(_ lines: ArraySlice<Line>, mayBeNull: Bool) {
      type("object", mayBeNull)
      json.beginArray("required")
      for line in lines where line.depth == lines.first?.depth && !line.isOptional {
        json.string(String(line.name))
      }
      json.endArray()
      json.beginObject("properties")
      members(lines)
      json.endObject()
      if isClosed { json.member("additionalProperties", false) }
    }

    private mutating func type(_ name: String, _ mayBeNull: Bool) {
      let names = name.split(separator: "|").map(String.init) + (mayBeNull ? ["null"] : [])
      if names.count > 1 { json.member("type", names) } else { json.member("type", name) }
    }

    private mutating func write(_ text: Substring, _ below: ArraySlice<Line>) {
      let mayBeNull = text.hasSuffix("|null")
      let text = mayBeNull ? text.dropLast(5) : text
      switch text.first {
      case "[":
        type("array", mayBeNull)
        let isFilled = text.last == "+"
        if isFilled { json.member("minItems", 1) }
        json.beginObject("items")
        write(text.dropFirst().dropLast(isFilled ? 2 : 1), below)
        json.endObject()
      case "{" where text == "{}": object(below, mayBeNull: mayBeNull)
      case "{":
        type("object", mayBeNull)
        json.beginObject("additionalProperties")
        write(text.dropFirst().dropLast(), below)
        json.endObject()
      case "@": json.member("$ref", "#/$defs/\(text.dropFirst())")
      case "\"":
        json.beginArray("enum")
        for value in text.split(separator: " ") { json.string(String(value.dropFirst().dropLast())) }
        if mayBeNull { json.null() }
        json.endArray()
      default: simple(text, mayBeNull)
      }
    }

    private mutating func simple(_ text: Substring, _ mayBeNull: Bool) {
      switch text {
      case "count": return simple("integer>=0", mayBeNull)
      case "seconds": return simple("number>=0", mayBeNull)
      case "text": return simple("string", true)
      case "texts": return write("[string]", [])
      case "time":
        return simple(
          #"string~^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z$"#, mayBeNull)
      default: break
      }
      if let least = text.firstRange(of: ">=") {
        type(String(text[..<least.lowerBound]), mayBeNull)
        json.member("minimum", Int(text[least.upperBound...]))
      } else if let pattern = text.firstIndex(of: "~") {
        type(String(text[..<pattern]), mayBeNull)
        json.member("pattern", String(text[pattern...].dropFirst()))
      } else {
        type(String(text), mayBeNull)
      }
    }
  }
}
