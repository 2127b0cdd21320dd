import ListReading
import ByteStreams
import SystemPackage

/// A file with a report in it, to be read more than once.
package struct ReportFile: Sendable {
  /// What it is called in messages.
  package let name: String
  /// A copy of what can be read only once.
  private let copy: SpoolFile?

  /// Makes sure that a file can be read again; what is no regular file is copied into `spoolDirectory`.
  ///
  /// Throws `FileError`; ``DocumentError`` for a stream that is no report; ``ListError`` where there is no room for it.
  package init(_ path: String, spoolDirectory: String) throws {
    name = path
    let file = try OpenFile(reading: path)
    if try file.snapshot().isRegular {
      copy = nil
    } else {
      // Read as a report while it is copied: what turns out to be none is not copied any further.
      let spool = try SpoolFile(in: spoolDirectory, name: "temporary copy of \(path)")
      var stream = ReportStream(
        CopyingSource(FileSource(file), to: spool, in: spoolDirectory, name: path), name: path)
      _ = try stream.finish()
      copy = spool
    }
  }

  /// Its bytes from the beginning on. Not kept open in between: there can be more reports than a process may open.
  package func source() throws -> any ByteSource { try copy?.source() ?? FileSource(path: name) }
}

/// Which files a report names one by one.
package enum ReportFiles: String, Sendable, CaseIterable {
  /// Every file.
  case all
  /// Those that are not gone.
  case failed
  /// None; `steps` is left out as well.
  case none
}

/// Where a report is written.
package enum ReportTarget: Sendable {
  /// A file, replaced as a whole each time (``AtomicFile``).
  case file(String)
  /// Something that takes one document and no more: standard output, a pipe, a device.
  case stream(OpenFile)

  /// What `--report` and `merge -o` name: `-` is standard output. Nothing is opened yet but that.
  package init(option: String) { self = option == "-" ? .stream(.standardOutput) : .file(option) }

  /// Whether it ends up on standard output, where nothing else may be printed then.
  package var isStandardOutput: Bool {
    switch self {
    case .stream(let file): file.isStandardOutput
    case .file(let path): (try? WriteDestination(of: path)) == .descriptor(1)
    }
  }

  /// Whether it is a regular file, or becomes one: something that can be replaced.
  package var isReplaceable: Bool {
    guard case .file(let path) = self, case .replaced? = try? WriteDestination(of: path) else { return false }
    return true
  }

  /// The directory where what belongs to a report can be kept until it is written; nil where there is none.
  package var directory: String? {
    guard case .file(let path) = self, case .replaced(let destination)? = try? WriteDestination(of: path)
    else {
      return nil
    }
    let directory = FilePath(destination).removingLastComponent().string
    return directory.isEmpty ? "." : directory
  }

  /// The same with what can't be replaced opened, and kept open. A pipe that nobody reads from is waited for.
  ///
  /// - Throws: ``FileError``.
  package func opened() throws(FileError) -> ReportTarget {
    guard case .file(let path) = self, try WriteDestination(of: path) == .direct else { return self }
    return .stream(try OpenFile(writing: path))
  }

  /// Writes a document there.
  ///
  /// - Throws: ``FileError``; a file is then what it was before.
  package func write(_ body: (inout AtomicFile) throws -> Void) throws {
    switch self {
    case .file(let path): try AtomicFile.replace(path) { try body(&$0) }
    case .stream(let open):
      var file = AtomicFile(writingTo: open)
      try body(&file)
      try file.commit()
    }
  }
}
