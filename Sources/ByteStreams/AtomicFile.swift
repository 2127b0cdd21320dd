import Glibc
import SystemPackage

/// A file that appears, or replaces an older one, only when it is whole.
///
/// It is written under a hidden name in the same folder and renamed by ``commit()``; without a commit the
/// hidden file is removed. A name that ends in `.gz` gives a gzipped file. What can't be replaced, a pipe or a
/// device such as `/dev/stdout`, is written to directly.
public struct AtomicFile: ~Copyable {
  private let path: String
  private var sink: any ByteSink
  private let file: OpenFile
  private var state: State
  /// What went wrong first. A file with a hole in it must not be committed.
  private var failure: (any Error)?

  private enum State {
    /// The hidden file exists and has not been renamed yet.
    case pending(temporary: String, destination: String)
    /// Nothing to rename or remove: written directly, or renamed already.
    case settled
  }

  /// Makes the hidden file. Throws ``FileError`` (or ``GzipError/outOfMemory``).
  public init(_ path: String) throws {
    let isGzipped = path.utf8.suffix(3).elementsEqual(".gz".utf8)
    let (file, state) = try Self.prepare(path)
    let sink = FileSink(file)
    self.init(
      path: path, sink: isGzipped ? try Self.compressed(sink, state) : sink, file: file, state: state)
  }

  // Apart from the throwing part, because the compiler can't take down a half-made value of this kind.
  private init(path: String, sink: any ByteSink, file: OpenFile, state: State) {
    self.path = path
    self.sink = sink
    self.file = file
    self.state = state
  }

  deinit {
    if case .pending(let temporary, _) = state { _ = unlink(temporary) }
  }

  /// Writes a whole file in one go; if `body` throws, the old file stays as it was.
  public static func replace(_ path: String, _ body: (inout AtomicFile) throws -> Void) throws {
    var file = try AtomicFile(path)
    try body(&file)
    try file.commit()
  }

  /// Adds bytes. Throws ``FileError``; the file can then only be given up.
  public mutating func write(_ bytes: [UInt8]) throws {
    try keepingFailure { sink, _ in try sink.write(bytes) }
  }

  /// Brings the file to the disk and into its place. Throws ``FileError``; the old file is then untouched.
  public mutating func commit() throws {
    try keepingFailure { sink, file in
      try sink.finish()
      try file.synchronize()
    }
    guard case .pending(let temporary, let destination) = state else { return }
    try doing(.replace, path) {
      guard rename(temporary, destination) == 0 else { throw Errno(rawValue: errno) }
    }
    state = .settled
  }

  private mutating func keepingFailure(
    _ step: (inout any ByteSink, OpenFile) throws -> Void
  ) throws {
    if let failure { throw failure }
    do {
      try step(&sink, file)
    } catch {
      failure = error
      throw error
    }
  }

  private static func prepare(_ path: String) throws(FileError) -> (OpenFile, State) {
    switch try destination(of: path) {
    case .direct:
      let descriptor = try doing(.write, path) {
        try FileDescriptor.open(FilePath(path), .writeOnly, options: .closeOnExec)
      }
      return (OpenFile(descriptor, name: path), .settled)
    case .replaced(let destination):
      let (descriptor, temporary) = try createBeside(destination, reportedAs: path)
      return (
        OpenFile(descriptor, name: path), .pending(temporary: temporary, destination: destination)
      )
    }
  }

  private static func compressed(_ sink: FileSink, _ state: State) throws(GzipError) -> GzipSink {
    do {
      return try GzipSink(sink)
    } catch {
      if case .pending(let temporary, _) = state { _ = unlink(temporary) }
      throw error
    }
  }

  private enum Destination {
    case direct
    case replaced(String)
  }

  /// Follows symbolic links, so that a link stays one and the file behind it is replaced.
  private static func destination(of path: String) throws(FileError) -> Destination {
    guard let stat = try? Stat(FilePath(path), followTargetSymlink: true) else { return .replaced(path) }
    switch stat.type {
    case .regular: break
    case .directory: throw FileError(path: path, operation: .write, errno: .isDirectory)
    default: return .direct
    }
    guard let resolved = realpath(path, nil) else { return .replaced(path) }
    defer { free(resolved) }
    return .replaced(String(cString: resolved))
  }

  private static func createBeside(
    _ destination: String, reportedAs path: String
  ) throws(FileError) -> (FileDescriptor, String) {
    let target = FilePath(destination)
    // Cut, so that the longer name still fits into the 255 bytes of a file name.
    let stem = (target.lastComponent?.string ?? "").prefix(60)
    let folder = target.removingLastComponent()
    return try doing(.create, path) {
      for attempt in 0... {
        // A name can be taken by a process of the same number on another machine or in another container.
        let temporary = folder.appending(".\(stem).\(getpid()).\(attempt).tmp")
        do {
          let descriptor = try FileDescriptor.open(
            temporary, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .newFile)
          return (descriptor, temporary.string)
        } catch Errno.fileExists where attempt < 1000 {
          continue
        }
      }
      throw Errno.fileExists
    }
  }
}
