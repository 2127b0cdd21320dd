import Glibc
import TestSupport

/// A release of XRootD that servers are started from.
package enum XRootDRelease: String, Sendable, CaseIterable {
  /// The one that is installed: 5.5 on Debian 12.
  case installed
  /// 5.8, as `make setup` unpacks it (Tests/XRootD/packages.sh).
  case trixie
  /// 6.2, likewise.
  case forky

  /// Those that are newer than the one that is installed.
  package static let newer: [XRootDRelease] = [.trixie, .forky]

  private var directory: String { "\(Repository.root)/.build/xrootd/\(rawValue)" }

  /// The words that start one of its programs. One that is only unpacked runs with the loader and the libraries that it
  /// was built for.
  func command(_ program: String, _ arguments: [String]) throws -> [String] {
    if self == .installed {
      return [try StorageServer.find(program, package: "xrootd-server")] + arguments
    }
    let libraries = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map { "\(directory)/usr/lib/\($0)" }
    let loaders = libraries.flatMap { ["\($0)/ld-linux-x86-64.so.2", "\($0)/ld-linux-aarch64.so.1"] }
    guard let loader = loaders.first(where: { access($0, X_OK) == 0 }) else {
      throw TestFailure("XRootD of \(rawValue) is missing: run \"make setup\"")
    }
    return [loader, "--library-path", libraries.joined(separator: ":"), "\(directory)/usr/bin/\(program)"]
      + arguments
  }
}
