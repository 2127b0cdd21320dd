import Glibc

/// A directory that is removed with everything in it when it is let go.
package final class TemporaryDirectory: Sendable {
  /// Where it is.
  package let path: String

  /// Makes one, open for other users to pass through: servers run as their own.
  ///
  /// - Parameter parent: where; nil: where the machine has its temporary files.
  package init(in parent: String? = nil) throws {
    let base = parent ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/swab-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { mkdtemp($0) != nil } ?? false
    }
    guard made else { throw TestFailure("no temporary directory in \(base)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    chmod(path, 0o755)
    LeftBehind.add(.directory(path))
  }

  deinit {
    Disk.removeTree(path)
    LeftBehind.remove(.directory(path))
  }
}

/// Why a test cannot be run at all: a missing program, a server that does not come up.
package struct TestFailure: Error, CustomStringConvertible {
  /// What is missing.
  package let description: String

  /// Makes one.
  package init(_ description: String) { self.description = description }
}
