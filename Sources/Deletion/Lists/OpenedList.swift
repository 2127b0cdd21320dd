import ByteStreams

/// A list that can be read more than once.
struct OpenedList: Sendable {
  private enum Content {
    case names([String])
    case file(OpenFile, start: Int64, OpenFile.Snapshot)
    case spool(SpoolFile)
  }

  let name: String
  private let content: Content

  init(_ source: ListSource, spoolFolder: String, standardInput: OpenFile) throws {
    name = source.name
    switch source {
    case .arguments(let names):
      content = .names(names)
    case .file(let path):
      content = try Self.content(of: OpenFile(reading: path), spoolFolder)
    case .standardInput:
      content = try Self.content(of: standardInput, spoolFolder)
    }
  }

  private static func content(of file: OpenFile, _ spoolFolder: String) throws -> Content {
    let snapshot = try file.snapshot()
    // A redirected standard input may have been read in part by an earlier command of a script.
    if snapshot.isRegular { return .file(file, start: try file.position(), snapshot) }
    var spool = try SpoolFile(in: spoolFolder, name: "temporary copy of \(file.name)")
    try spool.append(contentsOf: FileSource(file))
    return .spool(spool)
  }

  /// A reader that begins at the beginning.
  func reader() throws -> Reader {
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
  struct Reader: Sendable {
    fileprivate enum Kind {
      case names(ArraySlice<String>)
      case file(LFNListReader, OpenFile, OpenFile.Snapshot)
      case spool(LFNListReader)
    }

    fileprivate var kind: Kind

    mutating func nextBatch(limit: Int) throws -> [ListedLFN]? {
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
