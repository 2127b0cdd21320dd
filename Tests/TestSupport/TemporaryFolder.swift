#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A folder that is removed with everything in it when it is let go.
public final class TemporaryFolder: Sendable {
  /// Where it is.
  public let path: String

  /// Makes one, open for other users to pass through: servers run as their own.
  ///
  /// - Parameter parent: where; nil: where the machine has its temporary files.
  public init(in parent: String? = nil) throws {
    let base = parent ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/swab-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { mkdtemp($0) != nil } ?? false
    }
    guard made else { throw TestTrouble("no temporary folder in \(base)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    chmod(path, 0o755)
    LeftBehind.add(.folder(path))
  }

  deinit {
    Disk.removeTree(path)
    LeftBehind.remove(.folder(path))
  }
}

/// Why a test cannot be run at all: a missing program, a server that does not come up.
public struct TestTrouble: Error, CustomStringConvertible {
  /// What is missing.
  public let description: String

  /// Makes one.
  public init(_ description: String) { self.description = description }
}
