import SystemPackage

/// Something that could not be done to a file, on one line:
/// `list.txt: cannot be read: No such file or directory`.
package struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was tried.
  package enum Operation: String, Sendable {
    /// Opening for reading, or reading.
    case read
    /// Making a new file.
    case create
    /// Writing, or forcing what was written to the disk.
    case write
    /// Putting a new file in the place of an old one.
    case replace
    /// Listing a directory.
    case list
  }

  /// The file as it was named to us.
  package var path: String
  /// What was tried.
  package var operation: Operation
  /// What the system said.
  package var errno: Errno

  package init(path: String, operation: Operation, errno: Errno) {
    self.path = path
    self.operation = operation
    self.errno = errno
  }

  /// Whether the file is not there at all.
  package var isMissing: Bool { errno == .noSuchFileOrDirectory || errno == .notDirectory }

  /// One line for a person.
  package var description: String {
    let participle =
      switch operation {
      case .read: "read"
      case .create: "created"
      case .write: "written"
      case .replace: "replaced"
      case .list: "listed"
      }
    return "\(Self.onOneLine(path)): cannot be \(participle): \(reason)"
  }

  private var reason: String {
    switch (operation, errno) {
    case (.replace, .tooManySymbolicLinkLevels): "it is a symbolic link, and none is followed here"
    case (.replace, .notSupported), (.read, .notSupported): "it is not a regular file"
    case (_, .tooManyOpenFiles): "\(errno); raise the limit of this process (ulimit -n)"
    case (_, .tooManyOpenFilesInSystem): "\(errno), on all of this machine (fs.file-max)"
    default: "\(errno)"
    }
  }

  /// A path can hold line ends and escape sequences; a message must not.
  static func onOneLine(_ path: String) -> String {
    var line = String.UnicodeScalarView()
    for scalar in path.unicodeScalars {
      line.append(scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) ? "?" : scalar)
    }
    return String(line)
  }
}

/// Does something to a file and says of a failure which file it was and what was tried.
func doing<Result>(
  _ operation: FileError.Operation, _ path: String, _ body: () throws -> Result
) throws(FileError) -> Result {
  do {
    return try body()
  } catch let errno as Errno {
    throw FileError(path: path, operation: operation, errno: errno)
  } catch let error as FileError {
    throw error
  } catch {
    throw FileError(path: path, operation: operation, errno: .ioError)
  }
}

extension DecodingError {
  /// What is wrong with a JSON document, on one line: where, and what.
  ///
  /// - Parameter what: what it should have been, such as `swab.job/1`.
  package func problem(with what: String) -> String {
    switch self {
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      "it is not valid JSON: \(context.underlyingError.map { "\($0)" } ?? context.debugDescription)"
    case .keyNotFound(let key, let context):
      "it is no \(what): \"\(Self.text(context.codingPath + [key]))\" is missing"
    case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context):
      "it is no \(what): "
        + (context.codingPath.isEmpty ? "" : "\"\(Self.text(context.codingPath))\": ")
        + context.debugDescription
    @unknown default: "it is no \(what): \(self)"
    }
  }

  /// `jobs[3].number`.
  private static func text(_ path: [any CodingKey]) -> String {
    path.reduce("") { text, key in
      if let index = key.intValue { return text + "[\(index)]" }
      return text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)"
    }
  }
}
