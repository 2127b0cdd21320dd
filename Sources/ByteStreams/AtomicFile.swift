import Glibc
import SystemPackage

/// A file that appears, or replaces an older one, only when it is whole.
///
/// It is written under a hidden name in the same directory and renamed by ``commit()``; without a commit the
/// hidden file is removed. A name that ends in `.gz` gives a gzipped file.
///
/// Only a regular file is ever replaced. A symbolic link stays one, and what it leads to is written. A pipe or a
/// character device is written to directly, and so is a descriptor of this process (`/dev/stdout`, `/dev/fd/3`:
/// proc(5)). A directory, a block device and a socket are errors.
package struct AtomicFile: ~Copyable {
  private let path: String
  private var sink: any ByteSink
  private let file: OpenFile
  private var state: State
  /// What went wrong first. A file with a hole in it must not be committed.
  private var failure: (any Error)?

  /// What may be replaced, and who may read the new file.
  package struct Options: Sendable {
    /// Whether only a regular file is replaced: a symbolic link, a pipe or a device in its place is then an error. For
    /// files in directories where others may put such things.
    package var replacesOnlyRegularFiles: Bool
    /// The new file's permissions, before the umask.
    package var permissions: FilePermissions

    package init(replacesOnlyRegularFiles: Bool = false, permissions: FilePermissions = .newFile) {
      self.replacesOnlyRegularFiles = replacesOnlyRegularFiles
      self.permissions = permissions
    }

    /// Follows links, and writes directly to what can't be replaced: for paths that a person names.
    package static let named = Options()
    /// Replaces regular files only: for files that the program itself names.
    package static let own = Options(replacesOnlyRegularFiles: true)
    /// Likewise, and nobody else may read the file.
    package static let secret = Options(
      replacesOnlyRegularFiles: true, permissions: [.ownerReadWrite])
  }

  private enum State {
    /// The hidden file exists and has not been renamed yet.
    case pending(temporary: String, destination: String)
    /// Nothing to rename or remove: written directly, or renamed already.
    case finished
  }

  /// Writes to an open file, directly: a pipe, standard output.
  package init(writingTo file: OpenFile) {
    self.init(path: file.name, sink: FileSink(file), file: file, state: .finished)
  }

  /// Makes the hidden file. Throws ``FileError`` (or ``GzipError/outOfMemory``).
  package init(_ path: String, _ options: Options = .named) throws {
    let isGzipped = path.utf8.suffix(3).elementsEqual(".gz".utf8)
    let (file, state) = try Self.prepare(path, options)
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
  package static func replace(
    _ path: String, _ options: Options = .named, _ body: (inout AtomicFile) throws -> Void
  ) throws {
    var file = try AtomicFile(path, options)
    try body(&file)
    try file.commit()
  }

  /// Adds bytes. Throws ``FileError``; the file can then only be given up.
  package mutating func write(_ bytes: [UInt8]) throws {
    try keepingFailure { sink, _ in try sink.write(bytes) }
  }

  /// Brings the file to the disk and into its place. Throws ``FileError``; the old file is then untouched.
  package mutating func commit() throws {
    try keepingFailure { sink, file in
      try sink.finish()
      try file.synchronize()
    }
    guard case .pending(let temporary, let destination) = state else { return }
    try doing(.replace, path) {
      guard rename(temporary, destination) == 0 else { throw Errno(rawValue: errno) }
    }
    state = .finished
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

  private static func prepare(_ path: String, _ options: Options) throws(FileError) -> (OpenFile, State) {
    switch try options.replacesOnlyRegularFiles ? ownDestination(path) : WriteDestination(of: path) {
    case .direct:
      return (try OpenFile(writing: path), .finished)
    case .descriptor(let number):
      return (OpenFile(FileDescriptor(rawValue: number), name: path, closing: false), .finished)
    case .replaced(let destination):
      let (descriptor, temporary) = try createBeside(destination, reportedAs: path, options.permissions)
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

  /// What is there itself: the new file is renamed to this very name, so that no link is followed in between either.
  private static func ownDestination(_ path: String) throws(FileError) -> WriteDestination {
    guard let stat = try? Stat(FilePath(path), followTargetSymlink: false) else { return .replaced(path) }
    switch stat.type {
    case .regular: return .replaced(path)
    case .directory: throw FileError(path: path, operation: .replace, errno: .isDirectory)
    case .symbolicLink: throw FileError(path: path, operation: .replace, errno: .tooManySymbolicLinkLevels)
    default: throw FileError(path: path, operation: .replace, errno: .notSupported)
    }
  }

  private static func createBeside(
    _ destination: String, reportedAs path: String, _ permissions: FilePermissions
  ) throws(FileError) -> (FileDescriptor, String) {
    let target = FilePath(destination)
    // Cut, so that the longer name still fits into the 255 bytes of a file name.
    let stem = (target.lastComponent?.string ?? "").prefix(60)
    let directory = target.removingLastComponent()
    return try doing(.create, path) {
      for attempt in 0... {
        // A name can be taken by a process of the same number on another machine or in another container.
        let temporary = directory.appending(".\(stem).\(getpid()).\(attempt).tmp")
        do {
          let descriptor = try FileDescriptor.open(
            temporary, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: permissions)
          return (descriptor, temporary.string)
        } catch Errno.fileExists where attempt < 1000 {
          continue
        }
      }
      throw Errno.fileExists
    }
  }
}
