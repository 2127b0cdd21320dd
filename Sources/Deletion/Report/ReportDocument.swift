import ByteStreams
import SystemPackage

/// Puts a report together and brings it to its place.
public enum ReportDocument {
  /// The insides of the arrays that name files, as JSON.
  struct Lists {
    var files: (any ByteSource)?
    var removed: (any ByteSource)?
    var unremoved: (any ByteSource)?
  }

  /// Writes a report that names no files: whole, or the old one stays.
  ///
  /// - Throws: ``FileError``.
  public static func write(_ header: ReportHeader, _ state: ReportState, to path: String) throws {
    try write(header, state, nil, to: path)
  }

  /// A report that names no files, as text.
  public static func withoutFiles(_ header: ReportHeader, _ state: ReportState) -> [UInt8] {
    var json = JobReportText.head(header, state)
    json.endObject()
    json.endLine()
    return json.bytes
  }

  /// The folder that a report stands in, where what belongs to it can be kept meanwhile.
  public static func folder(of path: String) -> String {
    let folder = FilePath(path).removingLastComponent().string
    return folder.isEmpty ? "." : folder
  }

  static func write(_ header: ReportHeader, _ state: ReportState, _ lists: Lists?, to path: String) throws {
    try AtomicFile.replace(path) { file in
      var json = JobReportText.head(header, state)
      if let lists {
        json.newline()
        json.beginArray("files")
        try flush(&json, to: &file)
        try copy(lists.files, to: &file)
        json.endArray()
        JobReportText.beginStep(header, state, to: &json)
        try flush(&json, to: &file)
        try copy(lists.removed, to: &file)
        JobReportText.middleOfStep(to: &json)
        try flush(&json, to: &file)
        try copy(lists.unremoved, to: &file)
        JobReportText.endStep(to: &json)
      }
      json.endObject()
      json.endLine()
      try flush(&json, to: &file)
    }
  }

  private static func flush(_ json: inout JSONText, to file: inout AtomicFile) throws {
    try file.write(json.bytes)
    json.bytes.removeAll(keepingCapacity: true)
  }

  private static func copy(_ list: (any ByteSource)?, to file: inout AtomicFile) throws {
    guard var list else { return }
    while let chunk = try list.next() { try file.write(chunk) }
  }
}
