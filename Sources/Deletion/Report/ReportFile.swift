import ByteStreams

/// A file with a report in it, to be read more than once.
public struct ReportFile: Sendable {
  /// What it is called in messages.
  public let name: String
  /// A copy of what can be read only once.
  private let copy: SpoolFile?

  /// Makes sure that a file can be read again; what is no regular file is copied into `spoolFolder`.
  ///
  /// Throws `FileError`.
  public init(_ path: String, spoolFolder: String) throws {
    name = path
    let file = try OpenFile(reading: path)
    if try file.snapshot().isRegular {
      copy = nil
    } else {
      var spool = try SpoolFile(in: spoolFolder, name: "temporary copy of \(path)")
      try spool.append(contentsOf: FileSource(file))
      copy = spool
    }
  }

  /// Its bytes from the beginning on. Not kept open in between: there can be more reports than a process may open.
  package func source() throws -> any ByteSource { try copy?.source() ?? FileSource(path: name) }
}
