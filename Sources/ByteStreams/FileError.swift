import SystemPackage

/// Something that could not be done to a file, on one line:
/// `list.txt: cannot be read: No such file or directory`.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was tried.
  public enum Operation: String, Sendable {
    /// Opening for reading, or reading.
    case read
    /// Making a new file.
    case create
    /// Writing, or forcing what was written to the disk.
    case write
    /// Putting a new file in the place of an old one.
    case replace
    /// Listing a folder.
    case list
  }

  /// The file as it was named to us.
  public var path: String
  /// What was tried.
  public var operation: Operation
  /// What the system said.
  public var errno: Errno

  /// Makes an error.
  public init(path: String, operation: Operation, errno: Errno) {
    self.path = path
    self.operation = operation
    self.errno = errno
  }

  /// Whether the file is not there at all.
  public var isMissing: Bool { errno == .noSuchFileOrDirectory || errno == .notDirectory }

  /// One line for a person.
  public var description: String {
    let participle =
      switch operation {
      case .read: "read"
      case .create: "created"
      case .write: "written"
      case .replace: "replaced"
      case .list: "listed"
      }
    return "\(Self.onOneLine(path)): cannot be \(participle): \(errno)"
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
