import DeletionModel
import ByteStreams

/// A list that can be read more than once.
package struct OpenedList: Sendable {
  private enum Content {
    case names([String])
    case file(OpenFile, start: Int64, OpenFile.Snapshot)
    case spool(SpoolFile)
  }

  package let name: String
  private let content: Content

  package init(_ source: ListSource, spoolDirectory: String, standardInput: OpenFile) throws {
    name = source.name
    switch source {
    case .arguments(let names):
      content = .names(names)
    case .file(let path):
      content = try Self.content(of: OpenFile(reading: path), name, spoolDirectory)
    case .standardInput:
      content = try Self.content(of: standardInput, name, spoolDirectory)
    }
  }

  private static func content(of file: OpenFile, _ name: String, _ spoolDirectory: String) throws -> Content {
    let snapshot = try file.snapshot()
    // A redirected standard input may have been read in part by an earlier command of a script.
    if snapshot.isRegular { return .file(file, start: try file.position(), snapshot) }
    // Read as a list while it is copied: what turns out to be none is not copied any further.
    let spool = try SpoolFile(in: spoolDirectory, name: "temporary copy of \(file.name)")
    var reader = LFNListReader(
      CopyingSource(FileSource(file), to: spool, in: spoolDirectory, name: name), name: name)
    while try reader.nextBatch(limit: 4096) != nil {}
    return .spool(spool)
  }

  /// A reader that begins at the beginning.
  package func reader() throws -> Reader {
    switch content {
    case .names(let names):
      return Reader(kind: .names(names[...]))
    case .file(let file, let start, let snapshot):
      let reader = Reader(
        kind: .file(LFNListReader(FileSource(file, at: start), name: name), file, snapshot))
      try reader.checkUnchanged()
      return reader
    case .spool(let spool):
      return Reader(kind: .spool(LFNListReader(spool.source(), name: name)))
    }
  }

  /// One reading of a list.
  package struct Reader: Sendable {
    fileprivate enum Kind {
      case names(ArraySlice<String>)
      case file(LFNListReader, OpenFile, OpenFile.Snapshot)
      case spool(LFNListReader)
    }

    fileprivate var kind: Kind

    package mutating func nextBatch(limit: Int) throws -> [ListedLFN]? {
      switch kind {
      case .names(let names):
        kind = .names(names.dropFirst(max(1, limit)))
        return names.isEmpty ? nil : names.prefix(max(1, limit)).map(ListedLFN.init(argument:))
      case .spool(var reader):
        defer { kind = .spool(reader) }
        return try reader.nextBatch(limit: limit)
      case .file(var reader, let file, let snapshot):
        defer { kind = .file(reader, file, snapshot) }
        let batch = try reader.nextBatch(limit: limit)
        if batch == nil { try checkUnchanged() }
        return batch
      }
    }

    /// A list that someone is still writing to must not pass for a whole one.
    fileprivate func checkUnchanged() throws {
      guard case .file(_, let file, let snapshot) = kind else { return }
      if try file.snapshot() != snapshot { throw ListError(source: file.name, problem: .changed) }
    }
  }
}

/// Hands the bytes of a stream on, and keeps a copy of them to be read again: at most half of what is free where the copy
/// is, since a stream without an end must not fill the disk of a node that others work on.
package struct CopyingSource: ByteSource {
  private var source: FileSource
  private var spool: SpoolFile
  private let limit: Int64
  private let name: String
  private let directory: String
  private var copied: Int64 = 0

  /// - Parameters:
  ///   - spool: takes the copy.
  ///   - directory: where that is, for messages.
  ///   - name: the stream's, for messages.
  package init(_ source: FileSource, to spool: SpoolFile, in directory: String, name: String) {
    self.source = source
    self.spool = spool
    self.directory = directory
    self.name = name
    limit = (spool.freeBytes ?? .max) / 2
  }

  /// The next bytes. Throws ``ListError`` where they are too many, `FileError`.
  package mutating func next() throws -> [UInt8]? {
    guard let chunk = try source.next() else { return nil }
    copied += Int64(chunk.count)
    if copied > limit { throw ListError(source: name, problem: .noRoom(limit, directory)) }
    try spool.append(chunk)
    return chunk
  }
}
