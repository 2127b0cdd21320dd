import Glibc

/// Where the sources and what was built of them are.
package enum Repository {
  /// The directory with Package.swift.
  package static let root: String = {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    return parts.joined(separator: "/")
  }()

  /// What `make static` has built.
  package static let staticSwab = root + "/.build/static/swab"

  /// What SwiftPM has built along with the tests: the executable stands beside the program that runs them.
  package static let builtSwab = built("swab")
  /// The companion, likewise.
  package static let builtSwabSubmit = built("swab-submit")

  private static func built(_ name: String) -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let length = buffer.withUnsafeMutableBytes { bytes in
      bytes.bindMemory(to: CChar.self).baseAddress.map { readlink("/proc/self/exe", $0, bytes.count) } ?? 0
    }
    let program = String(decoding: buffer.prefix(max(0, length)), as: UTF8.self)
    let beside = program.prefix(upTo: program.lastIndex(of: "/") ?? program.startIndex) + "/" + name
    return access(String(beside), X_OK) == 0 ? String(beside) : root + "/.build/debug/" + name
  }
}
