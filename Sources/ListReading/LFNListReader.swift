import DeletionModel
import ByteStreams

/// Reads one list of LFNs: one a line, a JSON array of strings, or JSON lines with an `lfn` key; each plain or
/// gzipped, told apart by content. Memory does not grow with the list.
///
/// Names are handed on as they are listed. Blank lines are skipped and a byte order mark at the beginning is;
/// everything else, a carriage return at the end included, is part of the name and up to the safety rules.
package struct LFNListReader: Sendable {
  private enum Stage {
    case unknown
    case lines(PlainLines)
    case json(JSONEntries)
  }

  private let name: String
  private var cursor: TextCursor
  private var stage = Stage.unknown
  private let acceptsResult: Bool

  /// A list that is called `name` in messages.
  package init(_ source: any ByteSource, name: String) {
    self.init(source, name: name, acceptsResult: false)
  }

  /// With `acceptsResult` the form `{"result": […]}` is a list too.
  package init(_ source: any ByteSource, name: String, acceptsResult: Bool) {
    self.name = name
    cursor = TextCursor(source)
    self.acceptsResult = acceptsResult
  }

  /// The line of the last name of the last batch, from 1.
  package var lineOfLastName: Int { cursor.nameLine }

  /// The next names, at least one and at most `limit`; nil at the end. After an error the list cannot be read further.
  ///
  /// Throws ``ListError`` for what the list holds, `FileError` where it can't be read.
  package mutating func nextBatch(limit: Int) throws -> [ListedLFN]? {
    do {
      return try readBatch(max(1, limit))
    } catch let error as TextError {
      throw ListError(source: name, line: error.line, problem: .text(error.problem))
    }
  }

  private mutating func readBatch(_ limit: Int) throws -> [ListedLFN]? {
    var batch: [ListedLFN] = []
    batch.reserveCapacity(min(limit, 8192))
    if case .unknown = stage { stage = try begin() }
    switch stage {
    case .unknown:
      break
    case .lines(var lines):
      // Kept out of the enum while it works, or its buffer would be copied.
      stage = .unknown
      defer { stage = .lines(lines) }
      try lines.read(from: &cursor, limit: limit, into: &batch)
    case .json(var entries):
      defer { stage = .json(entries) }
      while batch.count < limit, let name = try entries.next(from: &cursor) { batch.append(name) }
    }
    return batch.isEmpty ? nil : batch
  }

  private mutating func begin() throws -> Stage {
    try cursor.begin(ListForm.headSize)
    try cursor.skipByteOrderMark()
    let head = cursor.chunk[cursor.position...].prefix(ListForm.headSize)
    if ListForm.isBinary(head) { throw ListError(source: name, problem: .binary) }
    switch ListForm(head: head) {
    case .lines: return .lines(PlainLines())
    case let form: return .json(JSONEntries(form, acceptsResult: acceptsResult))
    }
  }
}
