import ListReading
import ByteStreams

/// A report that is read bit by bit: its files some at a time, all the rest at the end. Memory does not grow with
/// the number of files.
package struct ReportStream {
  /// More than this, apart from the lists of files, is no report of ours.
  private static let limit = 64 << 20

  private let name: String
  private var cursor: TextCursor
  private var isBegun = false
  /// The keys of the report's own object so far.
  private var keys: [String] = []
  private var isInsideFiles = false
  private var isAtEnd = false
  /// Whether the last member before the files has been read.
  private var hasExit = false
  /// The object without its lists of files.
  private var rest = JSONText()
  /// How many files it has named so far; nil where it names none.
  package private(set) var namedFiles: Int?

  package init(_ source: any ByteSource, name: String) {
    self.name = name
    cursor = TextCursor(source)
    rest.beginObject()
  }

  /// The next files, at most `limit`; nil at the end of the report.
  ///
  /// Throws ``DocumentError`` for what is no report, `FileError` where it can't be read.
  package mutating func nextFiles(limit: Int) throws -> [JobReport.File]? {
    do {
      while !isAtEnd {
        if isInsideFiles { return try readFiles(limit) }
        try readMember()
      }
      return nil
    } catch let error as TextError {
      throw DocumentError(name, "\(error)")
    }
  }

  /// What the report says apart from its files; goes past those that have not been read.
  package mutating func finish() throws -> JobReport {
    while try nextFiles(limit: 1000) != nil {}
    return try JobReport(json: rest.bytes, name: name)
  }

  /// The report as it stands without its lists of files, once all of it has been read.
  package var withoutFiles: [UInt8] { rest.bytes }

  /// The same without reading its files: where they stand behind all the rest, as in our own reports, what is behind
  /// them is not looked at, so that a report that was cut short can pass.
  package mutating func overview() throws -> JobReport {
    do {
      while !isAtEnd, try readMember(stoppingAtFiles: true) {}
    } catch let error as TextError {
      throw DocumentError(name, "\(error)")
    }
    if !isAtEnd { rest.endObject() }
    return try JobReport(json: rest.bytes, name: name)
  }

  private mutating func readMember() throws { _ = try readMember(stoppingAtFiles: false) }

  /// - Parameter stoppingAtFiles: whether to go past the files, or to stop there with false when nothing else of a
  ///   report is missing.
  private mutating func readMember(stoppingAtFiles: Bool) throws -> Bool {
    if !isBegun {
      try cursor.begin(1)
      try cursor.expect(UInt8(ascii: "{"), "where a report should begin")
      isBegun = true
      if try cursor.needToken() == UInt8(ascii: "}") {
        cursor.position += 1
        try end()
        return true
      }
    }
    let key = try cursor.readKey()
    try cursor.note(key, in: &keys)
    if stoppingAtFiles, key == "files" || key == "steps" {
      if hasExit { return false }
      try cursor.skipValue()
    } else if key == "files", try cursor.needToken() == UInt8(ascii: "[") {
      cursor.position += 1
      namedFiles = namedFiles ?? 0
      isInsideFiles = true
      if try cursor.needToken() != UInt8(ascii: "]") { return true }
      cursor.position += 1
      isInsideFiles = false
    } else if key == "files" || key == "steps" {
      // Of the steps every file is in `files` as well.
      try cursor.skipValue()
    } else {
      if key == "exit" { hasExit = true }
      rest.key(key)
      rest.raw(try cursor.readValue(limit: Self.limit))
      if rest.bytes.count > Self.limit { throw cursor.error(.tooLong(Self.limit)) }
    }
    try endMember()
    return true
  }

  private mutating func readFiles(_ limit: Int) throws -> [JobReport.File] {
    var files: [JobReport.File] = []
    // Entries that are not as our own reports write them, since the last one that is.
    var others = JSONText()
    others.beginArray()
    var count = 0
    func decodeOthers() throws {
      guard others.bytes.count > 1 else { return }
      others.endArray()
      files += try JobReport.files(json: others.bytes, name: name)
      others = JSONText()
      others.beginArray()
    }
    repeat {
      _ = try cursor.needToken()
      if let entry = scanEntry() {
        try decodeOthers()
        files.append(entry)
      } else {
        others.raw(try cursor.readValue(limit: Self.limit))
      }
      count += 1
      isInsideFiles = try cursor.continues(to: "]", "after a file")
    } while isInsideFiles && count < limit && others.bytes.count < Self.limit
    namedFiles = (namedFiles ?? 0) + count
    if !isInsideFiles { try endMember() }
    try decodeOthers()
    return files
  }

  private mutating func scanEntry() -> JobReport.File? {
    let position = cursor.position
    guard let entry = cursor.chunk.withUnsafeBufferPointer({ FileEntryScan.entry(in: $0, from: position) })
    else { return nil }
    cursor.position = entry.end
    return entry.file
  }

  private mutating func endMember() throws {
    if try !cursor.continues(to: "}", "after a member") { try end() }
  }

  private mutating func end() throws {
    rest.endObject()
    isAtEnd = true
    try cursor.expectEnd("after the report")
  }
}
